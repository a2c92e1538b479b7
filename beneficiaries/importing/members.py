"""Columns of family members: 家庭成员1姓名, 姓名 below a heading 家庭成员, 配偶身份证号.

Source: DOMAIN §6.1 no. 1, §6.3 no. 22.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from beneficiaries.importing.fields import Field, fields

_NUMERALS: Final = "一二三四五六七八九十"
_NUMBERED: Final = re.compile(rf"(\d+|[{_NUMERALS}]?)(?:的)?(.*)")


class MemberColumn(NamedTuple):
    """`name` is member<N>.<field>; `relationship` what the heading itself says of the member."""

    name: str
    relationship: str = ""


class _Part(NamedTuple):
    """`group` is the word that the heading begins with, `number` "" if none is written."""

    group: str
    number: str
    field: str


def member_part(names: Sequence[str]) -> _Part | None:
    """Group, number and member field of a heading like 家庭成员1姓名."""
    known = fields()
    joined = "".join(names)
    for group in (*known.member_groups, *known.relatives):
        if not joined.startswith(group):
            continue
        number, part = _NUMBERED.fullmatch(joined, len(group)).groups()  # type: ignore[union-attr]  # it fits anything
        field = _field_of(part, names)
        if field:
            digit = str(_NUMERALS.index(number) + 1) if number and number in _NUMERALS else number
            return _Part(group, digit, field.name)
    return None


def _field_of(part: str, names: Sequence[str]) -> Field | None:
    known = fields().member.values()
    whole = (field for field in known if part in field.headings)
    last = (field for field in known if len(names) > 1 and names[-1] in field.headings)
    return next(whole, None) or next(last, None)


def member_columns(headings: Sequence[Sequence[str]]) -> dict[int, MemberColumn]:
    """Column → member field. Groups without a number begin anew where a field repeats."""
    found: dict[int, MemberColumn] = {}
    relatives: dict[tuple[str, str], list[tuple[int, str]]] = {}
    number, seen = 1, set[str]()
    for index, part in _parts(headings):
        if part.group in fields().relatives:
            relatives.setdefault((part.group, part.number), []).append((index, part.field))
            continue
        if part.number:
            number = int(part.number)
        elif part.field in seen:
            number, seen = number + 1, set()
        seen.add(part.field)
        found[index] = MemberColumn(f"member{number}.{part.field}")
    used = max(
        (int(one.name.partition(".")[0].removeprefix("member")) for one in found.values()),
        default=0,
    )
    for at, ((group, _), columns) in enumerate(relatives.items(), used + 1):
        for index, field in columns:
            found[index] = MemberColumn(f"member{at}.{field}", fields().relatives[group])
    return found


def _parts(headings: Sequence[Sequence[str]]) -> Iterator[tuple[int, _Part]]:
    """Columns of members; one right of them is too if its heading only repeats one of the person.

    姓名, 身份证号, 家属姓名, 关系, 身份证号: the second number is that of the 家属.
    """
    before: set[str] = set()
    group = ""
    for index, names in enumerate(headings):
        part = (
            member_part(names)
            or _bare_part(names)
            or (_loose_part(names, group, before) if group else None)
        )
        group = part.group if part else ""
        if part:
            yield index, part
        else:
            before.update(names[-1:])


def _bare_part(names: Sequence[str]) -> _Part | None:
    """家庭成员 alone: the names of members stand below."""
    is_bare = len(names) == 1 and names[0] in fields().member_groups
    return _Part(names[0], "", "name") if is_bare else None


def _loose_part(names: Sequence[str], group: str, before: set[str]) -> _Part | None:
    for field in fields().member.values():
        is_own = field.name != "relationship" and not before.intersection(names)
        if field.headings.intersection(names[-1:]) and len(names) == 1 and not is_own:
            return _Part(group, "", field.name)
    return None
