"""From the rows of a sheet to people: values, problems, and the rows that are none.

Source: DOMAIN §6.3 no. 3, 4 and 19.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from beneficiaries.importing.cells import NOTHING, Context, shown, understand
from beneficiaries.importing.duplicates import People
from beneficiaries.importing.fields import Kind as FieldKind
from beneficiaries.importing.fields import fields, heading
from beneficiaries.importing.layout import Layout
from beneficiaries.importing.person import Entry, judge
from beneficiaries.importing.problems import Problem, problem
from relief.lib.workbooks import Cell, Row
from relief.lib.workbooks import Kind as CellKind

_TOTAL: Final = re.compile(
    r"(?:本页|本表|本街道|本单位)?(?:合计|小计|总计|累计|共计|总合计)[人数金额户元]*[\d.]*[人户元]*"
)
_TOTAL_ROW: Final = "合计行"
_BLANK_MARK: Final = re.compile(r"(?:本页)?以下(?:为)?空白(?:行)?")
_FOOTER: Final = re.compile(
    r"(?:填表|制表|审核|复核|负责|经办|填报|录入|单位|盖章|日期|时间|联系|备注|附注|说明|工会|主席|主管|财务|分管|年月日)"
    r"[^:：]{0,12}[:：]|注[:：\d]|说明[:：]|填表说明|备注[:：]|\d{4}年\d{1,2}月\d{1,2}日$|第\d+页"
)


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
        self._used = [
            (column, fields().named(column.field)) for column in layout.columns if column.field
        ]
        self._fill = _MergedCells(layout)
        self._id = layout.column_of("id_number")
        self._name = layout.column_of("name")

    def read(self, rows: Iterable[Row]) -> Iterator[LedgerRow | SkippedRow]:
        """People and skipped rows, top down; the rows of one household come as one person."""
        last = self._layout.header_rows[-1]
        household: _Household | None = None
        for row in rows:
            if row.number <= last:
                continue
            cells = self._fill.cells(row)
            reason = self._reason_to_skip(row)
            if reason:
                amounts = self._amounts(cells) if reason == _TOTAL_ROW else {}
                yield SkippedRow(row.number, reason, _as_seen(row), amounts)
            elif household and self._continues(row, cells):
                household.take(self._understood(cells))
            else:
                if household:
                    yield self._person(household)
                household = _Household(row, self._understood(cells))
        if household:
            yield self._person(household)

    def _amounts(self, cells: Mapping[int, Cell]) -> dict[str, str]:
        found = {
            name: entry.meaning.value
            for name, entry in self._understood(cells).items()
            if fields().named(name).kind is FieldKind.AMOUNT
        }
        return {name: value for name, value in found.items() if value}

    def _understood(self, cells: Mapping[int, Cell]) -> dict[str, Entry]:
        found = {}
        for column, known in self._used:
            cell = cells.get(column.index)
            if cell is not None and cell.kind is not CellKind.EMPTY:
                meaning = understand(cell, known, column.factor, self._context)
                if meaning != NOTHING:
                    found[column.field] = Entry(shown(cell), meaning)
        return found

    def _continues(self, row: Row, cells: Mapping[int, Cell]) -> bool:
        """Whether the row only tells of further members of the household above it."""
        if self._name and self._fill.is_covered(row.number, self._name.index):
            return True
        own = [self._id, self._name]
        has_own = any(column and cells.get(column.index) for column in own)
        has_member = any(
            column.field.startswith("member") and column.index in cells for column, _ in self._used
        )
        return has_member and not has_own

    def _reason_to_skip(self, row: Row) -> str:
        texts = [shown(cell) for cell in row.cells if cell.kind is not CellKind.EMPTY]
        words = [heading(text).text for text in texts]
        if sum(word in self._layout.headings for word in words) > max(1, len(words) / 2):
            return "重复的表头"
        if self._has_id(row):
            return ""
        reason = _by_words(words, texts[0].strip())
        return reason or self._reason_of_emptiness(row, texts)

    def _reason_of_emptiness(self, row: Row, texts: list[str]) -> str:
        if self._fill.is_covered(row.number, self._name.index if self._name else -1):
            return ""
        used = [
            column
            for column, _ in self._used
            if row.cell(column.index + 1).kind is not CellKind.EMPTY
        ]
        if not used:
            return "只有序号" if all(text.isdecimal() for text in texts) else "标题或说明行"
        is_alone = len(texts) == 1 and len(self._used) > 2 and used[0] is not self._name
        return "标题或说明行" if is_alone else ""

    def _has_id(self, row: Row) -> bool:
        if self._id is None:
            return False
        return sum(letter.isdigit() for letter in row.cell(self._id.index + 1).text) > 11

    def _person(self, household: "_Household") -> LedgerRow:
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


class _Household:
    """A person's row, and the rows below it that only name members."""

    def __init__(self, row: Row, entries: dict[str, Entry]) -> None:
        self.row = row
        self.entries = entries
        self.problems: list[Problem] = []
        self._members = 1

    def take(self, entries: Mapping[str, Entry]) -> None:
        self._members += 1
        for name, entry in entries.items():
            if name.startswith("member1."):
                self.entries[f"member{self._members}.{name.removeprefix('member1.')}"] = entry
            elif name not in self.entries:
                self.entries[name] = entry
            elif self.entries[name].meaning != entry.meaning:
                self._note(name, entry)

    def _note(self, name: str, entry: Entry) -> None:
        label = fields().label(name)
        self.problems.append(problem("household_rows_differ", name, label=label, seen=entry.raw))


class _MergedCells:
    """Cells merged downwards: each row below has the value, but only inside the merged range."""

    def __init__(self, layout: Layout) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        last = layout.header_rows[-1]
        for top, left, bottom, _right in layout.sheet.merges:
            if top > last and bottom > top:
                self._starts.setdefault(top, []).append((left - 1, bottom))
        #: Column → last row of the range and the cell that fills it.
        self._open: dict[int, tuple[int, int, Cell]] = {}

    def cells(self, row: Row) -> dict[int, Cell]:
        """Column (from 0) → cell, empty ones left out."""
        found = {
            index: cell for index, cell in enumerate(row.cells) if cell.kind is not CellKind.EMPTY
        }
        for column, bottom in self._starts.get(row.number, ()):
            self._open[column] = (row.number, bottom, row.cell(column + 1))
        for column, (_top, bottom, cell) in list(self._open.items()):
            if row.number > bottom:
                del self._open[column]
            elif cell.kind is not CellKind.EMPTY:
                found.setdefault(column, cell)
        return found

    def is_covered(self, row: int, column: int) -> bool:
        """Whether the cell lies in a merged range that began further up."""
        if column not in self._open:
            return False
        top, bottom, _cell = self._open[column]
        return top < row <= bottom


def _by_words(words: list[str], first: str) -> str:
    """Why the row is none of a person, by what it says."""
    if any(_BLANK_MARK.fullmatch(word) for word in words):
        return "空白标记"
    if any(_TOTAL.fullmatch(word) for word in words[:3]):
        return _TOTAL_ROW
    return "签字或说明行" if _FOOTER.match(first) else ""


def _as_seen(row: Row) -> str:
    texts = [shown(cell) for cell in row.cells if cell.kind is not CellKind.EMPTY]
    return " ".join(texts)[:200]
