"""What changed about a union, told with names: the parents and the names before and after."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from unions.models import Staff, Union, UnionChange

OUTSIDE = "您范围以外的上级"


@dataclass(frozen=True)
class ToldChange:
    change: UnionChange
    old: str
    new: str
    #: The union above with which this one moved; "" when it moved by itself.
    along_with: str
    #: The union that was merged into this one; "" for its own changes.
    absorbed: str = ""


def told_changes(staff: Staff, union: Union, *, most: int) -> list[ToldChange]:
    """The newest changes of the union; parents outside the posting's scope stay without a name."""
    own = Q(union=union)
    absorbing = Q(union__merged_into=union, kind=UnionChange.Kind.MERGE)
    changes = UnionChange.objects.visible_to(staff).filter(own | absorbing)
    related = changes.select_related("recorded_by__user", "union")
    newest = list(related.newest_first()[:most])
    codes = {code for change in newest for code in _codes(change)}
    visible = Union.objects.visible_to(staff).filter(code__in=codes)
    names = dict(visible.values_list("code", "name"))
    return [
        _told(change, names)
        if change.union_id == union.pk
        else ToldChange(change, "", "", "", absorbed=change.union.name)
        for change in newest
    ]


def _told(change: UnionChange, names: dict[str, str]) -> ToldChange:
    if change.kind == UnionChange.Kind.RENAME:
        return ToldChange(change, change.name_before, change.name_after, "")
    if change.kind not in {UnionChange.Kind.MOVE, UnionChange.Kind.MERGE}:
        return ToldChange(change, "", "", "")
    before, after = _split(change.path_before), _split(change.path_after)
    moved = after[-1]
    while before and after and before[-1] == after[-1]:
        moved = after[-1]
        before, after = before[:-1], after[:-1]
    along = "" if moved == _split(change.path_after)[-1] else names.get(moved, OUTSIDE)
    return ToldChange(change, _name(before, names), _name(after, names), along)


def _name(above: list[str], names: dict[str, str]) -> str:
    return names.get(above[-1], OUTSIDE) if above else OUTSIDE


def _split(path: str) -> list[str]:
    return path.rstrip("/").split("/")


def _codes(change: UnionChange) -> Iterator[str]:
    yield from _split(change.path_before)
    yield from _split(change.path_after)
