"""The file of a code list: read by the child process with limits, as every other upload is."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from import_export.formats.base_formats import Format
from tablib import Dataset

from relief.lib.workbooks.limits import MEBIBYTE
from relief.lib.workbooks.read import limits_from_settings, read_rows

MOST_BYTES = 2 * MEBIBYTE
#: A cell that begins so is run as a formula by the spreadsheet that opens it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; `unescape_formula` takes it away."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unescape_formula(text: str) -> str:
    escaped = text.startswith("'") and text[1:].startswith(_FORMULA_STARTS)
    return text[1:] if escaped else text


class UploadedTable(Format):
    """Any table that relief.lib.workbooks reads: Excel, WPS, CSV in UTF-8 or GB18030."""

    def __init__(self, encoding: str | None = None) -> None:
        """Import-export names an encoding for what is text; here the bytes themselves say it."""

    def get_title(self) -> str:
        return "Excel、WPS 或 CSV"

    def can_import(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Dataset:
        """Raises ValidationError: what the reader refuses, headings blank or twice, no rows."""
        limits = replace(limits_from_settings(), file_bytes=MOST_BYTES)
        headings, *rows = read_rows(in_stream, limits=limits)
        if not all(headings) or len(set(headings)) < len(headings):
            text = "第一行的列名有空的或重复的，请用导出的文件作样子。"
            raise ValidationError(text, code="headings")
        if not rows:
            raise ValidationError("表里只有标题，没有内容。", code="empty")
        return Dataset(*rows, headers=headings)
