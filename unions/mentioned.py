"""The part of the tree that a file speaks of, in memory: a thousand rows cost four queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Self

from unions.models import Staff, Union


@dataclass
class Mentioned:
    """The tree as the rows so far would leave it. Nothing is written here."""

    #: Unions of the own subtree by code, with those that rows above would make.
    known: dict[str, Union]
    #: Codes in use outside the own subtree.
    taken: set[str]
    #: (code of the parent, name) → code of the open union that bears it.
    names: dict[tuple[str, str], str]
    #: Code → kinds of the open unions below.
    below: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def in_file(cls, staff: Staff, codes: set[str], names: set[str]) -> Self:
        """`codes` are those of unions and of parents."""
        mentioned = Union.objects.filter(code__in=codes)
        visible = mentioned.visible_to(staff).select_related("parent")
        known = {union.code: union for union in visible}
        sisters = Union.objects.open().filter(parent__code__in=codes, name__in=names)
        below: dict[str, set[str]] = defaultdict(set)
        children = Union.objects.open().filter(parent__code__in=codes)
        for code, kind in children.values_list("parent__code", "kind").distinct():
            below[code].add(kind)
        return cls(
            below=dict(below),
            known=known,
            taken={*mentioned.values_list("code", flat=True)} - known.keys(),
            names={
                (parent, name): code
                for parent, name, code in sisters.values_list("parent__code", "name", "code")
            },
        )

    def stored(self, code: str) -> Union | None:
        """The union with this code in the database."""
        union = self.known.get(code)
        return union if union is not None and union.pk else None

    def bearer(self, union: Union) -> str | None:
        """The code of another open union of the same name under the same parent."""
        code = self.names.get(_place(union))
        return code if code != union.code and union.closed_on is None else None

    def accept(self, union: Union, name_before: str) -> None:
        """From now on the rows below see this one."""
        self.names.pop((_place(union)[0], name_before), None)
        if union.closed_on is None:
            self.names[_place(union)] = union.code
        self.known.setdefault(union.code, union)


def _place(union: Union) -> tuple[str, str]:
    return (union.parent.code if union.parent else "", union.name)
