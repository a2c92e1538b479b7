"""What two administrators do in the same second: the database lets one of them through."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection

from relief import roles
from tests.cast import Cast
from tests.unions.conftest import Hire
from unions.models import Staff
from unions.permissions import Role
from unions.services.accounts import disable_account
from unions.services.staff import end_staff, post_staff

pytestmark = pytest.mark.django_db(transaction=True)

DONE = "done"
REFUSALS = (ValidationError, PermissionDenied, IntegrityError)


def together(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at once, each on a connection of its own; "done" or the sentence of refusal."""
    start = Barrier(len(acts))

    def attempt(act: Callable[[], Any]) -> str:
        try:
            start.wait(timeout=30)
            act()
        except REFUSALS as refusal:
            return str(refusal)
        finally:
            connection.close()
        return DONE

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))


def test_the_same_posting_given_eight_times_at_once_is_there_once(cast: Cast):
    new: dict[str, Any] = {
        "user": cast.accounts["eve"],
        "union": cast.unions["east-1"],
        "role": Role.MAKER,
    }
    answers = together(*[lambda: post_staff(by=cast.people["ann"], **new)] * 8)
    assert answers.count(DONE) == 1
    assert Staff.objects.filter(**new).count() == 1


def test_two_incompatible_roles_given_at_once_leave_one(cast: Cast):
    new: dict[str, Any] = {"user": cast.accounts["eve"], "union": cast.unions["east-1"]}
    answers = together(
        lambda: post_staff(by=cast.people["ann"], role=Role.MAKER, **new),
        lambda: post_staff(by=cast.people["ann"], role=Role.CHECKER, **new),
        lambda: post_staff(by=cast.people["ann"], role=Role.FINANCE, **new),
    )
    assert answers.count(DONE) == 1
    assert Staff.objects.filter(**new).count() == 1


def test_raw_inserts_at_once_are_serialised_by_the_trigger(app_login: roles.Connection, cast: Cast):
    """Past the service: an open transaction holds the account, the second insert has to wait."""
    insert = """
        INSERT INTO unions_staff (user_id, union_id, role, title, starts_on)
        VALUES (%s, %s, %s, '', current_date)
    """
    user, union = cast.accounts["eve"].pk, cast.unions["east-1"].pk

    def second() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute(insert, [user, union, "checker"])
        except IntegrityError as refusal:
            return str(refusal.__cause__.sqlstate)  # type: ignore[union-attr]  # psycopg's error
        finally:
            connection.close()
        return DONE

    with ThreadPoolExecutor(1) as pool:
        with app_login.transaction():
            app_login.execute(insert, [user, union, "maker"])
            waiting = pool.submit(second)
            while not _somebody_waits(app_login):
                assert not waiting.done()
        assert waiting.result(timeout=30) == "23R04"


def test_two_administrators_cannot_disable_each_other_at_once(cast: Cast, hire: Hire):
    sam, tom = cast.people["sam"], hire("tom", Role.SYSTEM_ADMIN, "east")
    answers = together(
        lambda: disable_account(by=sam, user=tom.user, reason="x"),
        lambda: disable_account(by=tom, user=sam.user, reason="x"),
    )
    assert answers.count(DONE) == 1
    assert Staff.objects.live().filter(role=Role.SYSTEM_ADMIN).count() == 1


def test_ending_one_administrator_and_disabling_the_other_leaves_one(cast: Cast, hire: Hire):
    sam, tom = cast.people["sam"], hire("tom", Role.SYSTEM_ADMIN, "east")
    uma = hire("uma", Role.SYSTEM_ADMIN, "city")
    disable_account(by=uma, user=sam.user, reason="x")
    answers = together(
        lambda: disable_account(by=uma, user=tom.user, reason="x"),
        lambda: end_staff(by=cast.people["sue"], staff=tom, ends_on=tom.starts_on, reason="x"),
    )
    assert DONE in answers
    assert Staff.objects.live().filter(role=Role.SYSTEM_ADMIN).exists()


def _somebody_waits(login: roles.Connection) -> bool:
    return bool(login.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount)
