"""What stands around a page: nothing of it costs a query where nobody looks at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from relief.lib.access import Audience
from tests import access_cases as matrix
from tests.access_table import TABLE
from tests.cast import Cast
from unions import slots
from unions.models import Staff
from unions.shell import OWN, place_of
from unions.slots import NavigationItem

pytestmark = pytest.mark.django_db


def marked(client: Any, address: str) -> list[str]:
    groups = client.get(address).context["shell"].navigation
    return [link.label for group in groups for link in group if link.is_current]


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/", "首页"),
        ("/unions/", "机构"),
        ("/unions/import/", "机构"),
        ("/unions/110101/move/", "机构"),
        ("/staff/accounts/", "人员"),
        ("/log/unions.Union/1/", "操作日志"),
        ("/jobs/", "导入导出记录"),
        ("/help/", "帮助"),
    ],
)
def test_every_page_marks_its_place(client: Any, cast: Cast, address: str, label: str):
    cast.sign_in(client, "ann" if "accounts" not in address else "sam")
    if address.startswith("/log/"):
        address = reverse("log-object", args=["unions.Union", cast.unions["east"].pk])
    assert marked(client, address) == [label]


def test_every_page_of_the_business_has_its_place(cast: Cast):
    """Whatever app it belongs to: an item of the navigation stays marked on it."""
    places = [
        *OWN,
        *(item for staff in cast.people.values() for item in slots.navigation.items(staff)),
    ]
    lost = []
    for name, pattern in matrix.views():
        if name.startswith("admin:") or "GET" not in TABLE[name].methods:
            continue
        if matrix.policy_of(pattern).audience is Audience.CAPABLE:
            path = "/" + str(pattern.pattern).partition("<")[0]
            lost += [] if place_of(path, places) else [name]
    assert lost == []


def test_a_page_of_no_place_marks_none(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    assert marked(client, "/account/") == []


@pytest.fixture
def asked() -> Iterator[list[Staff]]:
    """Who asked the slot of the navigation, each time."""
    calls: list[Staff] = []

    def items(staff: Staff) -> list[NavigationItem]:
        calls.append(staff)
        return [
            NavigationItem("低处", "union-template", "file", on_phone=True),
            NavigationItem("别处", "message-list", "mail", also_below=("/account/",)),
        ]

    slots.navigation.register(items)
    yield calls
    slots.navigation.unregister(items)


def test_the_navigation_is_asked_once_a_page_and_never_for_a_fragment(
    client: Any, cast: Cast, asked: list[Staff]
):
    cast.sign_in(client, "ann")
    page = client.get("/staff/")
    assert len(asked) == 1
    assert "低处" in page.text
    with CaptureQueriesContext(connection) as whole:
        client.get("/staff/")
    with CaptureQueriesContext(connection) as part:
        client.get("/staff/", headers={"HX-Request": "true"})
    assert len(asked) == 2
    assert len(part) < len(whole)


def test_the_longest_address_wins_and_a_place_may_have_several(
    client: Any, cast: Cast, asked: list[Staff]
):
    cast.sign_in(client, "ann")
    assert marked(client, "/account/") == ["别处"]
    assert marked(client, "/unions/import/") == ["机构"]


@pytest.mark.parametrize(
    ("host", "is_told"),
    [
        ("127.0.0.1:8000", False),
        ("localhost", False),
        ("[::1]:8000", False),
        ("[::1]", False),
        ("127.evil.example", True),
        ("10.0.0.5:8000", True),
    ],
)
def test_nobody_listens_on_a_loopback_address(
    client: Any, cast: Cast, settings: Any, host: str, is_told: bool
):
    settings.ALLOWED_HOSTS = ["*"]
    settings.HTTPS = False
    cast.sign_in(client, "sam")
    page = client.get(reverse("help"), headers={"host": host}).content.decode()
    assert ("没有启用 HTTPS" in page) is is_told
