"""The tree under any sequence of changes, and under changes that come at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relief import roles
from tests.audit.attacker import as_owner
from tests.cast import Cast
from tests.unions.conftest import Hire
from unions.checks import tree_breaks
from unions.models import Staff, Union
from unions.permissions import Role
from unions.scope import ancestor_paths
from unions.services.tree import (
    change_union,
    close_union,
    create_union,
    merge_union,
    move_union,
)

#: (act, SQL to run while it waits, its values) → the act's result to come.
Behind = Callable[..., Future[Union]]
NAMES = ("city", "east", "west", "east-1", "east-2", "west-1", "cell")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
PLACES = st.integers(0, 30)
ACTS = st.one_of(
    st.tuples(st.just("create"), PLACES, st.sampled_from("甲乙丙")),
    st.tuples(st.just("rename"), PLACES, st.sampled_from("甲乙丙")),
    st.tuples(st.just("move"), PLACES, PLACES, DAYS),
    st.tuples(st.just("close"), PLACES, DAYS),
    st.tuples(st.just("merge"), PLACES, PLACES, DAYS),
)


def some_union(number: int) -> Union:
    unions = list(Union.objects.order_by("pk"))
    return unions[number % len(unions)]


def act(by: Staff, step: tuple[Any, ...], code: str) -> None:
    union = some_union(step[1])
    match step:
        case ("create", _, name):
            create_union(by=by, parent=union, code=code, name=name, kind="grassroots")
        case ("rename", _, name):
            change_union(
                by=by,
                union=union,
                name=name,
                kind=union.kind,
                region_code="",
                effective_on=None,
                version=union.version,
            )
        case ("move", _, parent, day):
            move_union(
                by=by, union=union, parent=some_union(parent), effective_on=day, reason="批复"
            )
        case ("close", _, day):
            close_union(by=by, union=union, closed_on=day, reason="批复")
        case ("merge", _, into, day):
            merge_union(by=by, union=union, into=some_union(into), effective_on=day, reason="批复")


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(ACTS, min_size=3, max_size=12))
def test_no_sequence_of_changes_breaks_the_tree(cast: Cast, steps: list[tuple[Any, ...]]):
    zoe = cast.people["zoe"]
    with transaction.atomic():
        with as_owner():
            Staff.objects.filter(pk=zoe.pk).update(role=Role.DISTRICT_ADMIN)
        by = Staff.objects.get(pk=zoe.pk)
        for number, step in enumerate(steps):
            try:
                with transaction.atomic():
                    act(by, step, f"NEW{number}")
            except (ValidationError, PermissionDenied):
                continue  # a refusal is an answer; anything else is a fault
        assert list(tree_breaks()) == []
        transaction.set_rollback(True)


CODES = st.lists(st.sampled_from(["11", "111", "1111", "A1", "A11"]), min_size=1, max_size=4)


@given(first=CODES, second=CODES)
def test_a_path_is_within_another_exactly_when_the_other_is_an_ancestor(
    first: list[str], second: list[str]
):
    one, other = ("/".join(codes) + "/" for codes in (first, second))
    assert other.startswith(one) == (second[: len(first)] == first)
    assert (one in ancestor_paths(other)) == other.startswith(one)


@pytest.fixture
def together(transactional_db: None) -> Callable[..., list[str]]:
    """Run acts at once, each on a connection of its own; "done" or the refusal's code for each."""

    def run(*acts: Callable[[], Any]) -> list[str]:
        start = Barrier(len(acts))

        def attempt(act: Callable[[], Any]) -> str:
            try:
                start.wait(timeout=30)
                act()
            except ValidationError as error:
                return str(error.error_list[0].code if hasattr(error, "error_list") else error)
            finally:
                connection.close()
            return "done"

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(attempt, acts))

    return run


@pytest.fixture
def chief(hire: Hire) -> Staff:
    return hire("tom", Role.DISTRICT_ADMIN, "city")


def move(by: Staff, union: Union, parent: Union) -> Union:
    return move_union(by=by, union=union, parent=parent, effective_on=None, reason="批复")


