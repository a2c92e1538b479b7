"""How unions end, and what the tree is held to: closing, merging, paths, the check."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, transaction

from tests.audit.attacker import as_superuser, run
from tests.cast import Cast
from tests.unions.refusals import refused
from tests.unions.tree_acts import DAY, add, close, merge, union_named
from unions.models import Staff, Union
from unions.models.union import path_on
from unions.scope import ancestor_paths

pytestmark = pytest.mark.django_db


def test_a_closed_union_keeps_its_place_and_leaves_the_lists(cast: Cast):
    ann = cast.people["ann"]
    close(ann, union_named("east-2", cast))
    union = union_named("east-2", cast)
    assert (union.closed_on, union.path) == (DAY, "110000/110101/110101002/")
    assert union in Union.objects.visible_to(ann)
    assert union not in Union.objects.visible_to(ann).open()
    assert not Staff.objects.live().filter(union=union).exists()


def test_a_union_with_open_ones_below_cannot_close(cast: Cast):
    ann = cast.people["ann"]
    with refused("open_below"):
        close(ann, union_named("east-1", cast))
    close(ann, union_named("cell", cast))
    close(ann, union_named("east-1", cast))


def test_a_union_closes_once(cast: Cast):
    ann = cast.people["ann"]
    close(ann, union_named("east-2", cast))
    with refused("closed"):
        close(ann, union_named("east-2", cast))


def test_a_merger_hands_over_what_is_below_and_keeps_the_history_in_sight(cast: Cast, chief: Staff):
    merge(chief, union_named("east-1", cast), cast.unions["west-1"])
    merged = union_named("east-1", cast)
    into = cast.unions["west-1"]
    assert (merged.merged_into, merged.closed_on) == (into, DAY)
    assert merged.path == f"{into.path}110101001/"
    assert union_named("cell", cast).path == f"{into.path}110101001A1/"
    assert union_named("cell", cast).parent == into
    assert path_on(union_named("cell", cast), date(2026, 5, 31)).startswith("110000/110101/")
    call_command("check_tree")


def test_a_merger_into_a_union_with_a_sister_of_the_same_name_works(cast: Cast, chief: Staff):
    add(chief, cast.unions["west-1"], "NEW1", name=cast.unions["east-2"].name)
    merge(chief, union_named("east-2", cast), cast.unions["west-1"])
    call_command("check_tree")


def test_a_merger_that_would_make_two_of_one_name_is_refused(cast: Cast, chief: Staff):
    add(chief, cast.unions["west-1"], "NEW1", name=cast.unions["cell"].name)
    with refused("name_taken"):
        merge(chief, union_named("east-1", cast), cast.unions["west-1"])
    assert union_named("east-1", cast).closed_on is None


@pytest.mark.parametrize("into", ["east-1", "cell"], ids=["itself", "its own subtree"])
def test_a_union_cannot_merge_into_itself(cast: Cast, chief: Staff, into: str):
    with refused("into_below"):
        merge(chief, union_named("east-1", cast), cast.unions[into])


@pytest.mark.parametrize(("union", "into"), [("west-1", "east-2"), ("east-2", "west-1")])
def test_closed_unions_do_not_merge(cast: Cast, chief: Staff, union: str, into: str):
    close(chief, union_named("west-1", cast))
    with refused("closed"):
        merge(chief, union_named(union, cast), cast.unions[into])


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM unions_union", "TRUNCATE unions_union CASCADE", "DELETE FROM unions_unionchange"],
)
def test_the_tree_and_its_history_cannot_be_deleted(cast: Cast, statement: str):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(statement)
    run("SET CONSTRAINTS ALL IMMEDIATE")  # a truncation waits for no pending check of the cast
    with pytest.raises(DatabaseError, match=r"never deleted|append-only"), as_superuser():
        run(statement)


@pytest.mark.parametrize(
    "path", ["110000/110101/110101001", "/110000/110101001/", "110000//110101001/", "x/", "110102/"]
)
def test_the_database_refuses_a_path_of_a_wrong_shape(cast: Cast, path: str):
    union = cast.unions["east-1"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Union.objects.filter(pk=union.pk).update(path=path)


def test_a_subtree_ends_at_a_slash(cast: Cast, chief: Staff):
    one = add(chief, cast.unions["city"], "11")
    other = add(chief, cast.unions["city"], "1111")
    assert list(Union.objects.within(one.path)) == [one]
    assert not one.contains(other)
    assert ancestor_paths(other.path) == ["110000/", "110000/1111/"]


@pytest.mark.parametrize(
    ("union", "broken", "sentence"),
    [
        ("east-1", {"path": "110000/110102/110101001/"}, "has the path 110000/110102/110101001/"),
        ("west", {"path": "110102/"}, "has the path 110102/"),
        ("cell", {"path": "110000/110101/X1/110101001A1/"}, "has the path"),
        ("east", {"parent": "cell"}, "is among its own ancestors"),
        ("east-1", {"closed_on": DAY}, "东一印刷厂工会 (110101001A1) is open below"),
        ("east-2", {"parent": "west"}, "has the path 110000/110101/110101002/"),
    ],
)
def test_check_tree_says_what_is_wrong(
    cast: Cast,
    capsys: pytest.CaptureFixture[str],
    union: str,
    broken: dict[str, Any],
    sentence: str,
):
    call_command("check_tree")
    if "parent" in broken:
        broken = {"parent": cast.unions[broken["parent"]]}
    with as_superuser(silent=True):  # the triggers would refuse it
        Union.objects.filter(pk=cast.unions[union].pk).update(**broken)
    with pytest.raises(CommandError) as refusal:
        call_command("check_tree")
    assert refusal.value.returncode == 1
    assert sentence in capsys.readouterr().err


def test_merged_but_open_is_refused_by_the_database_and_told_by_check_tree(
    cast: Cast, capsys: pytest.CaptureFixture[str]
):
    union = Union.objects.filter(pk=cast.unions["east-2"].pk)
    with pytest.raises(IntegrityError, match="merged_is_closed"), transaction.atomic():
        union.update(merged_into=cast.unions["east-1"])
    with as_superuser(silent=True):
        run("ALTER TABLE unions_union DROP CONSTRAINT unions_union_merged_is_closed")
    union.update(merged_into=cast.unions["east-1"])
    with pytest.raises(CommandError):
        call_command("check_tree")
    assert "was merged into another union and is not closed" in capsys.readouterr().err
