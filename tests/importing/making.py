"""Sheets as the child process hands them over, without a file and without a child."""

import json
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from django.conf import settings

from beneficiaries.importing import LedgerRow, SkippedRow, open_ledger
from beneficiaries.importing.vocabulary import from_folder
from relief.lib.workbooks import Sheet, Sheets, cells

TODAY = date(2026, 1, 15)
VOCABULARY = from_folder(settings.BASE_DIR / "fixtures" / "codes")


class Broken(str):
    """A cell that shows an error."""


def book(*sheets, merges=(), hidden=(), hidden_columns=(), names=()):
    """Sheets from rows of Python values; None and "" are empty cells."""
    lines, made = BytesIO(), []
    for index, rows in enumerate(sheets):
        offset, count = lines.tell(), 0
        for number, row in enumerate(rows, start=1):
            codes = [_code(value) for value in row]
            if any(codes):
                lines.write(json.dumps([number, 0, codes]).encode() + b"\n")
                count += 1
        name = f"表{index + 1}" if len(sheets) > 1 else "台账"
        name = names[index] if names else name
        unseen = frozenset(hidden_columns)
        made.append(Sheet(name, index in hidden, unseen, tuple(merges), 0, count, offset))
    return Sheets("xlsx", "", "0" * 64, tuple(made), lines)


def _code(value):
    match value:
        case None | "":
            return ""
        case Broken():
            return cells.encode_error(value)
        case bool():
            return cells.encode_bool(value)
        case int() | float() | Decimal():
            return cells.encode_number(float(value))
        case datetime() | date():
            return cells.encode_date(value)
    return cells.encode_text(value)


def ledger(*sheets, choices=None, vocabulary=VOCABULARY, **marks):
    return open_ledger(
        book(*sheets, **marks),
        vocabulary=vocabulary,
        today=TODAY,
        choices=choices,
    )


def read(*sheets, **options):
    """Every person of the ledger, sheet after sheet."""
    found = ledger(*sheets, **options)
    return [
        row for layout in found.layouts for row in found.rows(layout) if isinstance(row, LedgerRow)
    ]


def skipped(*sheets, **options):
    """Number → why the row is nobody."""
    found = ledger(*sheets, **options)
    return {
        row.number: row.reason
        for layout in found.layouts
        for row in found.rows(layout)
        if isinstance(row, SkippedRow)
    }


def fields_of(*sheets, **options):
    """The field of each column of the first sheet, None where it is not read."""
    return [column.field or None for column in ledger(*sheets, **options).layouts[0].columns]


def codes(row):
    return sorted(problem.code for problem in row.problems)
