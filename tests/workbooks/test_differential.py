"""The same workbooks through our child, openpyxl and xlrd: the same cells, or refused.

Source: SECURITY §6 row 11.
"""

import random
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
import xlrd

from relief.lib.workbooks import Kind, Limits, child
from relief.lib.workbooks.cells import decoded
from relief.lib.workbooks.read import _indexed
from tests.workbooks.making import xls_of

COUNT = 150
WORDS = (
    "王芳",
    "𠮷野",
    "",
    " 前后 ",
    "a,b",
    "6222 0212",
    "同上",
    "=1",
    "第一行\n第二行",
    "０１２",
    "-",
    "<a>&",
)


def random_rows(some):
    kinds = (
        lambda: some.choice(WORDS),
        lambda: some.randint(-10_000, 10**9),
        lambda: round(some.uniform(0, 9_999), 2),
        lambda: date(1900, 3, 1).replace(year=some.randint(1901, 2090), day=some.randint(1, 28)),
        lambda: None,
    )
    width = some.randint(1, 12)
    return [[some.choice(kinds)() for _ in range(width)] for _ in range(some.randint(1, 20))]


def ours(content):
    """Place → value, of the first sheet, as the child writes it and the parent reads it."""
    limits, said = Limits(), StringIO()
    child.read(content, child.Output(said, limits), limits)
    book = _indexed(BytesIO(said.getvalue().encode()), "", limits)
    return {
        (row.number, column): plain(cell.value)
        for row in book.rows(book.sheets[0])
        for column, cell in enumerate(map(decoded, row.codes), start=1)
        if cell.kind is not Kind.EMPTY
    }


def plain(value):
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(repr(value) if isinstance(value, float) else str(value)).normalize()
    return value.strip() if isinstance(value, str) else value


def of_openpyxl(content):
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]  # noqa: TID251  # the rival
    cells = {(one.row, one.column): plain(one.value) for row in sheet.iter_rows() for one in row}
    return {place: value for place, value in cells.items() if value not in (None, "")}


def of_xlrd(content):
    book = xlrd.open_workbook(file_contents=content, formatting_info=True)
    sheet, found = book.sheet_by_index(0), {}
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row), start=1):
            value = cell.value
            if cell.ctype == xlrd.XL_CELL_DATE:
                value = xlrd.xldate_as_datetime(value, book.datemode)
            if plain(value) not in (None, ""):
                found[row + 1, column] = plain(value)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_three_readers_see_the_same_cells(seed):
    some = random.Random(seed)
    for _ in range(COUNT // 4):
        rows = random_rows(some)
        if not any(value not in (None, "", " ") for row in rows for value in row):
            continue
        book = openpyxl.Workbook()
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = book.worksheets[0].cell(at, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
        content = BytesIO()
        book.save(content)
        assert ours(content.getvalue()) == of_openpyxl(content.getvalue())
        old = xls_of(rows)
        assert ours(old) == of_xlrd(old)
