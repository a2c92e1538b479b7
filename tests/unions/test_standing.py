"""Whose account somebody may look after, and who finds the accounts of nobody."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from audit.models import SYSTEM_CHAIN, Event
from tests.cast import CAST, Cast
from tests.unions.conftest import Hire
from tests.unions.refusals import refused
from unions.models import User
from unions.permissions import Role
from unions.services.accounts import (
    create_account,
    disable_account,
    enable_account,
    end_sessions,
    issue_activation_code,
)
from unions.services.staff import end_staff, post_staff
from unions.services.tree import create_union

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


@pytest.mark.parametrize(
    "act",
    [
        lambda by, cast: create_account(by=by, username="new.one", full_name="新人"),
        lambda by, cast: issue_activation_code(by=by, user=cast.accounts["ben"]),
        lambda by, cast: post_staff(
            by=by, user=cast.accounts["eve"], union=cast.unions["east"], role=Role.MAKER
        ),
        lambda by, cast: create_union(
            by=by, parent=cast.unions["east"], code="110101009", name="新", kind="street"
        ),
    ],
    ids=["account", "code", "posting", "union"],
)
def test_nobody_is_no_command(cast: Cast, act: Any):
    """A page that hands over the posting of an account without one is refused, not obeyed."""
    with pytest.raises(PermissionDenied):
        act(None, cast)
    act(CAST, cast)
    event = Event.objects.filter(details__command="cast").latest("id")
    assert (event.actor_id, event.staff_id, event.chain) == (None, None, SYSTEM_CHAIN)


@pytest.mark.parametrize("target", ["sam", "sue", "abe", "ada", "bob"])
@pytest.mark.parametrize("act", ["issue", "disable", "enable", "sessions"])
def test_a_district_admin_cannot_touch_an_administrators_account(
    cast: Cast, hire: Hire, target: str, act: str
):
    hire("bob", Role.DISTRICT_ADMIN, "east")
    user = User.objects.get(username=target)
    ann = cast.people["ann"]
    with pytest.raises(PermissionDenied):
        {
            "issue": lambda: issue_activation_code(by=ann, user=user),
            "disable": lambda: disable_account(by=ann, user=user, reason="x"),
            "enable": lambda: enable_account(by=ann, user=user, reason="x"),
            "sessions": lambda: end_sessions(by=ann, user=user, reason="x"),
        }[act]()


def test_a_district_admin_cannot_touch_somebody_who_also_works_elsewhere(
    client: Any, cast: Cast, hire: Hire
):
    hire("ben", Role.REPORTER, "west-1")
    with pytest.raises(PermissionDenied, match="范围之外"):
        issue_activation_code(by=cast.people["ann"], user=cast.accounts["ben"])
    cast.sign_in(client, "ann")
    answer = client.post(reverse("activation-issue", args=[cast.people["ben"].pk]))
    assert answer.status_code == 403
    detail = client.get(reverse("staff-detail", args=[cast.people["ben"].pk])).content.decode()
    assert reverse("account-disable", args=[cast.people["ben"].pk]) not in detail


def test_an_account_without_posting_belongs_to_the_system_administrator(cast: Cast):
    eve = cast.accounts["eve"]
    with pytest.raises(PermissionDenied):
        issue_activation_code(by=cast.people["ann"], user=eve)
    assert issue_activation_code(by=cast.people["sam"], user=eve)


def test_the_last_system_administrator_stays(cast: Cast, hire: Hire):
    sam, sue = cast.people["sam"], cast.people["sue"]
    tom = hire("tom", Role.SYSTEM_ADMIN, "east")
    disable_account(by=tom, user=sam.user, reason="调离")
    with refused("last_administrator"):
        end_staff(by=sue, staff=tom, ends_on=today(), reason="调离")
    enable_account(by=tom, user=sam.user, reason="回来")
    end_staff(by=sue, staff=tom, ends_on=today(), reason="调离")


@pytest.mark.parametrize(("who", "status"), [("sam", 200), ("sue", 200), ("ann", 403)])
def test_who_keeps_accounts_finds_those_without_a_posting(
    client: Any, cast: Cast, who: str, status: int
):
    cast.sign_in(client, who)
    page = client.get(reverse("account-list"))
    assert page.status_code == status
    if status == 200:
        names = [row.object.username for row in page.context["list"].page.rows]
        assert names == ["eve"]
