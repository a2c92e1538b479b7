"""Which kinds of unions may stand below which: a level never stands above itself."""

from collections.abc import Iterable
from typing import Final

from django.core.exceptions import ValidationError

from unions.models import Union

Kind = Union.Kind

#: The levels of the federation, from the top. What works side by side in a district (系统, 园区,
#: 集团) is on the level of its streets; so is what unites enterprises with the enterprises.
LEVELS: Final[dict[str, int]] = {
    Kind.PROVINCE: 0,
    Kind.CITY: 1,
    Kind.DISTRICT: 2,
    Kind.STREET: 3,
    Kind.TOWN: 3,
    Kind.SYSTEM: 3,
    Kind.PARK: 3,
    Kind.GROUP: 3,
    Kind.JOINT: 4,
    Kind.GRASSROOTS: 4,
}
#: From here on down unions of one level may stand below each other: a company in its group.
NESTING: Final = 3


def kind_refusal(kind: str, parent_kind: str) -> str:
    """Why a union of this kind cannot stand below one of that kind; "" where it may."""
    level, above = LEVELS[kind], LEVELS[parent_kind]
    if level > above or level == above >= NESTING:
        return ""
    return f"“{Kind(kind).label}”不能设在“{Kind(parent_kind).label}”之下，请改类型或另选上级。"


def refuse_kind(field: str, kind: str, parent: Union | None) -> None:
    """Raises ValidationError: kind_below."""
    text = kind_refusal(kind, parent.kind) if parent else ""
    if text:
        raise ValidationError({field: ValidationError(text, code="kind_below")})


def refuse_kind_above(field: str, kind: str, below: Iterable[str]) -> None:
    """The open unions below a union must still have their place when it is of another kind.

    Raises ValidationError: kind_above.
    """
    text = kind_above_refusal(kind, set(below))
    if text:
        raise ValidationError({field: ValidationError(text, code="kind_above")})


def kind_above_refusal(kind: str, below: set[str]) -> str:
    """Why a union cannot be of this kind above those; "" where it may."""
    wrong = sorted(lower for lower in below if kind_refusal(lower, kind))
    if not wrong:
        return ""
    labels = "、".join(f"“{Kind(lower).label}”" for lower in wrong)
    return f"它下面有{labels}，不能改为“{Kind(kind).label}”。"
