"""An empty workbook to fill in: headings, choices, text cells."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows below the headings that are prepared as text, so that codes keep their zeros.
PREPARED = 500


def template_response(
    title: str, headings: Sequence[str], choices: Mapping[str, Sequence[str]]
) -> HttpResponse:
    """Answer with the workbook; `choices` are the words a column may hold, by heading."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title[:31]
    for number, heading in enumerate(headings, start=1):
        _prepare_column(sheet, number, heading, choices.get(heading, ()))
    sheet.freeze_panes = "A2"
    content = BytesIO()
    book.save(content)
    response = HttpResponse(content.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{title}.xlsx"
    )
    return response


def _prepare_column(sheet: Worksheet, number: int, heading: str, words: Sequence[str]) -> None:
    letter = get_column_letter(number)
    head = sheet.cell(row=1, column=number, value=heading)
    head.font = Font(bold=True)
    head.fill = PatternFill("solid", fgColor="F4EEE7")
    sheet.column_dimensions[letter].width = 22
    for row in range(2, PREPARED + 2):
        sheet.cell(row=row, column=number).number_format = "@"
    if words:
        rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
        rule.error = "请从列表里选一个。"
        rule.errorTitle = heading
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{PREPARED + 1}")
