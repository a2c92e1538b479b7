import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from tests.audit.attacker import as_owner
from tests.cast import CAST, SINCE, Cast
from tests.unions.conftest import Hire
from tests.unions.refusals import refused
from unions import slots
from unions.models import IncompatibleRoles, Message, Staff, User
from unions.permissions import ADMINISTRATORS, Role
from unions.services.accounts import (
    disable_account,
    end_sessions,
)
from unions.services.registration import create_staff
from unions.services.staff import end_staff, hand_over, post_staff

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


def post(cast: Cast, by: str, user: str, role: str, union: str, **period: Any) -> Staff:
    return post_staff(
        by=cast.people[by],
        user=cast.accounts[user],
        union=cast.unions[union],
        role=role,
        **period,
    )


def test_a_posting_to_come_is_told_and_found_as_such(client: Any, cast: Cast):
    staff = post(cast, "ann", "eve", Role.MAKER, "east-1", starts_on=today() + timedelta(5))
    cast.sign_in(client, "ann")
    address = reverse("staff-list")
    found = client.get(address, {"state": "coming"})
    rows = re.findall(r"<tbody>.*</tbody>", found.content.decode(), re.DOTALL)[0]
    assert reverse("staff-detail", args=[staff.pk]) in rows
    assert "未开始" in rows
    ended = client.get(address, {"state": "ended"}).content.decode()
    assert reverse("staff-detail", args=[staff.pk]) not in ended
    page = client.get(reverse("staff-detail", args=[staff.pk])).content.decode()
    assert "未开始" in page
    assert "已结束" not in page


def end(cast: Cast, by: str, staff: Staff, day: date | None = None) -> Staff:
    return end_staff(by=cast.people[by], staff=staff, ends_on=day or today(), reason="调离")


def test_a_posting_counts_from_its_first_to_its_last_day(cast: Cast):
    first, last = today() + timedelta(1), today() + timedelta(10)
    staff = post(cast, "ann", "eve", Role.MAKER, "east-1", starts_on=first, ends_on=last)
    for day, is_live in {
        first - timedelta(1): False,
        first: True,
        last: True,
        last + timedelta(1): False,
    }.items():
        assert staff.is_live(day) == is_live
        assert Staff.objects.live(day).filter(pk=staff.pk).exists() == is_live
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id, event.chain) == ("post", str(staff.pk), "110101")
    assert event.details == {"role": "maker", "union": "110101001", "user": staff.user_id}


def test_a_period_runs_forwards(cast: Cast):
    with pytest.raises(ValidationError, match="结束日期不能早于开始日期"):
        post(cast, "ann", "eve", Role.MAKER, "east-1", ends_on=today() - timedelta(1))


OVERLAPS = pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [
        (-20, -11, True),
        (-20, -10, False),
        (-5, -4, False),
        (10, None, False),
        (11, None, True),
        (-20, None, False),
    ],
    ids=["before", "touching", "inside", "last day", "after", "around"],
)


@OVERLAPS
def test_the_same_posting_twice_in_a_time_is_refused_by_service_and_database(
    cast: Cast, starts: int, ends: int | None, is_free: bool
):
    day = timedelta(1)
    around: dict[str, Any] = {"starts_on": today() - 10 * day, "ends_on": today() + 10 * day}
    post(cast, "ann", "eve", Role.MAKER, "east-1", **around)
    period: dict[str, Any] = {
        "starts_on": today() + starts * day,
        "ends_on": None if ends is None else today() + ends * day,
    }
    row = Staff(user=cast.accounts["eve"], union=cast.unions["east-1"], role=Role.MAKER, **period)
    if is_free:
        post(cast, "ann", "eve", Role.MAKER, "east-1", **period)
        return
    with refused("posting_overlaps"):
        post(cast, "ann", "eve", Role.MAKER, "east-1", **period)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        row.save()
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "23R03"


