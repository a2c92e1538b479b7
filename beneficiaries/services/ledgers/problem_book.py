"""The rows that are held back, as a workbook: as they were, and what is to be mended."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Final

from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.importing.cells import shown
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import layouts
from beneficiaries.services.ledgers.content import content_of
from beneficiaries.services.ledgers.reading import kept_book
from relief.jobs.models import Job
from relief.jobs.services import enqueue
from relief.lib.crypto.sealing import DataKey
from relief.lib.workbooks import Row, Sheets
from relief.lib.workbooks.write import WATERMARK, SheetColumn, write_sheet
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

#: A heading that the reader leaves out, so that the mended workbook can be uploaded as it is.
EXPLANATION: Final = "问题说明"
_WIDE: Final = 60
JOB: Final = "ledger-problems"
#: Up to here the person waits for the file; above, the worker writes it.
ROWS_AT_ONCE: Final = 5_000
#: Whole numbers do not lie about for a month.
FILE_AGE: Final = timedelta(days=1)

#: Heading, and how many times it stood to the left of this one.
_Heading = tuple[str, int]


def name_of(ledger: LedgerImport) -> str:
    return f"要处理的行-{ledger.union.name}-{ledger.year}.xlsx"


def start_writing(*, by: Staff, ledger: LedgerImport) -> Job:
    """Have a job write the workbook, for a file of more than `ROWS_AT_ONCE` rows."""
    require(by, Capability.ENTER_RECORDS, at=ledger.union)
    return enqueue(
        JOB,
        f"要处理的行（{ledger.union.name}，{ledger.year} 年）"[:120],
        by_user_id=by.user_id,
        by_staff_id=by.pk,
        union_code=by.union.code,
        arguments={"ledger": str(ledger.pk), "staff": by.pk},
    )


@transaction.atomic
def write_problem_rows(*, by: Staff, ledger: LedgerImport, target: IO[bytes]) -> int:
    """Write the held rows under their own headings; returns how many.

    Sheets with other headings get further columns. Who took the rows out goes into the log.
    """
    require(by, Capability.ENTER_RECORDS, at=ledger.union)
    key = key_of_ledger(ledger)
    said = _explanations(ledger, key)
    sheets = {one["name"]: _headings(one) for one in layouts.layout_of(ledger, key)}
    names = list(dict.fromkeys(heading for sheet in sheets.values() for heading in sheet.values()))
    columns = [SheetColumn(EXPLANATION, width=_WIDE), *(SheetColumn(name) for name, _ in names)]
    now = timezone.localtime()
    with kept_book(key, ledger) as book:
        rows = _rows(book, said, sheets, names)
        written = write_sheet(
            target,
            title=f"要处理的行（{ledger.year} 年）",
            columns=columns,
            rows=rows,
            watermark=f"{WATERMARK}{by.user.full_name}　时间：{now:%Y-%m-%d %H:%M}",
        )
    record(by, Event.Action.EXPORT, ledger, rows=written)
    return written


def _explanations(ledger: LedgerImport, key: DataKey) -> dict[tuple[str, int], str]:
    """(sheet, number of Excel) → what is to be mended in this row."""
    rows = StagedRow.objects.of_ledger(ledger).held()
    return {
        (row.sheet, row.number): " ".join(
            problem.message for problem in content_of(row, key).open()
        )
        for row in rows.iterator()
    }


def _headings(sheet: layouts.SheetLayout) -> dict[int, _Heading]:
    """Column → its heading; two columns of one heading stay two."""
    times: Counter[str] = Counter()
    found = {}
    for column in sheet["columns"]:
        name = column["heading"] or f"第 {column['index'] + 1} 列"
        found[column["index"]] = (name, times[name])
        times[name] += 1
    return found


def _rows(
    book: Sheets,
    said: dict[tuple[str, int], str],
    sheets: dict[str, dict[int, _Heading]],
    names: list[_Heading],
) -> Iterator[list[str]]:
    for sheet in book.sheets:
        places = {heading: column for column, heading in sheets[sheet.name].items()}
        for row in book.rows(sheet):
            explanation = said.get((sheet.name, row.number))
            if explanation is not None:
                yield [explanation, *(_cell(row, places.get(name)) for name in names)]


def _cell(row: Row, column: int | None) -> str:
    return "" if column is None else shown(row.cell(column + 1))
