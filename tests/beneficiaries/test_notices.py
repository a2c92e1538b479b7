"""One sheet for several households, and putting several files up together."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries.lifecycle import Status
from beneficiaries.models import FilePublicity, FileStep, HardshipFile
from beneficiaries.services import file_rules, files
from beneficiaries.services.posting_together import post_together
from tests.beneficiaries.conftest import TODAY, Register
from tests.beneficiaries.files_at import put
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import refused

pytestmark = pytest.mark.django_db
NOTICES = "/files/notices/"
START = "/files/notices/start/"
NAMES = ("王桂兰", "李秀英", "赵铁柱")


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def applied(cast: Cast, register: Register) -> list[HardshipFile]:
    """Three files of East-1 that wait for 初审."""
    opened = [
        files.open_file(by=cast.people["ben"], person=register(name), year=2026) for name in NAMES
    ]
    return [put(file, Status.APPLIED) for file in opened]


@pytest.fixture
def posted(cast: Cast, applied: list[HardshipFile]) -> list[HardshipFile]:
    return post_together(by=cast.people["kay"], files=applied, place="社区公示栏")


def sheets_of(page: str) -> list[str]:
    return page.split('class="form-a4 is-notice"')[1:]


def test_all_that_is_posted_for_the_same_days_is_on_one_sheet(
    client: Client, cast: Cast, posted: list[HardshipFile]
):
    cast.sign_in(client, "ben")
    (sheet,) = sheets_of(client.get(NOTICES).text)
    for name in NAMES:
        assert name in sheet
    assert "下列 3 户" in sheet
    assert "社区公示栏" in sheet
    for secret in (id_number(1)[-4:], "1380000", "终末期肾病"):
        assert secret not in sheet
    (sheet,) = sheets_of(client.get(NOTICES, {"kind": "outside"}).text)
    assert "王*兰" in sheet
    assert not any(name in sheet for name in NAMES)
    assert "受理电话" not in sheet
    assert "收入" not in sheet


def test_another_period_is_another_sheet_and_what_is_over_is_none(
    client: Client, cast: Cast, applied: list[HardshipFile]
):
    first, second, third = applied
    post_together(by=cast.people["kay"], files=[first, second], place="公示栏")
    later = TODAY + timedelta(1)
    post_together(by=cast.people["kay"], files=[third], place="公示栏", starts_on=later)
    cast.sign_in(client, "ben")
    assert ["下列 2 户" in sheet for sheet in sheets_of(client.get(NOTICES).text)] == [True, False]
    with time_machine.travel(TODAY + timedelta(30), tick=False):
        cast.sign_in(client, "ben")
        page = client.get(NOTICES).text
    assert not sheets_of(page)
    assert "没有正在公示的档案" in page


def test_only_ticked_files_of_the_own_subtree_are_on_the_sheet(
    client: Client, cast: Cast, posted: list[HardshipFile], register: Register
):
    elsewhere = files.open_file(
        by=cast.people["cai"], person=register("孙外人", "west", "cai"), year=2026
    )
    put(elsewhere, Status.PUBLICITY)
    cast.sign_in(client, "ben")
    picked = [str(posted[1].pk), str(elsewhere.pk), str(uuid4()), "x", "\0"]
    page = client.post(NOTICES, {"scope": "page", "picked": picked}).text
    (sheet,) = sheets_of(page)
    assert posted[1].person.name in sheet
    assert posted[0].person.name not in sheet
    assert "孙外人" not in page


def test_nothing_ticked_is_said(client: Client, cast: Cast, posted: list[HardshipFile]):
    cast.sign_in(client, "kay")
    for address in (NOTICES, START, reverse("file-export")):
        answer = client.post(address, {"scope": "page", "back": "/files/"}, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/files/")
        assert "还没有勾选" in answer.text


@pytest.mark.parametrize(
    "name", ["people-export", "file-export", "file-notices", "file-post-together"]
)
def test_a_post_that_does_not_say_ticked_or_all_is_never_all(
    client: Client, cast: Cast, applied: list[HardshipFile], name: str
):
    cast.sign_in(client, "kay")
    ticked = {"picked": [str(applied[0].pk)], "layout": "list", "numbers": "masked"}
    answer = client.post(reverse(name), ticked | {"back": "/files/"}, follow=True)
    assert "没有选是“勾选的”还是“全部”" in answer.text
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_namesakes_of_a_sheet_are_told_apart(cast: Cast, client: Client, register: Register):
    people = [register("王桂兰"), register("王桂兰")]
    opened = [files.open_file(by=cast.people["ben"], person=one, year=2026) for one in people]
    waiting = [put(file, Status.APPLIED) for file in opened]
    post_together(by=cast.people["kay"], files=waiting, place="公示栏")
    cast.sign_in(client, "ben")
    page = client.get(NOTICES).text
    for person in people:
        assert f"证件尾号 {person.id_tail}" in page


def test_ticked_files_go_up_together_by_the_pages(
    client: Client, cast: Cast, applied: list[HardshipFile]
):
    ready, other = applied[:2], put(applied[2], Status.REVIEW)
    cast.sign_in(client, "kay")
    ticked = {"scope": "page", "picked": [str(file.pk) for file in applied]}
    asked = client.post(START, ticked)
    assert {file.pk for file, _, _ in asked.context["ready"]} == {file.pk for file in ready}
    assert [file.pk for file, _, _ in asked.context["left_out"]] == [other.pk]
    assert not FilePublicity.objects.running().exists()

    wrong = client.post(START, ticked | {"place": "", "starts_on": "明天"})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors.keys() == {"place", "starts_on"}
    assert "明天" in wrong.text

    answer = client.post(START, ticked | {"place": "社区公示栏"}, follow=True)
    assert "2 份档案已经开始公示" in answer.text
    assert set(HardshipFile.objects.values_list("pk", "status")) == {
        *((file.pk, "publicity") for file in ready),
        (other.pk, "review"),
    }
    assert {posting.place for posting in FilePublicity.objects.running()} == {"社区公示栏"}
    steps = FileStep.objects.filter(to_status="publicity")
    assert {step.by.user.username for step in steps} == {"kay"}
    assert Event.objects.filter(action=Event.Action.DECIDE).count() == 2


def test_one_that_cannot_be_posted_keeps_all_back(cast: Cast, applied: list[HardshipFile]):
    put(applied[2], Status.COMPARISON)
    stale = applied  # the third says 待初审 still
    with refused("wrong_step"):
        post_together(by=cast.people["kay"], files=stale, place="公示栏")
    assert not FilePublicity.objects.running().exists()
    assert HardshipFile.objects.filter(status="applied").count() == 2


def test_where_the_rule_posts_nothing_nothing_is_posted(cast: Cast, applied: list[HardshipFile]):
    file_rules.set_publicity_rule(
        by=cast.people["ann"],
        union=cast.unions["east-1"],
        after_first_review=False,
        after_comparison=False,
        working_days=5,
    )
    with refused("not_posted"):
        post_together(by=cast.people["kay"], files=applied, place="公示栏")
    assert HardshipFile.objects.filter(status="applied").count() == 3


def test_the_maker_puts_nothing_up(cast: Cast, applied: list[HardshipFile]):
    with pytest.raises(PermissionDenied):
        post_together(by=cast.people["ben"], files=applied, place="公示栏")
    with refused("nobody"):
        post_together(by=cast.people["kay"], files=[], place="公示栏")


# Exports of ticked rows.


def names_in(content: bytes) -> set[str]:
    sheet: Any = openpyxl.load_workbook(BytesIO(content)).active  # noqa: TID251  # our own file
    return {name for name in NAMES if name in {cell.value for row in sheet.rows for cell in row}}


def test_exactly_the_ticked_files_are_exported(
    client: Client, cast: Cast, applied: list[HardshipFile]
):
    cast.sign_in(client, "ben")
    ticked = {"scope": "page", "picked": [str(applied[0].pk), "x"]}
    assert names_in(client.post(reverse("file-export"), ticked).content) == {NAMES[0]}
    event = Event.objects.filter(action=Event.Action.EXPORT).latest("pk")
    assert (event.details["rows"], event.details["picked"]) == (1, 2)
    everybody = client.post(reverse("file-export"), ticked | {"scope": "all"})
    assert names_in(everybody.content) == set(NAMES)


def test_exactly_the_ticked_people_are_exported(
    client: Client, cast: Cast, applied: list[HardshipFile]
):
    cast.sign_in(client, "ben")
    ticked: dict[str, Any] = {"scope": "page", "picked": [str(applied[1].person_id)]}
    asked = client.post(reverse("people-export"), ticked)
    assert not asked.context["form"].is_bound
    assert "<b>1</b> 人，名单上勾选的" in asked.text
    answer = client.post(reverse("people-export"), ticked | {"layout": "list", "numbers": "masked"})
    assert names_in(answer.content) == {NAMES[1]}
    nobody = client.post(reverse("people-export"), {"scope": "page"}, follow=True)
    assert "还没有勾选" in nobody.text
    all_found = client.post(reverse("people-export"), {"scope": "all"})
    assert "<b>3</b> 人" in all_found.text


def test_lists_offer_their_acts_to_those_who_may(
    client: Client, cast: Cast, applied: list[HardshipFile]
):
    offered = {
        "ben": {"导出", "公示单"},
        "kay": {"导出", "公示单", "一起公示"},
        "leo": set(),
    }
    for who, labels in offered.items():
        cast.sign_in(client, who)
        page = client.get("/files/")
        assert {action.label for action in page.context["list"].actions} == labels, who
        assert ("data-relief-tick-all" in page.text) == bool(labels)