@pytest.mark.parametrize(
    ("held", "at", "wanted", "where", "is_allowed"),
    [
        ("maker", "east-1", "checker", "east-1", False),
        ("checker", "east-1", "maker", "east-1", False),
        ("maker", "east-1", "checker", "east-2", True),
        ("maker", "east-1", "finance", "east-1", False),
        ("maker", "east-1", "reporter", "east-1", True),
        ("auditor", "east", "maker", "cell", False),
        ("maker", "cell", "auditor", "east", False),
        ("system_admin", "east", "security_admin", "west", False),
        ("audit_admin", "city", "maker", "cell", False),
    ],
)
def test_incompatible_roles_are_refused_by_service_and_database(
    cast: Cast, hire: Hire, held: str, at: str, wanted: str, where: str, is_allowed: bool
):
    staff = hire("tom", held, at)
    new: dict[str, Any] = {"user": staff.user, "union": cast.unions[where], "role": wanted}
    if is_allowed:
        assert post_staff(by=CAST, **new).is_live()
        return
    with refused("roles_incompatible"):
        post_staff(by=CAST, **new)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Staff.objects.create(**new)
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "23R04"


def test_incompatible_roles_one_after_the_other_are_allowed(cast: Cast):
    last = today() + timedelta(30)
    post(cast, "ann", "eve", Role.MAKER, "east-1", ends_on=last)
    with refused("roles_incompatible"):
        post(cast, "ann", "eve", Role.CHECKER, "east-1", starts_on=last)
    post(cast, "ann", "eve", Role.CHECKER, "east-1", starts_on=last + timedelta(1))


def test_which_roles_are_incompatible_is_data(cast: Cast):
    post(cast, "ann", "eve", Role.MAKER, "east-1")
    with as_owner():
        IncompatibleRoles.objects.create(first="maker", second="reporter", reason="试验")
    with refused("roles_incompatible"):
        post(cast, "ann", "eve", Role.REPORTER, "east-1")
    with as_owner():
        IncompatibleRoles.objects.filter(first="checker", second="maker").delete()
    post(cast, "ann", "eve", Role.CHECKER, "east-1")


def test_a_closed_union_takes_nobody(cast: Cast):
    east_2 = cast.unions["east-2"]
    east_2.closed_on = today()
    east_2.save()
    with refused("union_closed"):
        post(cast, "ann", "eve", Role.MAKER, "east-2")


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("who", ["ann", "sue", "sam", "abe", "ada", "mia", "leo"])
def test_only_the_right_hand_gives_each_role(cast: Cast, hire: Hire, who: str, role: str):
    allowed = {"sue"} if role in ADMINISTRATORS else {"ann"}
    if who in allowed:
        assert post(cast, who, "eve", role, "east-1").role == role
        return
    with pytest.raises(PermissionDenied):
        post(cast, who, "eve", role, "east-1")


@pytest.mark.parametrize("union", ["west", "west-1", "city"])
def test_nobody_posts_outside_the_own_subtree(cast: Cast, union: str):
    with pytest.raises(PermissionDenied):
        post(cast, "ann", "eve", Role.MAKER, union)


