"""Unions are founded, renamed and moved."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from tests.cast import Cast
from tests.unions.conftest import Hire
from tests.unions.refusals import refused
from tests.unions.tree_acts import DAY, add, change, close, merge, move, tree, union_named
from unions.models import Staff, Union, UnionChange
from unions.models.union import path_on
from unions.permissions import Role
from unions.services.tree import (
    merge_union,
    move_union,
)

pytestmark = pytest.mark.django_db


def test_a_new_union_stands_below_its_parent_and_is_found_by_pinyin(cast: Cast):
    ann, east = cast.people["ann"], cast.unions["east"]
    union = add(ann, east, "110101009", name="东华门街道总工会", opened_on=date(2020, 5, 1))
    assert union.path == "110000/110101/110101009/"
    assert Union.objects.visible_to(ann).matching("dhm").get() == union
    assert Union.objects.visible_to(ann).matching("dong hua men").get() == union
    note = UnionChange.objects.get(union=union)
    assert (note.kind, note.effective_on, note.recorded_by) == ("create", date(2020, 5, 1), ann)
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id, event.chain) == ("create", str(union.pk), "110101")


def test_a_code_in_use_is_refused(cast: Cast):
    with refused("unique"):
        add(cast.people["ann"], cast.unions["east"], "110102001")


def test_a_name_is_unique_among_open_sisters_only(cast: Cast, chief: Staff):
    name = cast.unions["east-1"].name
    with pytest.raises(ValidationError, match="同一上级下已经有同名机构"), transaction.atomic():
        add(chief, cast.unions["east"], "NEW1", name=name)
    add(chief, cast.unions["west"], "NEW1", name=name)
    close(chief, union_named("cell", cast))
    close(chief, union_named("east-1", cast))
    add(chief, cast.unions["east"], "NEW2", name=name)


@pytest.mark.parametrize("code", ["a", "1", "AB CD", "AB/CD", "京", "A" * 21, "AB\n"])
def test_a_code_of_a_wrong_shape_is_refused_by_service_and_database(cast: Cast, code: str):
    east = cast.unions["east"]
    with pytest.raises(ValidationError, match="编码只用数字和大写字母"), transaction.atomic():
        add(cast.people["ann"], east, code, name="某工会")
    with pytest.raises(DatabaseError), transaction.atomic():
        Union.objects.create(code=code, name="直写", kind="street", path=f"{east.path}{code}/")
    assert not Union.objects.filter(code=code).exists()


def test_nothing_is_added_below_a_closed_union(cast: Cast, chief: Staff):
    close(chief, union_named("west-1", cast), date(2026, 6, 1))
    with refused("parent_closed"):
        add(chief, cast.unions["west-1"], "NEW1")


@pytest.mark.parametrize("act", ["move", "close", "merge"])
def test_the_tree_changes_today_or_did_before(cast: Cast, chief: Staff, act: str):
    union, west, day = union_named("east-1", cast), cast.unions["west"], date(2036, 6, 1)
    changes = {
        "move": lambda: move_union(
            by=chief, union=union, parent=west, effective_on=day, reason="批复"
        ),
        "close": lambda: close(chief, union, day),
        "merge": lambda: merge_union(
            by=chief, union=union, into=west, effective_on=day, reason="批复"
        ),
    }
    with refused("future"):
        changes[act]()


def test_a_path_that_grows_too_long_is_refused(cast: Cast, chief: Staff):
    parent = cast.unions["city"]
    for level in range(13):
        parent = add(chief, parent, f"{level:020}")
    with refused("max_length"):
        add(chief, parent, "Z" * 20)
    deep = add(chief, cast.unions["west-1"], "X" * 20)
    with refused("too_deep"):
        move(chief, deep, parent)
    assert move(chief, deep, Union.objects.get(code=f"{11:020}")).path.endswith(f"{'X' * 20}/")


def test_a_union_is_created_below_where_its_parent_stands_now(cast: Cast, chief: Staff):
    stale = union_named("east-1", cast)
    move(chief, union_named("east-1", cast), cast.unions["west"])
    assert add(chief, stale, "NEW1").path == "110000/110102/110101001/NEW1/"


def test_a_new_name_leaves_both_names_in_the_history(cast: Cast):
    ann, union = cast.people["ann"], union_named("east-1", cast)
    before = union.name
    changed = change(ann, union, name="东一新街道总工会")
    assert changed.version == union.version + 1
    note = UnionChange.objects.get(union=union, kind="rename")
    assert (note.name_before, note.name_after) == (before, "东一新街道总工会")
    assert Union.objects.matching("dyxjd").get() == union


def test_another_kind_is_no_renaming(cast: Cast):
    change(cast.people["ann"], union_named("east-1", cast), kind=Union.Kind.TOWN)
    assert not UnionChange.objects.filter(kind="rename").exists()


def test_a_name_of_a_sister_is_refused(cast: Cast):
    with pytest.raises(ValidationError, match="同一上级下已经有同名机构"), transaction.atomic():
        change(cast.people["ann"], union_named("east-1", cast), name=cast.unions["east-2"].name)


def test_of_two_editors_the_second_is_told_and_loses_nothing(client: Any, cast: Cast, hire: Hire):
    hire("bob", Role.DISTRICT_ADMIN, "east")
    url = reverse("union-change", args=["110101001"])
    cast.sign_in(client, "ann")
    form = client.get(url).context["form"]
    mine = {name: form[name].value() or "" for name in form.fields} | {"name": "安宁写的名称"}
    change(
        Staff.objects.get(user__username="bob"), union_named("east-1", cast), name="别人写的名称"
    )

    told = client.post(url, mine)
    page = told.content.decode()
    assert told.status_code == 200
    assert told.context["form"].has_error("__all__", "stale")
    assert "安宁写的名称" in page
    assert "别人写的名称" in page
    assert union_named("east-1", cast).name == "别人写的名称"

    newest = union_named("east-1", cast).version
    assert f'name="version" value="{newest}"' in page
    assert client.post(url, mine | {"version": newest}).status_code == 302
    assert union_named("east-1", cast).name == "安宁写的名称"


def test_a_move_takes_the_whole_subtree_in_one_update(cast: Cast, chief: Staff):
    for number in range(5):
        add(chief, cast.unions["cell"], f"LEAF{number}")
    before = tree()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        move(chief, union_named("east-1", cast), cast.unions["west"])
    rewritten = [query for query in queries if 'SET "path"' in query["sql"]]
    assert len(rewritten) == 1
    for code, path in before.items():
        old, new = "110000/110101/110101001/", "110000/110102/110101001/"
        assert tree()[code] == path.replace(old, new)
    moved = UnionChange.objects.filter(kind="move")
    assert {change.union.code for change in moved} == {
        "110101001",
        "110101001A1",
        *(f"LEAF{number}" for number in range(5)),
    }
    call_command("check_tree")


def test_a_move_makes_older_versions_stale(cast: Cast, chief: Staff):
    opened = union_named("cell", cast)
    move(chief, union_named("east-1", cast), cast.unions["west"])
    with refused("stale"):
        change(chief, opened, name="旧页面上的名称")


@pytest.mark.parametrize("target", ["east-1", "cell"], ids=["itself", "its own subtree"])
def test_a_union_cannot_move_below_itself(cast: Cast, chief: Staff, target: str):
    with refused("parent_below"):
        move(chief, union_named("east-1", cast), cast.unions[target])


def test_a_union_cannot_move_below_a_closed_one(cast: Cast, chief: Staff):
    close(chief, union_named("west-1", cast), date(2026, 6, 1))
    with refused("parent_closed"):
        move(chief, union_named("east-1", cast), cast.unions["west-1"])


def test_a_union_cannot_move_beside_one_of_the_same_name(cast: Cast, chief: Staff):
    add(chief, cast.unions["west"], "NEW1", name=cast.unions["east-1"].name)
    with refused("name_taken"):
        move(chief, union_named("east-1", cast), cast.unions["west"])


@pytest.mark.parametrize("act", ["move", "close", "merge"])
def test_nobody_moves_closes_or_merges_the_union_he_works_at(cast: Cast, act: str):
    ann, east = cast.people["ann"], union_named("east", cast)
    with refused("own_root"):
        if act == "move":
            move(ann, east, cast.unions["east-1"])
        elif act == "close":
            close(ann, east)
        else:
            merge(ann, east, cast.unions["east-1"])


@pytest.mark.parametrize(
    ("who", "union", "parent"),
    [
        ("ann", "west-1", "east"),
        ("ann", "east-1", "west"),
        ("ann", "east-1", "city"),
        ("mia", "east-1", "east-2"),
        ("sam", "east-1", "east-2"),
        ("ada", "east-1", "east-2"),
    ],
    ids=["foreign union", "foreign parent", "parent above", "clerk", "system admin", "auditor"],
)
def test_moving_needs_the_right_and_both_ends_in_the_own_subtree(
    cast: Cast, who: str, union: str, parent: str
):
    with pytest.raises(PermissionDenied):
        move(cast.people[who], cast.unions[union], cast.unions[parent])
    assert tree()["110101001"] == "110000/110101/110101001/"


def test_the_path_of_a_day_is_that_before_or_after_the_move(cast: Cast, chief: Staff):
    Union.objects.filter(pk=cast.unions["west"].pk).update(kind=Union.Kind.PARK)
    move(chief, union_named("east-1", cast), cast.unions["west"], date(2026, 6, 1))
    move(chief, union_named("west", cast), cast.unions["east"], date(2026, 9, 1))
    cell = union_named("cell", cast)
    east, west = "110000/110101/", "110000/110102/"
    for day, path in {
        date(2000, 1, 1): f"{east}110101001/110101001A1/",
        date(2026, 5, 31): f"{east}110101001/110101001A1/",
        date(2026, 6, 1): f"{west}110101001/110101001A1/",
        date(2026, 8, 31): f"{west}110101001/110101001A1/",
        date(2026, 9, 1): f"{east}110102/110101001/110101001A1/",
        date(2030, 1, 1): f"{east}110102/110101001/110101001A1/",
    }.items():
        assert path_on(cell, day) == path, day


def test_two_moves_on_one_day_leave_the_later_path(cast: Cast, chief: Staff):
    for parent in ("west", "east-2"):
        move(chief, union_named("cell", cast), cast.unions[parent], DAY)
    assert path_on(union_named("cell", cast), DAY) == "110000/110101/110101002/110101001A1/"
