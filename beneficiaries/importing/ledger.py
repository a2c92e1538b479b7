"""A whole ledger: its sheets, read one after the other, with one memory of the people in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from beneficiaries.importing.cells import Context
from beneficiaries.importing.duplicates import People
from beneficiaries.importing.layout import HIDDEN, Choices, Layout, lay_out
from beneficiaries.importing.names import normal_name
from beneficiaries.importing.rows import LedgerRow, RowReader, SkippedRow
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Sheets

_SUMMARY: Final = re.compile("汇总|总表|总名单|总台账|全部|合计")


@dataclass(frozen=True)
class Ledger:
    """A workbook with the layout of each of its sheets; rows are read when they are asked for.

    Rows of different sheets share the memory of duplicates: read the sheets in their order, once.
    """

    book: Sheets
    layouts: tuple[Layout, ...]
    context: Context
    _people: People = field(default_factory=People)

    def rows(self, layout: Layout) -> Iterator[LedgerRow | SkippedRow]:
        if not layout.reason:
            reader = RowReader(layout, self.context, self._people)
            yield from reader.read(self.book.rows(layout.sheet))


def open_ledger(
    book: Sheets,
    *,
    vocabulary: Vocabulary,
    today: date,
    choices: Mapping[str, Choices] | None = None,
) -> Ledger:
    """Lay out every sheet of the workbook.

    `choices` sheet name → what was decided about it. With choices only the sheets in it are read.
    """
    layouts = []
    for sheet in book.sheets:
        if not sheet.row_count:
            layout = Layout(sheet, reason="空白的工作表。")
        elif choices and sheet.name not in choices:
            reason = HIDDEN if sheet.is_hidden else "您没有选这张工作表。"
            layout = Layout(sheet, reason=reason)
        else:
            chosen = choices.get(sheet.name) if choices else None
            layout = lay_out(book, sheet, vocabulary=vocabulary, choices=chosen)
        layouts.append(layout)
    if not choices:
        layouts = _without_summaries(book, layouts)
    return Ledger(book, tuple(layouts), Context(vocabulary, today))


def _without_summaries(book: Sheets, layouts: list[Layout]) -> list[Layout]:
    """A 汇总 sheet whose people all stand on the other sheets would double each of them."""
    read = [layout for layout in layouts if not layout.reason]
    sums = [layout for layout in read if _SUMMARY.search(layout.sheet.name)]
    if not sums or len(sums) == len(read):
        return layouts
    others = set[str]().union(*(_numbers(book, one) for one in read if one not in sums))
    repeated = [one for one in sums if set() < _numbers(book, one) <= others]
    return [
        Layout(one.sheet, reason="汇总表：里面的人别的工作表都有，没有读取。")
        if one in repeated
        else one
        for one in layouts
    ]


def _numbers(book: Sheets, layout: Layout) -> set[str]:
    """What stands in the column of the ID numbers, as far as it has digits enough for one."""
    column = layout.column_of("id_number")
    if column is None:
        return set()
    codes = (row.codes[column.index : column.index + 1] for row in book.rows(layout.sheet))
    found = {normal_name("".join(code)[1:]).upper() for code in codes}
    return {one for one in found if sum(map(str.isdigit, one)) > 11}
