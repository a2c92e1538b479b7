"""Write a table into a workbook: typed cells, text never a formula, made to be printed.

openpyxl makes everything around the rows (styles, page set-up, headers); the rows themselves are
written as XML straight into the zip, because openpyxl takes some 25 µs for a cell and this one or
two. Source: UX §8, SECURITY §4.6, PERFORMANCE §6 (docs/decisions/0010-workbooks.md).
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import partial
from io import BytesIO
from itertools import islice
from math import isfinite
from typing import IO, Final
from xml.sax.saxutils import escape

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from relief.lib.workbooks.template import template_response

__all__ = ["CellKind", "SheetColumn", "plain_text", "template_response", "write_sheet"]

_SHEET_PART: Final = "xl/worksheets/sheet1.xml"
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
#: What XML 1.0 cannot say; a return would come back as a line feed.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel reads `_x0041_` inside a text as an escaped character.
_ESCAPE_LIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: Excel's own end of a cell.
_LONGEST: Final = 32_767
#: Day 0 of the serials, and the first day that all programs count alike.
_DAY_ZERO: Final = date(1899, 12, 30)
_FIRST_DAY: Final = date(1900, 3, 1)
_BATCH: Final = 500
_SPARE_ROW: Final = 9

_LINE: Final = Side(style="thin", color="C9C2B8")
_BORDER: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD_FILL: Final = PatternFill("solid", start_color="F3ECE0")
_MARK_FONT: Final = Font(color="7A7267", size=9)

_Writer = Callable[[int, object], str]


#: How the last line of an export begins; an import of the same list passes over it.
WATERMARK: Final = "导出人："


class CellKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"


_FORMATS: Final = {
    CellKind.TEXT: "@",  # what looks like a number stays as it was typed
    CellKind.NUMBER: "#,##0",
    CellKind.MONEY: "#,##0.00",
    CellKind.DATE: "yyyy-mm-dd",
    CellKind.DATETIME: "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class SheetColumn:
    label: str
    kind: CellKind = CellKind.TEXT
    #: In characters of half width, as Excel counts.
    width: int = 16


def write_sheet(
    target: IO[bytes],
    *,
    title: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[object]],
    watermark: str,
) -> int:
    """Write one sheet with a head row, the rows and the watermark; returns how many rows.

    A value that does not fit the kind of its column is written as text. Rows are taken one by one
    and not kept.
    """
    styles, frame = _frame(title, columns, watermark)
    with (
        zipfile.ZipFile(frame) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in source.infolist():
            if entry.filename != _SHEET_PART:
                archive.writestr(entry.filename, source.read(entry))
        before, after = _around_rows(source.read(_SHEET_PART).decode())
        with archive.open(_SHEET_PART, "w", force_zip64=True) as part:
            part.write(before.encode())
            written = _write_rows(part, columns, rows, styles)
            part.write(_last_row(written + 3, watermark, styles).encode())
            last = f"{get_column_letter(len(columns))}{written + 1}"
            part.write(f'</sheetData><autoFilter ref="A1:{last}"/>{after}'.encode())
    return written


def plain_text(value: object) -> str:
    """A text as XML: always a string, whatever it begins with."""
    text = str(value)
    # Looking is much faster than replacing, and nearly every text is plain.
    if not text.isprintable():
        text = _ILLEGAL.sub("", text.replace("\r\n", "\n"))
    if len(text) > _LONGEST:
        text = text[:_LONGEST]
    if "_x" in text:
        text = _ESCAPE_LIKE.sub("_x005F_", text)
    return escape(text)


# --- Everything around the rows ---------------------------------------------------------------


@dataclass(frozen=True)
class _Styles:
    """Numbers of the cell formats in the workbook's style sheet."""

    by_kind: dict[CellKind, int]
    mark: int


