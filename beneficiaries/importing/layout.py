"""Where the table of a sheet begins, and which rows are its heading.

A heading takes one to three rows below any number of title rows; merged cells speak for all the
cells they cover. The window of rows that names the most known fields is the heading.
Source: DOMAIN §6.3 no. 1, 2 and 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Final

from beneficiaries.importing.columns import Column, decide_columns, holds_data, recognised
from beneficiaries.importing.fields import heading, is_unit, unit_above
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Cell, Row, Sheet, Sheets
from relief.lib.workbooks import Kind as CellKind
from relief.lib.workbooks.cells import EMPTY

#: So far down a heading is looked for, and so many rows are read to see what columns hold.
_DEPTH: Final = 30
_READ: Final = 230
_TALLEST: Final = 3
#: Fewer headings than these could stand in any list of words.
_FEWEST: Final = 2

HIDDEN: Final = "隐藏的工作表，没有读取。"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided about one sheet, and what was remembered of earlier files.

    `header_rows` are numbers of Excel; `columns` column (from 0) → field, "" for left out;
    `remembered` heading → field; `fixed` field → a value for every row, instead of a column.
    """

    header_rows: tuple[int, ...] = ()
    columns: Mapping[int, str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one sheet is read. `reason` says why it is not: then there are no columns."""

    sheet: Sheet
    header_rows: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    reason: str = ""
    #: Folded heading → how often it stands in the heading; a later row like it is a repetition.
    headings: frozenset[str] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)

    def column_of(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.field == name), None)


def lay_out(
    book: Sheets, sheet: Sheet, *, vocabulary: Vocabulary, choices: Choices | None = None
) -> Layout:
    """Find heading and columns of the sheet. A hidden sheet is left out unless it was chosen."""
    if sheet.is_hidden and choices is None:
        return Layout(sheet, reason=HIDDEN)
    choices = choices or Choices()
    top = list(islice(book.rows(sheet), _READ))
    names = _Headings(sheet, top)
    window = choices.header_rows or names.best_window()
    if not window:
        return Layout(sheet, reason="没有找到写着姓名、身份证号的表头，没有读取。")
    below = [row for row in top if row.number > window[-1]]
    columns = decide_columns(
        names.paths(window),
        below,
        vocabulary=vocabulary,
        remembered=choices.remembered,
        hidden=sheet.hidden_columns,
        unit=names.unit_above(window),
    )
    columns = tuple(_corrected(column, choices) for column in columns)
    if not {"name", "id_number"} & {column.field for column in columns}:
        return Layout(sheet, reason="没有姓名列，也没有身份证号列，没有读取。")
    if not choices.columns and _stand_side_by_side(columns):
        return Layout(sheet, reason="左右并排了两组人，没有读取。请把右边一组移到下面再上传。")
    words = frozenset(heading(cell.text).text for cell in names.cells(window)) - {""}
    return Layout(sheet, window, columns, headings=words, fixed=choices.fixed)


def _stand_side_by_side(columns: Sequence[Column]) -> bool:
    """The headings of names and of something else come again further right, with people below."""
    read = {heading(one.heading).text: one.field for one in columns if one.field}
    again = {
        read[text]
        for one in columns
        if not one.field and one.samples and (text := heading(one.heading).text) in read
    }
    return "name" in again and len(again) > 1


def _corrected(column: Column, choices: Choices) -> Column:
    if column.index not in choices.columns:
        return column
    return column.chosen(choices.columns[column.index])


class _Headings:
    """The upper rows of a sheet, with merged cells filled."""

    def __init__(self, sheet: Sheet, top: Sequence[Row]) -> None:
        self._rows = {row.number: row for row in top if row.number <= top[0].number + _DEPTH}
        self._width = max(len(row.cells) for row in top)
        self._merged = {
            (row, column): (top_row, left)
            for top_row, left, bottom, right in sheet.merges
            if top_row in self._rows and right - left < self._width
            for row in range(top_row, min(bottom, top_row + _TALLEST) + 1)
            for column in range(left, right + 1)
        }

    def best_window(self) -> tuple[int, ...]:
        """The rows with the most known headings; the fewest rows, the upper ones, on a tie."""
        best: tuple[float, int, int] = (0.0, 0, 0)
        window: tuple[int, ...] = ()
        numbers = sorted(self._rows)
        for start, height in ((n, h) for n in numbers for h in range(1, _TALLEST + 1)):
            rows = tuple(range(start, start + height))
            if not self._could_be(rows):
                continue
            paths = self.paths(rows)
            found = sum(map(recognised, paths)) - sum(map(holds_data, paths))
            if found >= _FEWEST and (found, -height, -start) > best:
                best, window = (found, -height, -start), rows
        return self._with_groups(self._with_units(window))

    def _with_units(self, window: tuple[int, ...]) -> tuple[int, ...]:
        """With the row below, if it only names units."""
        below = self._rows.get(window[-1] + 1) if window else None
        texts = [cell.text for cell in below.cells if cell.text] if below else []
        return (*window, window[-1] + 1) if texts and all(map(is_unit, texts)) else window

    def _with_groups(self, window: tuple[int, ...]) -> tuple[int, ...]:
        """With the rows above from which merged cells reach into the window."""
        tops = [
            top
            for (row, _column), (top, _left) in self._merged.items()
            if row in window and top < window[0]
        ]
        return (*range(min(tops), window[0]), *window) if tops else window

    def paths(self, window: Sequence[int]) -> list[tuple[str, ...]]:
        """For each column the headings from top to bottom, the same one only once."""
        found = []
        for column in range(1, self._width + 1):
            texts = [self._text(row, column) for row in window]
            found.append(tuple(dict.fromkeys(text for text in texts if text)))
        return found

    def unit_above(self, window: Sequence[int]) -> Decimal:
        """What a line like 单位：万元 above the table says of all amounts."""
        above = [row for number, row in self._rows.items() if number < window[0]]
        units = [unit_above(cell.text) for row in above for cell in row.cells]
        return next((unit for unit in units if unit is not None), Decimal(1))

    def cells(self, window: Sequence[int]) -> list[Cell]:
        return [cell for row in window if row in self._rows for cell in self._rows[row].cells]

    def _could_be(self, window: Sequence[int]) -> bool:
        """Headings are words: a row with long numbers or dates is data already."""
        cells = self.cells(window)
        return not any(
            cell.kind is CellKind.DATE
            or (cell.kind is CellKind.NUMBER and abs(Decimal(str(cell.value))) >= 100)
            or sum(letter.isdigit() for letter in cell.text) > 8
            for cell in cells
        )

    def _text(self, row: int, column: int) -> str:
        row, column = self._merged.get((row, column), (row, column))
        found = self._rows.get(row)
        cell = found.cell(column) if found else EMPTY
        return "" if cell.kind is CellKind.ERROR else cell.text
