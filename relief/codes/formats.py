"""File formats of the code lists: what Chinese Excel writes and reads, within limits."""

import zipfile
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from import_export.formats.base_formats import CSV, XLSX

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED_BYTES = 32 * 1024 * 1024
#: A cell that begins so is run as a formula by the spreadsheet that opens it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; `unescape_formula` takes it away."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unescape_formula(text: str) -> str:
    escaped = text.startswith("'") and text[1:].startswith(_FORMULA_STARTS)
    return text[1:] if escaped else text


class ChineseCSV(CSV):
    """Reads what Excel and WPS write: UTF-8 with or without its mark, and GB18030."""

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Any:
        _refuse_large(in_stream)
        try:
            text = in_stream.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = in_stream.decode("gb18030")
        return super().create_dataset(text, **kwargs)


class LimitedXLSX(XLSX):
    """Refuses what unpacks to more than a code list can be, before openpyxl unpacks it."""

    def create_dataset(self, in_stream: bytes) -> Any:
        _refuse_large(in_stream)
        try:
            with zipfile.ZipFile(BytesIO(in_stream)) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile:
            raise ValidationError("这不是 Excel 2007 以后的工作簿（.xlsx）。") from None
        if unpacked > MOST_UNPACKED_BYTES:
            raise ValidationError("文件展开后太大，代码表不会有这么大。")
        return super().create_dataset(in_stream)


def _refuse_large(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ValidationError("文件超过 2 MB，代码表不会有这么大。")
