import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from beneficiaries.importing import Choices, Layout, Ledger, LedgerRow, open_ledger
from beneficiaries.importing.vocabulary import from_folder
from relief.lib.workbooks import Sheets, WorkbookRefused, read_table


class Command(BaseCommand):
    help = "Print as JSON what the system reads in a 困难职工台账. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--sheet", help="only this sheet, even if it is hidden")

    def handle(self, *, file: Path, sheet: str | None, **options: Any) -> None:
        vocabulary = from_folder(settings.BASE_DIR / "fixtures" / "codes")
        try:
            with file.open("rb") as upload, read_table(upload) as book:
                choices = None if sheet is None else {_named(sheet, book, file.stem): Choices()}
                today = timezone.localdate()
                ledger = open_ledger(book, vocabulary=vocabulary, today=today, choices=choices)
                said = {
                    "file": file.name,
                    "sheets": [_sheet(ledger, layout, file.stem) for layout in ledger.layouts],
                }
        except OSError as error:
            raise CommandError(f"打不开 {file}：{error.strerror}。") from error
        except WorkbookRefused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))


def _named(sheet: str, book: Sheets, file_name: str) -> str:
    """As the workbook calls it; a text file has one that is called like the file."""
    names = {one.name or file_name: one.name for one in book.sheets}
    if sheet not in names:
        raise CommandError(f"文件里没有工作表“{sheet}”，只有：{'、'.join(names)}。")
    return names[sheet]


def _sheet(ledger: Ledger, layout: Layout, name: str) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    for row in ledger.rows(layout):
        if isinstance(row, LedgerRow):
            rows[str(row.number)] = {
                "values": row.values,
                "problems": [
                    {
                        "code": one.code,
                        "field": one.field,
                        "severity": one.severity,
                        "message": one.message,
                    }
                    for one in row.problems
                ],
            }
        else:
            skipped[str(row.number)] = row.reason
    return {
        "name": layout.sheet.name or name,
        "reason": layout.reason,
        "header_rows": layout.header_rows,
        "columns": {str(column.index): column.field or None for column in layout.columns},
        "headings": {str(column.index): column.heading for column in layout.columns},
        "reasons": {str(column.index): column.reason for column in layout.columns},
        "rows": rows,
        "skipped": skipped,
    }