def _frame(title: str, columns: Sequence[SheetColumn], watermark: str) -> tuple[_Styles, BytesIO]:
    """A workbook with the head row only."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _SHEET_NAME.sub(" ", title)[:31] or "Sheet1"
    _head_row(sheet, [column.label for column in columns])
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    _page_setup(sheet, title, watermark, is_wide=sum(column.width for column in columns) > 90)
    kinds = enumerate(CellKind, start=_SPARE_ROW)
    styles = _Styles(
        {kind: _style_number(sheet, row, kind) for row, kind in kinds},
        _mark_number(sheet, _SPARE_ROW - 1),
    )
    frame = BytesIO()
    book.save(frame)
    return styles, frame


def _head_row(sheet: Worksheet, labels: Sequence[str]) -> None:
    for number, label in enumerate(labels, start=1):
        cell = sheet.cell(1, number)
        cell.value = _ILLEGAL.sub("", label)
        cell.data_type = "s"
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        cell.border = _BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.freeze_panes = "B2"


def _page_setup(sheet: Worksheet, title: str, watermark: str, *, is_wide: bool) -> None:
    """A4, one page wide, head row and watermark on every page."""
    sheet.print_title_rows = "1:1"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if is_wide else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.HeaderFooter.oddHeader = HeaderFooterItem(center=_header_part(title))
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_header_part(watermark), right=_HeaderFooterPart(text="第 &P 页 / 共 &N 页")
    )


def _header_part(text: str) -> _HeaderFooterPart:
    """In headers an ampersand starts a code."""
    return _HeaderFooterPart(text=_ILLEGAL.sub("", text)[:120].replace("&", "&&"))


def _style_number(sheet: Worksheet, row: int, kind: CellKind) -> int:
    """The number of a format: a cell below the head takes it on, and never reaches the file."""
    cell = sheet.cell(row, 1)
    cell.number_format = _FORMATS[kind]
    cell.border = _BORDER
    cell.alignment = Alignment(vertical="center", wrap_text=kind is CellKind.TEXT)
    return int(cell.style_id)


def _mark_number(sheet: Worksheet, row: int) -> int:
    cell = sheet.cell(row, 1)
    cell.font = _MARK_FONT
    return int(cell.style_id)


def _around_rows(sheet_xml: str) -> tuple[str, str]:
    """What stands before the second row and after the last; without the size, still unknown."""
    before, _, rest = sheet_xml.partition("</row>")
    _, _, after = rest.partition("</sheetData>")
    return re.sub(r"<dimension [^>]*/>", "", before) + "</row>", after


# --- The rows ---------------------------------------------------------------------------------


def _write_rows(
    part: IO[bytes],
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[object]],
    styles: _Styles,
) -> int:
    writers = [
        _writer(get_column_letter(number), column.kind, styles)
        for number, column in enumerate(columns, start=1)
    ]
    written = 0
    lines = _lines(rows, writers)
    while batch := list(islice(lines, _BATCH)):
        part.write("".join(batch).encode())
        written += len(batch)
    return written


def _lines(rows: Iterable[Sequence[object]], writers: Sequence[_Writer]) -> Iterator[str]:
    for number, row in enumerate(rows, start=2):
        cells = [writer(number, value) for writer, value in zip(writers, row, strict=True)]
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _writer(letter: str, kind: CellKind, styles: _Styles) -> _Writer:
    """A function that writes the cells of one column."""
    write_text = _text_writer(letter, styles.by_kind[CellKind.TEXT])
    if kind is CellKind.TEXT:
        return write_text
    number_of = _numbers_of(kind)
    style = styles.by_kind[kind]

    def write(row: int, value: object) -> str:
        number = number_of(value)
        if number:
            return f'<c r="{letter}{row}" s="{style}"><v>{number}</v></c>'
        if value is None or value == "":
            return f'<c r="{letter}{row}" s="{style}"/>'
        return write_text(row, value)

    return write


def _text_writer(letter: str, style: int) -> _Writer:
    after_row = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">'

    def write(row: int, value: object) -> str:
        if value is None or value == "":
            return f'<c r="{letter}{row}" s="{style}"/>'
        return f'<c r="{letter}{row}{after_row}{plain_text(value)}</t></is></c>'

    return write


def _last_row(number: int, watermark: str, styles: _Styles) -> str:
    return f'<row r="{number}">{_text_writer("A", styles.mark)(number, watermark)}</row>'


def _number(value: object) -> str:
    """The digits of a number, "" for anything else: that becomes text."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        return ""
    return str(value) if isfinite(value) else ""


def _money(value: object) -> str:
    return "" if isinstance(value, float) else _number(value)


def _day(value: object, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        value = _local(value, zone).date()
    if not isinstance(value, date) or value < _FIRST_DAY:
        return ""
    return str((value - _DAY_ZERO).days)


def _moment(value: object, zone: tzinfo) -> str:
    if not isinstance(value, datetime):
        return _day(value, zone)
    local = _local(value, zone)
    days = _day(local, zone)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f"{int(days) + seconds / 86_400!r}" if days else ""


def _local(value: datetime, zone: tzinfo) -> datetime:
    """Workbooks know no time zones."""
    return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)


def _numbers_of(kind: CellKind) -> Callable[[object], str]:
    """What turns a value of the kind into digits."""
    zone = timezone.get_current_timezone()  # asked once for a column, not for every cell
    by_kind: dict[CellKind, Callable[[object], str]] = {
        CellKind.NUMBER: _number,
        CellKind.MONEY: _money,
        CellKind.DATE: partial(_day, zone=zone),
        CellKind.DATETIME: partial(_moment, zone=zone),
    }
    return by_kind[kind]
