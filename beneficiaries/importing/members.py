"""Columns of family members: 家庭成员1姓名, or 姓名 below a heading 家庭成员.

Source: DOMAIN §6.1 no. 1, §6.3 no. 22.
"""

import re
from collections.abc import Sequence
from typing import Final

from beneficiaries.importing.fields import fields

_NUMERALS: Final = "一二三四五六七八九十"


def member_part(names: Sequence[str]) -> tuple[str, str] | None:
    """Number ("" if none is written) and member field of a heading like 家庭成员1姓名."""
    known = fields()
    joined = "".join(names)
    group = next((one for one in known.member_groups if joined.startswith(one)), "")
    if not group:
        return None
    written = re.match(rf"(\d+|[{_NUMERALS}]?)(?:的)?(.*)", joined[len(group) :])
    number, part = written.groups() if written else ("", "")
    for field in known.member.values():
        if part in field.headings or (names[-1] in field.headings and len(names) > 1):
            digit = str(_NUMERALS.index(number) + 1) if number and number in _NUMERALS else number
            return digit, field.name
    return None


def member_names(headings: Sequence[Sequence[str]]) -> dict[int, str]:
    """Column → member<N>.<field>. Groups without a number begin anew where a field repeats."""
    found: dict[int, str] = {}
    number, seen = 1, set[str]()
    for index, names in enumerate(headings):
        part = member_part(names) or (_loose_part(names) if seen else None)
        if part is None:
            continue
        written, name = part
        if written:
            number = int(written)
        elif name in seen:
            number, seen = number + 1, set()
        seen.add(name)
        found[index] = f"member{number}.{name}"
    return found


def _loose_part(names: Sequence[str]) -> tuple[str, str] | None:
    """关系, which only members have, beside a column like 家属姓名."""
    field = fields().member["relationship"]
    return ("", field.name) if field.headings.intersection(names[-1:]) else None
