"""A whole ledger: its sheets, read one after the other, with one memory of the people in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from beneficiaries.importing.cells import Context
from beneficiaries.importing.duplicates import People
from beneficiaries.importing.layout import HIDDEN, Choices, Layout, lay_out
from beneficiaries.importing.rows import LedgerRow, RowReader, SkippedRow
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Sheets


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
    return Ledger(book, tuple(layouts), Context(vocabulary, today))
