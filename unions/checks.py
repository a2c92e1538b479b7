"""Whether the stored tree is a tree: told apart from the services that keep it."""

from collections.abc import Iterator

from unions.models import Union


def tree_breaks() -> Iterator[str]:
    """One sentence per broken rule, by path; a sound tree gives none."""
    unions = {union.pk: union for union in Union.objects.in_tree_order()}
    for union in unions.values():
        parent = unions.get(union.parent_id or 0)
        if _is_in_circle(union, unions):
            yield f"{_named(union)} is among its own ancestors."
        elif union.path != f"{parent.path if parent else ''}{union.code}/":
            above = f"of {_named(parent)}" if parent else "of no union"
            yield f"{_named(union)} has the path {union.path}, but its place is below that {above}."
        if parent and parent.closed_on and not union.closed_on:
            yield f"{_named(union)} is open below {_named(parent)}, which is closed."
        if union.merged_into_id and not union.closed_on:
            yield f"{_named(union)} was merged into another union and is not closed."


def _is_in_circle(union: Union, unions: dict[int, Union]) -> bool:
    """Whether the way up from the union comes back to it; no way up is longer than the tree."""
    above = unions.get(union.parent_id or 0)
    for _ in range(len(unions)):
        if above is None:
            return False
        if above.pk == union.pk:
            return True
        above = unions.get(above.parent_id or 0)
    return False


def _named(union: Union) -> str:
    return f"{union.name} ({union.code})"
