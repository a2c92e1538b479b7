"""Changes of the tree with what a test does not care about filled in."""

from datetime import date
from typing import Any

from tests.cast import Cast
from unions.models import Staff, Union
from unions.permissions import Command
from unions.services.tree import (
    change_union,
    close_union,
    create_union,
    merge_union,
    move_union,
)

DAY = date(2026, 6, 1)


def union_named(name: str, cast: Cast) -> Union:
    return Union.objects.get(pk=cast.unions[name].pk)


def add(by: Staff | Command, parent: Union, code: str, **values: Any) -> Union:
    defaults = {"name": f"机构{code}", "kind": Union.Kind.GRASSROOTS}
    return create_union(by=by, parent=parent, code=code, **defaults | values)


def change(by: Staff, union: Union, **values: Any) -> Union:
    unchanged: dict[str, Any] = {
        "name": union.name,
        "kind": union.kind,
        "region_code": union.region_code,
        "effective_on": DAY,
        "version": union.version,
    }
    return change_union(by=by, union=union, **unchanged | values)


def move(by: Staff, union: Union, parent: Union, day: date = DAY) -> Union:
    return move_union(by=by, union=union, parent=parent, effective_on=day, reason="批复")


def close(by: Staff, union: Union, day: date = DAY) -> Union:
    return close_union(by=by, union=union, closed_on=day, reason="批复")


def merge(by: Staff, union: Union, into: Union) -> Union:
    return merge_union(by=by, union=union, into=into, effective_on=DAY, reason="批复")


def tree() -> dict[str, str]:
    return dict(Union.objects.values_list("code", "path"))