@pytest.mark.django_db(transaction=True)
def test_two_unions_cannot_move_below_each_other_at_once(
    together: Callable[..., list[str]], cast: Cast, chief: Staff
):
    east, west = cast.unions["east-1"], cast.unions["west-1"]
    answers = together(lambda: move(chief, east, west), lambda: move(chief, west, east))
    assert sorted("done" if answer == "done" else "refused" for answer in answers) == [
        "done",
        "refused",
    ]
    assert list(tree_breaks()) == []


@pytest.mark.django_db(transaction=True)
def test_creating_below_a_union_that_moves_lands_in_the_right_place(
    together: Callable[..., list[str]], cast: Cast, chief: Staff
):
    parent, west = cast.unions["east-1"], cast.unions["west"]

    def create(code: str) -> Union:
        return create_union(by=chief, parent=parent, code=code, name=code, kind="grassroots")

    answers = together(
        lambda: create("NEW1"), lambda: move(chief, parent, west), lambda: create("NEW2")
    )
    assert answers == ["done"] * 3
    assert list(tree_breaks()) == []
    assert Union.objects.get(code="NEW2").path == "110000/110102/110101001/NEW2/"


@contextmanager
def waiting_for_the_tree(login: roles.Connection, act: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Inside, somebody else (`login`) holds the tree and `act` waits; afterwards it has ended."""

    def attempt() -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, login.transaction():
        login.execute("LOCK TABLE unions_union IN SHARE ROW EXCLUSIVE MODE")
        waiting = pool.submit(attempt)
        while not _somebody_waits(login):
            assert not waiting.done()
        yield waiting


def rename(by: Staff, union: Union) -> Union:
    return change_union(
        by=by,
        union=union,
        name="东一新街道总工会",
        kind=union.kind,
        region_code="",
        effective_on=None,
        version=union.version,
    )


def change(by: Staff, union: Union) -> Union:
    return change_union(
        by=by,
        union=union,
        name="东一新街道总工会",
        kind=union.kind,
        region_code="",
        effective_on=None,
        version=union.version,
    )


def create_below(by: Staff, parent: Union) -> Union:
    return create_union(by=by, parent=parent, code="NEW1", name="新机构", kind="grassroots")


@pytest.fixture
def behind(app_login: roles.Connection) -> Iterator[Behind]:
    """Start an act that has to wait for the tree; `while_waiting` happens before it goes on."""

    def attempt(act: Callable[[], Union]) -> Union:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:

        def run(act: Callable[[], Union], while_waiting: str, *values: Any) -> Future[Union]:
            with app_login.transaction():
                app_login.execute("LOCK TABLE unions_union IN SHARE ROW EXCLUSIVE MODE")
                waiting = pool.submit(attempt, act)
                while not _somebody_waits(app_login):
                    assert not waiting.done()
                app_login.execute(while_waiting, values)
            return waiting

        yield run


@pytest.mark.django_db(transaction=True)
def test_a_change_waits_for_the_tree_before_it_holds_a_row(behind: Behind, cast: Cast):
    """Else a move (table first, row second) and a change (row first) would wait for each other."""
    union, ann = cast.unions["east-1"], cast.people["ann"]
    lock_row = "SELECT FROM unions_union WHERE id = %s FOR UPDATE NOWAIT"
    waiting = behind(lambda: change(ann, union), lock_row, union.pk)
    assert waiting.result(timeout=30).name == "东一新街道总工会"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [change, create_below])
def test_who_lost_the_union_while_waiting_does_not_write(
    behind: Behind, cast: Cast, act: Callable[[Staff, Union], Union]
):
    """Ann was entitled when she asked; meanwhile the union went over to West."""
    union, ann = cast.unions["east-1"], cast.people["ann"]
    move_away = """
        UPDATE unions_union
        SET parent_id = CASE id WHEN %s THEN %s ELSE parent_id END,
            path = replace(path, '110000/110101/110101001/', '110000/110102/110101001/')
        WHERE path LIKE '110000/110101/110101001/%%'
    """
    waiting = behind(lambda: act(ann, union), move_away, union.pk, cast.unions["west"].pk)
    with pytest.raises(PermissionDenied):
        waiting.result(timeout=30)
    assert not Union.objects.filter(name__in=["东一新街道总工会", "新机构"]).exists()


def _somebody_waits(login: roles.Connection) -> bool:
    found = login.execute(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'unions_union'::regclass"
    )
    return bool(found.rowcount)
