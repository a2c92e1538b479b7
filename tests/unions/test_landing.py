"""The landing page: every role finds figures that lead somewhere, where to begin, what was done."""

from typing import Any

import pytest
from django.urls import reverse

from tests.cast import CAST, Cast
from unions.permissions import Role
from unions.services.account_requests import request_for_account
from unions.services.tree import create_union

pytestmark = pytest.mark.django_db

#: user name → how some roles begin.
BEGINS = {
    "ann": "people-find",
    "mia": "people-find",
    "kay": "file-list",
    "leo": "people-list",
    "fay": "people-list",
    "ada": "log-list",
    "sam": "account-create",
    "sue": "staff-post",
    "abe": "log-list",
    "roy": "file-list",
}


@pytest.mark.parametrize("name", BEGINS)
def test_every_role_may_open_whatever_the_landing_page_offers(client: Any, cast: Cast, name: str):
    cast.sign_in(client, name)
    page = client.get(reverse("home"))
    offered = [shortcut.url_name for shortcut in page.context["shortcuts"]]
    assert BEGINS[name] in offered
    assert len(offered) >= 3
    addresses = {reverse(one) for one in offered if not one.startswith("admin:")}
    addresses |= {figure.url for figure in page.context["figures"]}
    for address in sorted(addresses):
        assert client.get(address).status_code == 200, address


def test_a_figure_counts_what_its_list_shows(client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    figures = {one.label: one for one in client.get(reverse("home")).context["figures"]}
    assert figures["机构"].number == 2
    assert figures["在岗岗位"].number == 2  # ben himself and dan below
    listed = client.get(figures["在岗岗位"].url).context["page"]
    assert listed.count == 2


def test_my_last_acts_are_told_and_nobody_elses(client: Any, cast: Cast):
    ann, east = cast.people["ann"], cast.unions["east"]
    create_union(by=ann, parent=east, code="NEW1", name="新开的工会", kind="park")
    create_union(by=CAST, parent=east, code="NEW2", name="别人开的工会", kind="park")
    cast.sign_in(client, "ann")
    told = client.get(reverse("home")).context["last_done"]
    assert [(done.what, done.about) for done in told] == [("新建", "机构 新开的工会")]


def test_a_request_waits_for_the_second_administrator(client: Any, cast: Cast):
    sam, sue = cast.people["sam"], cast.people["sue"]
    assert (sam.role, sue.role) == (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
    user = cast.accounts["ada"]
    request_for_account(by=sam, user=user, kind="factor", reason="换了手机")
    cast.sign_in(client, "sue")
    (task,) = client.get(reverse("home")).context["tasks"]
    assert user.full_name in task.label
    assert client.get(task.url).status_code == 200
    cast.sign_in(client, "sam")
    assert not client.get(reverse("home")).context["tasks"]
