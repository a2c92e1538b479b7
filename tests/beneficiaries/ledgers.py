"""Ledgers of our own: made from rows, put on their way without a file where none is needed."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers.content import Content, content_of
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.reading import take_book
from beneficiaries.services.ledgers.receiving import keep_upload
from beneficiaries.services.ledgers.staging import stage_rows
from tests.cast import Cast
from tests.importing.making import book

#: rows, then union, by, year → the import, judged.
Stage = Callable[..., LedgerImport]


def xlsx(*sheets: Sequence[Sequence[Any]]) -> BytesIO:
    made = Workbook()
    made.remove(made.worksheets[0])
    for number, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(list(row))
    target = BytesIO()
    made.save(target)
    target.seek(0)
    return target


def laid_out(
    cast: Cast,
    *sheets: Sequence[Sequence[Any]],
    union: str = "east-1",
    by: str = "ben",
    year: int = 2026,
    **options: Any,
) -> LedgerImport:
    """As after reading, but no child was started."""
    ledger = keep_upload(
        by=cast.people[by],
        union=cast.unions[union],
        year=year,
        file=BytesIO(repr(sheets).encode()),
        file_name="台账.xlsx",
    )
    with book(*sheets, **options) as made:
        return take_book(ledger, made, Directly())


def staged(cast: Cast, *sheets: Any, by: str = "ben", **options: Any) -> LedgerImport:
    ledger = laid_out(cast, *sheets, by=by, **options)
    return stage_rows(ledger, Directly(), by=cast.people[by])


def rows_of(ledger: LedgerImport) -> list[StagedRow]:
    return list(StagedRow.objects.of_ledger(ledger))


def contents(ledger: LedgerImport) -> list[Content]:
    key = key_of_ledger(ledger)
    return [content_of(row, key) for row in rows_of(ledger)]


def outcomes(ledger: LedgerImport) -> list[str]:
    return [row.outcome for row in rows_of(ledger)]


def problems(ledger: LedgerImport) -> list[list[str]]:
    return [row.open_problems for row in rows_of(ledger)]