def test_a_new_person_gets_account_posting_and_code_in_one_step(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    form = {
        "full_name": "王芳",
        "username": "Wang.Fang",
        "union": cast.unions["east-1"].pk,
        "role": "maker",
    }
    slip = client.post(reverse("staff-create"), form, follow=True)
    assert slip.redirect_chain == [(reverse("activation-slip"), 302)]
    assert slip.context["code"] in re.sub(r"[\s-]|<[^>]+>", "", slip.content.decode())
    staff = Staff.objects.get(user__username="wang.fang")
    assert staff.is_live()
    assert staff.user.is_awaiting_activation()
    assert slip.context["code"] not in staff.user.activation_hash


def test_a_refused_posting_leaves_no_half_made_account(cast: Cast):
    with refused("union_closed"):
        east_2 = cast.unions["east-2"]
        east_2.closed_on = today()
        east_2.save()
        create_staff(
            by=cast.people["ann"], username="new.one", full_name="新人", union=east_2, role="maker"
        )
    assert not User.objects.filter(username="new.one").exists()


def test_nobody_posts_ends_or_disables_himself(cast: Cast, hire: Hire):
    ann = cast.people["ann"]
    with refused("own_posting"):
        post(cast, "ann", "ann", Role.MAKER, "east-1")
    sue = cast.people["sue"]
    with refused("own_posting"):
        end(cast, "sue", sue)
    sam = cast.people["sam"]
    hire("tom", Role.SYSTEM_ADMIN, "east")
    with refused("own_account"):
        disable_account(by=sam, user=sam.user, reason="试验")
    ann.refresh_from_db()
    assert ann.is_live()
    assert sam.is_live()


def test_an_own_second_posting_is_ended_by_somebody_else(cast: Cast, hire: Hire):
    second = hire("ann", Role.REPORTER, "east-1")
    with refused("own_posting"):
        end(cast, "ann", second)


def test_a_posting_that_ends_yesterday_is_over_at_once(cast: Cast, hire: Hire):
    staff = hire("tom", Role.MAKER, "east-1", starts_on=today() - timedelta(9))
    end(cast, "ann", staff, today() - timedelta(1))
    assert not Staff.objects.live().filter(pk=staff.pk).exists()
    with refused("ended"):
        end(cast, "ann", staff)


def test_a_posting_that_ends_today_works_until_midnight(cast: Cast):
    ben = end(cast, "ann", cast.people["ben"])
    with time_machine.travel(f"{today()}T23:59:00+08:00", tick=False):
        assert ben.is_live()
        assert ben in Staff.objects.live()
    with time_machine.travel(f"{today() + timedelta(1)}T00:01:00+08:00", tick=False):
        assert not ben.is_live()
        assert ben not in Staff.objects.live()


def test_a_posting_cannot_end_before_it_began(cast: Cast):
    with pytest.raises(ValidationError, match="结束日期不能早于开始日期"):
        end(cast, "ann", cast.people["ben"], SINCE - timedelta(2))


def test_a_posting_given_today_can_be_revoked_today(cast: Cast):
    ben = end(cast, "ann", cast.people["ben"], today() - timedelta(1))
    assert not ben.is_live()
    assert not Staff.objects.live().filter(pk=ben.pk).exists()
    post(cast, "ann", "ben", Role.MAKER, "east-1")


def test_an_end_cannot_be_put_off(cast: Cast):
    ben = end(cast, "ann", cast.people["ben"], today())
    with refused("prolonged"):
        end(cast, "ann", ben, today() + timedelta(1))


def test_a_posting_is_never_deleted(cast: Cast):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        cast.people["ben"].delete()


class Desk:
    """An app above this one: it counts open rosters of postings and hands them over."""

    def __init__(self, **open_rosters: int) -> None:
        self.rosters = dict(open_rosters)

    def count(self, staff: Staff) -> Iterator[slots.OpenWork]:
        if number := self.rosters.get(staff.user.username):
            yield slots.OpenWork("发放批次", number)

    def move(self, leaving: Staff, to: Staff) -> slots.OpenWork:
        number = self.rosters.pop(leaving.user.username, 0)
        self.rosters[to.user.username] = number + self.rosters.get(to.user.username, 0)
        return slots.OpenWork("发放批次", number)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk(ben=3, tom=1)
    count = slots.open_work.register(desk.count)
    move = slots.hand_over.register(desk.move)
    yield desk
    slots.open_work.unregister(count)
    slots.hand_over.unregister(move)


def test_open_work_shows_before_a_posting_ends_and_moves_to_the_next(
    client: Any, cast: Cast, hire: Hire, desk: Desk
):
    ben, tom = cast.people["ben"], hire("tom", Role.MAKER, "east-1")
    cast.sign_in(client, "ann")
    assert "发放批次 3 项" in client.get(reverse("staff-end", args=[ben.pk])).content.decode()
    assert "发放批次 3 项" in client.get(reverse("staff-detail", args=[ben.pk])).content.decode()
    page = client.post(reverse("staff-hand-over", args=[ben.pk]), {"to": tom.pk, "reason": "调离"})
    assert page.status_code == 302
    assert desk.rosters == {"tom": 4}
    message = Message.objects.get(user=tom.user)
    assert (message.staff, message.text) == (tom, "卞恩的 3 项工作已移交给您。")
    event = Event.objects.newest_first()[0]
    assert (event.action, event.reason, event.details) == (
        "hand_over",
        "调离",
        {"to": tom.pk, "count": 3},
    )


@pytest.mark.parametrize(
    ("receiver", "code"),
    [
        ("eli", "other_union_or_role"),
        ("reporter", "other_union_or_role"),
        ("ended", "not_live"),
        ("disabled", "not_live"),
        ("himself", "same_person"),
    ],
)
def test_work_goes_to_another_live_person_in_the_same_place(
    cast: Cast, hire: Hire, desk: Desk, receiver: str, code: str
):
    ben = cast.people["ben"]
    to = {"eli": cast.people["eli"], "himself": ben}.get(receiver) or hire(
        "tom",
        Role.REPORTER if receiver == "reporter" else Role.MAKER,
        "east-1",
        starts_on=today() - timedelta(9),
        ends_on=today() - timedelta(1) if receiver == "ended" else None,
    )
    if receiver == "disabled":
        to.user.is_active = False
        to.user.save(update_fields=["is_active"])
    with refused(code):
        hand_over(by=cast.people["ann"], staff=ben, to=to, reason="调离")
    assert desk.rosters == {"ben": 3, "tom": 1}


ENDINGS: dict[str, Callable[[Cast], Any]] = {
    "one more posting": lambda cast: post(cast, "ann", "ben", Role.REPORTER, "east-1"),
    "posting ended": lambda cast: end(cast, "ann", cast.people["ben"]),
    "disabled": lambda cast: disable_account(
        by=cast.people["ann"], user=cast.accounts["ben"], reason="调查"
    ),
    "sessions ended": lambda cast: end_sessions(
        by=cast.people["ann"], user=cast.accounts["ben"], reason="手机丢了"
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_changed_right_logs_the_person_out_at_the_next_request(
    client: Any, cast: Cast, ending: str
):
    cast.sign_in(client, "ben")
    assert client.get(reverse("union-list")).status_code == 200
    ENDINGS[ending](cast)
    answer = client.get(reverse("union-list"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


def test_a_posting_whose_last_day_has_passed_gives_no_rights_in_an_open_session(
    client: Any, cast: Cast
):
    end(cast, "ann", cast.people["ben"])
    with time_machine.travel(f"{today()}T23:50:00+08:00", tick=False) as clock:
        cast.sign_in(client, "ben")
        assert client.get(reverse("union-list")).status_code == 200
        clock.shift(timedelta(minutes=15))
        assert client.get(reverse("union-list")).status_code == 403
        assert client.get(reverse("home")).status_code == 200


def test_a_posting_is_not_dated_back_for_years(cast: Cast):
    with refused("too_early"):
        post(cast, "ann", "eve", Role.MAKER, "east-1", starts_on=today() - timedelta(days=367))
    post(cast, "ann", "eve", Role.MAKER, "east-1", starts_on=today() - timedelta(days=365))


@pytest.mark.parametrize(
    ("typed", "found"),
    [("恩", {"ben"}), ("en", {"ben"}), ("be", {"ben"}), ("BEN", {"ben"}), ("nobody", set())],
)
def test_people_are_found_by_any_part_of_the_user_name(cast: Cast, typed: str, found: set[str]):
    rows = Staff.objects.visible_to(cast.people["ann"]).filter(user__username__in=["ben", "ann"])
    assert {staff.user.username for staff in rows.matching(typed)} == found


def test_a_hand_over_says_what_it_moves(client: Any, cast: Cast, hire: Hire, desk: Desk):
    ben, tom = cast.people["ben"], hire("tom", Role.MAKER, "east-1")
    cast.sign_in(client, "ann")
    address = reverse("staff-hand-over", args=[ben.pk])
    assert "发放批次 3 项" in client.get(address).content.decode()
    given = {"to": tom.pk, "reason": "调离"}
    assert "已移交：发放批次 3 项。" in client.post(address, given, follow=True).content.decode()
    assert "不用移交" in client.get(address).content.decode()
    again = client.post(address, given, follow=True).content.decode()
    assert "没有要移交的工作，什么都没有变。" in again
    assert Message.objects.filter(user=tom.user).count() == 1
