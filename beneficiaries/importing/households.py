"""A household that takes several rows: its head is the person, the others are members.

Three ways are seen: rows below that only fill the columns of members; rows with a name of their
own beside 与户主关系; rows inside the merged 序号 or 户主 of the row above.
Source: DOMAIN §3.5, §6.3 no. 3.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from beneficiaries.importing.cells import Context
from beneficiaries.importing.columns import HEADS, Column
from beneficiaries.importing.fields import fields, heading
from beneficiaries.importing.layout import Layout
from beneficiaries.importing.person import Entry
from beneficiaries.importing.problems import Problem, problem
from beneficiaries.importing.understanding import Understanding, entries_of
from relief.lib.workbooks import Row

#: A field of the person → that of a member, for people who stand in rows of their own.
_AS_MEMBER: Final[Mapping[str, str]] = {
    **{name: name for name in fields().member if name in fields().own},
    "personal_monthly_income": "monthly_income",
    "work_status": "identity",
    "workplace": "workplace_or_school",
}

_OF_APPLICANTS: Final = frozenset({"relief_amount", "relief_goods", "bank_account", "file_number"})


class Household:
    """A person's row, and the rows below it that tell of members."""

    def __init__(self, row: Row, entries: dict[str, Entry]) -> None:
        self.row = row
        self.entries = entries
        self.problems: list[Problem] = []
        self._members = -1

    @property
    def has_head(self) -> bool:
        """Whether the row says itself that this is the head of the household."""
        entry = self.entries.get("relationship")
        return entry is not None and entry.meaning.value in HEADS

    def take(self, entries: Mapping[str, Entry]) -> None:
        """A further row of the same person, with the next member."""
        first = self._last_member()
        for name, entry in entries.items():
            if number := _number_of(name):
                self._members = max(self._members, first + number)
                part = name.partition(".")[2]
                self.entries[f"member{first + number}.{part}"] = entry
            elif name not in self.entries:
                self.entries[name] = entry
            elif self.entries[name].meaning != entry.meaning:
                self._note(name, entry)

    def take_person(
        self, number: int, members: Mapping[str, Entry], others: Mapping[str, Entry], *, sure: bool
    ) -> None:
        """A row that reads like a person of its own, as member."""
        self._members = self._last_member() + 1
        for part, entry in members.items():
            self.entries[f"member{self._members}.{part}"] = entry
        for name, entry in others.items():
            known = self.entries.get(name)
            if known is None or known.meaning != entry.meaning:
                self._note(name, entry)
        if not sure:
            name = members["name"].meaning.value if "name" in members else ""
            seen = f"第 {number} 行"
            self.problems.append(
                problem("household_read", "", label="", seen=seen, suggestion=name or "没有姓名")
            )

    def _last_member(self) -> int:
        """Counted when it is needed: most households take one row."""
        if self._members < 0:
            self._members = max(map(_number_of, self.entries), default=0)
        return self._members

    def _note(self, name: str, entry: Entry) -> None:
        label = fields().label(name)
        self.problems.append(problem("household_rows_differ", name, label=label, seen=entry.raw))


class MemberRows:
    """Tells which rows are members of the household above, and reads them as such."""

    def __init__(self, layout: Layout, context: Context) -> None:
        relation = layout.column_of("relationship")
        self._relation = Understanding(relation, relation.field, context) if relation else None
        self.holders = [one.index for one in layout.columns if _holds(one)]
        self._serial = next((one.index for one in layout.columns if _is_serial(one)), None)
        self._readers = [
            Understanding(one, f"member1.{_AS_MEMBER[one.field]}", context)
            for one in layout.columns
            if one.field in _AS_MEMBER
        ]
        self._others = [
            Understanding(one, one.field, context)
            for one in layout.columns
            if one.field and one.field not in _AS_MEMBER
        ]

    def is_member(self, household: Household, codes: Sequence[str], *, is_held: bool) -> bool:
        """`is_held`: a merged cell of the household reaches down to this row."""
        if self._relation is None:
            return is_held
        entry = entries_of([self._relation], codes).get("relationship")
        word = entry.meaning.value if entry else ""
        if word in HEADS:
            return False
        return is_held or (bool(word) and household.has_head)

    def give(
        self, household: Household, number: int, codes: Sequence[str], *, is_held: bool
    ) -> None:
        members = entries_of(self._readers, codes)
        others = entries_of(self._others, codes)
        has_serial = self._serial is not None and bool(_at(codes, self._serial))
        # Who is given something in a row of his own may be another applicant.
        is_own = has_serial or not _OF_APPLICANTS.isdisjoint(others)
        sure = self._relation is not None and (is_held or not is_own)
        household.take_person(
            number,
            {name.removeprefix("member1."): entry for name, entry in members.items()},
            others,
            sure=sure,
        )


def _at(codes: Sequence[str], index: int) -> str:
    return codes[index] if index < len(codes) else ""


def _holds(column: Column) -> bool:
    """序号, 户号, 户主: merged over rows they hold a household together."""
    is_read = column.field not in {"", "file_number"}
    return not is_read and heading(column.heading).text in fields().households


def _is_serial(column: Column) -> bool:
    return not column.field and heading(column.heading).text in fields().serials


def _number_of(name: str) -> int:
    group, dot, _ = name.partition(".")
    return int(group.removeprefix("member")) if dot else 0
