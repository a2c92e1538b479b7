"""The tree as the page draws it."""

from dataclasses import dataclass, field

from django.db.models import Count

from unions.models import Staff, Union

#: Levels that the page carries, and unions directly below one; the rest is a link.
LEVELS = 2
CHILDREN = 100


@dataclass
class Branch:
    """One union with what is drawn below it, and how many open unions it has in all."""

    union: Union
    staff_count: int = 0
    below: int = 0
    children: list["Branch"] = field(default_factory=list)
    #: Unions directly below that are not drawn.
    more: int = 0


def branches_of(staff: Staff) -> list[Branch]:
    """The posting's own union as the root of a nested tree, in two queries."""
    unions = list(Union.objects.visible_to(staff).open().in_tree_order())
    live = Staff.objects.visible_to(staff).live().order_by()
    people = dict(live.values_list("union").annotate(Count("user", distinct=True)))
    by_id: dict[int, Branch] = {}
    roots: list[Branch] = []
    for union in unions:
        branch = Branch(union, staff_count=people.get(union.pk, 0))
        by_id[union.pk] = branch
        parent = by_id.get(union.parent_id or 0)
        if parent is None:
            roots.append(branch)
            continue
        _count_upwards(by_id, union)
        if union.depth - staff.union.depth <= LEVELS and len(parent.children) < CHILDREN:
            parent.children.append(branch)
        else:
            parent.more += 1
    return roots


def _count_upwards(by_id: dict[int, Branch], union: Union) -> None:
    """One more union below each of its ancestors."""
    parent = by_id.get(union.parent_id or 0)
    while parent is not None:
        parent.below += 1
        parent = by_id.get(parent.union.parent_id or 0)
