"""An empty workbook to fill in: headings, texts that stay texts, and lists to choose from."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from types import MappingProxyType
from typing import Final

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows that the lists reach.
_ROWS: Final = 5_000
#: Rows whose cells are text themselves; below, their column is, which not every program heeds.
_TEXT_ROWS: Final = 50
_CHOICES_SHEET: Final = "可选值"
_NOTES_SHEET: Final = "填写说明"
_HEAD_FILL: Final = PatternFill("solid", start_color="F3ECE0")


def template_response(
    title: str,
    headings: Sequence[str],
    choices: Mapping[str, Sequence[str]],
    *,
    hints: Mapping[str, str] = MappingProxyType({}),
    notes: Sequence[str] = (),
) -> HttpResponse:
    """The template as a download. `choices` maps a heading to the values it takes, `hints` to what
    Excel says while somebody types; `notes` are lines of a sheet of their own."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title[:31]
    _head(sheet, headings)
    for number in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(number)].number_format = "@"
        for row in range(2, _TEXT_ROWS + 2):
            sheet.cell(row, number).number_format = "@"
    if choices:
        _offer(book.create_sheet(_CHOICES_SHEET), sheet, headings, choices)
    _hint(sheet, headings, hints)
    if notes:
        _note(book.create_sheet(_NOTES_SHEET), notes)
    content = BytesIO()
    book.save(content)
    return workbook_response(content.getvalue(), f"{title}.xlsx")


def workbook_response(content: bytes, file_name: str) -> HttpResponse:
    """A finished workbook as a download under its Chinese name (RFC 6266), kept by nobody."""
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={"Content-Disposition": disposition or "", "Cache-Control": "no-store"},
    )


def _head(sheet: Worksheet, headings: Sequence[str]) -> None:
    for number, heading in enumerate(headings, start=1):
        cell = sheet.cell(1, number)
        cell.value = heading
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(number)].width = 20
    sheet.freeze_panes = "A2"


def _offer(
    values: Worksheet,
    sheet: Worksheet,
    headings: Sequence[str],
    choices: Mapping[str, Sequence[str]],
) -> None:
    """One column of values per heading, and a drop-down list that refuses everything else."""
    _head(values, list(choices))
    for number, (heading, offered) in enumerate(choices.items(), start=1):
        for row, value in enumerate(offered, start=2):
            values.cell(row, number).value = value
        letter = get_column_letter(number)
        name = quote_sheetname(_CHOICES_SHEET)
        rule = DataValidation(
            type="list",
            formula1=f"{name}!${letter}$2:${letter}${len(offered) + 1}",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=heading,
            error=f"请从列表里选。可填的值在“{_CHOICES_SHEET}”这张表里。",
        )
        column = get_column_letter(list(headings).index(heading) + 1)
        rule.add(f"{column}2:{column}{_ROWS + 1}")
        sheet.add_data_validation(rule)


def _hint(sheet: Worksheet, headings: Sequence[str], hints: Mapping[str, str]) -> None:
    """Excel shows the sentence beside a cell that is chosen; nothing is refused by it."""
    for heading, hint in hints.items():
        rule = DataValidation(
            showErrorMessage=False, showInputMessage=True, promptTitle=heading[:32], prompt=hint
        )
        column = get_column_letter(list(headings).index(heading) + 1)
        rule.add(f"{column}2:{column}{_ROWS + 1}")
        sheet.add_data_validation(rule)


def _note(sheet: Worksheet, notes: Sequence[str]) -> None:
    sheet.column_dimensions["A"].width = 100
    for row, note in enumerate(notes, start=1):
        cell = sheet.cell(row, 1)
        cell.value = note
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
