"""From the rows of a sheet to people: values, problems, and the rows that are none.

Source: DOMAIN §6.3 no. 3, 4 and 19.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from beneficiaries.importing.cells import Context, Understood, shown
from beneficiaries.importing.duplicates import People
from beneficiaries.importing.fields import Kind as FieldKind
from beneficiaries.importing.fields import fields
from beneficiaries.importing.households import Household, MemberRows
from beneficiaries.importing.layout import Layout
from beneficiaries.importing.person import Entry, judge
from beneficiaries.importing.problems import Problem, problem
from beneficiaries.importing.skipping import REPEATED, TOTAL, Skipping
from beneficiaries.importing.understanding import Understanding, entries_of
from relief.lib.workbooks import Kind as CellKind
from relief.lib.workbooks import Row


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One person of the ledger. `household` are the problems that only reading shows."""

    number: int
    values: Mapping[str, str]
    entries: Mapping[str, Entry]
    problems: tuple[Problem, ...] = ()
    household: tuple[Problem, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is nobody. `amounts` are the sums that a 合计 row states, by field."""

    number: int
    reason: str
    text: str
    amounts: Mapping[str, str] = field(default_factory=dict)


class RowReader:
    """Reads one sheet. `people` is shared by the sheets of a file, so that it knows them all."""

    def __init__(self, layout: Layout, context: Context, people: People) -> None:
        self._layout = layout
        self._context = context
        self._people = people
        self._columns = [
            Understanding(one, one.field, context) for one in layout.columns if one.field
        ]
        self._told = {
            one.field: one.relationship
            for one in layout.columns
            if one.relationship and one.field.endswith(".name")
        }
        self._fill = _MergedCells(layout)
        self._skipping = Skipping(layout)
        self._members = MemberRows(layout, context)
        own = [layout.column_of("id_number"), layout.column_of("name")]
        self._own = [one.index for one in own if one]
        self._name = own[1].index if own[1] else -1
        self._of_members = [one.index for one in self._columns if one.name.startswith("member")]
        self._above: Sequence[str] = ()
        #: The row of a repeated heading whose columns stand in another order.
        self._moved = 0

    def read(self, rows: Iterable[Row]) -> Iterator[LedgerRow | SkippedRow]:
        """People and skipped rows, top down; the rows of one household come as one person."""
        last = self._layout.header_rows[-1]
        household: Household | None = None
        for row in rows:
            if row.number <= last:
                continue
            codes = self._fill.codes(row)
            is_covered = self._is_covered(row, self._name)
            reason = self._skipping.reason(row.codes, is_covered=is_covered)
            if reason:
                yield self._skipped(row, codes, reason)
            elif not household or not self._joins(household, row, codes, is_covered=is_covered):
                if household:
                    yield self._person(household)
                household = self._household(row, codes)
            self._above = codes
        if household:
            yield self._person(household)

    def _skipped(self, row: Row, codes: Sequence[str], reason: str) -> SkippedRow:
        if reason == REPEATED:
            self._moved = row.number if self._skipping.is_moved(row.codes) else 0
        amounts = self._amounts(codes) if reason == TOTAL else {}
        return SkippedRow(row.number, reason, _as_seen(row), amounts)

    def _amounts(self, codes: Sequence[str]) -> dict[str, str]:
        found = {
            name: entry.meaning.value
            for name, entry in self._understood(codes).items()
            if fields().named(name).kind is FieldKind.AMOUNT
        }
        return {name: value for name, value in found.items() if value}

    def _understood(self, codes: Sequence[str]) -> dict[str, Entry]:
        found = entries_of(self._columns, codes, self._above)
        for name, relationship in self._told.items():
            if name in found:
                told = Entry(relationship, Understood(relationship))
                found.setdefault(f"{name.removesuffix('name')}relationship", told)
        return found

    def _household(self, row: Row, codes: Sequence[str]) -> Household:
        household = Household(row, self._understood(codes))
        if self._moved:
            said = problem("header_moved", "", label="", seen=str(self._moved))
            household.problems.append(said)
        return household

    def _joins(
        self, household: Household, row: Row, codes: Sequence[str], *, is_covered: bool
    ) -> bool:
        """Whether the row tells of the household above it; it is taken in then."""
        if is_covered or self._only_members(codes):
            household.take(self._understood(codes))
            return True
        is_held = any(self._is_covered(row, index) for index in self._members.holders)
        if not self._members.is_member(household, codes, is_held=is_held):
            return False
        self._members.give(household, row.number, codes, is_held=is_held)
        return True

    def _only_members(self, codes: Sequence[str]) -> bool:
        if not self._of_members or any(index < len(codes) and codes[index] for index in self._own):
            return False
        return any(index < len(codes) and codes[index] for index in self._of_members)

    def _is_covered(self, row: Row, column: int) -> bool:
        return self._fill.is_covered(row.number, column)

    def _person(self, household: Household) -> LedgerRow:
        is_hidden = household.row.is_hidden
        values, problems = judge(
            household.entries,
            fixed=self._layout.fixed,
            household=household.problems,
            is_hidden=is_hidden,
            today=self._context.today,
        )
        doubles = self._people.meet(self._layout.sheet.name, household.row.number, values)
        return LedgerRow(
            household.row.number,
            values,
            household.entries,
            (*problems, *doubles),
            household=tuple(household.problems),
            is_hidden=is_hidden,
        )


class _MergedCells:
    """Cells merged downwards: each row below has the value, but only inside the merged range."""

    def __init__(self, layout: Layout) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        last = layout.header_rows[-1]
        for top, left, bottom, _right in layout.sheet.merges:
            if top > last and bottom > top:
                self._starts.setdefault(top, []).append((left - 1, bottom))
        #: Column → first and last row of the range and the cell that fills it.
        self._open: dict[int, tuple[int, int, str]] = {}

    def codes(self, row: Row) -> Sequence[str]:
        """The cells of the row, with those that merged ranges fill."""
        for column, bottom in self._starts.pop(row.number, ()):
            code = row.codes[column] if column < len(row.codes) else ""
            self._open[column] = (row.number, bottom, code)
        if not self._open:
            return row.codes
        filled = list(row.codes)
        for column, (_top, bottom, code) in list(self._open.items()):
            if row.number > bottom:
                del self._open[column]
            elif code:
                filled += [""] * (column + 1 - len(filled))
                filled[column] = filled[column] or code
        return filled

    def is_covered(self, row: int, column: int) -> bool:
        """Whether the cell lies in a merged range that began further up."""
        if column not in self._open:
            return False
        top, bottom, _code = self._open[column]
        return top < row <= bottom


def _as_seen(row: Row) -> str:
    texts = [shown(cell) for cell in row.cells if cell.kind is not CellKind.EMPTY]
    return " ".join(texts)[:200]
