"""Why a file is not read, and what the person can do about it: one sentence per reason."""

from string import Template
from types import MappingProxyType
from typing import Final

from relief.lib.workbooks.limits import MEBIBYTE, Limits

_SAVE_AS = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传。"


class Refusal(Exception):  # noqa: N818  # a decision, not a failure
    """The file is not read. `place` names the sheet, the cell or the part, where there is one."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code, place)
        self.code = code
        self.place = place


_SENTENCES: Final = MappingProxyType(
    {
        "empty": "文件是空的，一个字节也没有。请重新保存这个文件，再上传一次。",
        "file_too_large": "文件超过 $file_mb MB。请删掉图片和不用的工作表，或分成几个文件上传。",
        "not_a_workbook": f"这不是 Excel 表格，也不是 CSV 文件。{_SAVE_AS}",
        "other_format": f"这种格式（如 .ods、.xlsb、网页存档、XML 表格）读不了。{_SAVE_AS}",
        "password": "文件有打开密码。请先在 Excel 或 WPS 里取消密码，保存后再上传。",
        "macros": "文件里有宏，为了安全不能上传。请另存为不带宏的“Excel 工作簿（.xlsx）”。",
        "broken": "文件已损坏$place，读不完整。请用 Excel 或 WPS 打开并另存一份再上传。",
        "suspicious": "文件的内部结构不正常$place，为了安全不能上传。"
        "请新建一个空白工作簿，把内容复制过去再上传。",
        "too_many_parts": "文件里夹带的内容太多（超过 $parts 个部分）。"
        "请把表格复制到一个空白工作簿再上传。",
        "expands": "文件打开后太大（超过 $expansion_mb MB）。如果表格下方有大量空白但带格式的行，"
        "请选中数据下方的整行，删除后另存，再上传。",
        "blank_formatted": "表格下方有大量空白但带格式的行$place。"
        "请选中数据下方的整行，删除后另存，再上传。",
        "too_many_rows": "有内容的行超过 $rows 行$place。请分成几个文件上传。",
        "row_too_far": "表格最下方很远处还有零星内容$place。请删掉数据下方的所有行，另存后再上传。",
        "too_many_columns": "有内容的列超过 $columns 列$place。请删掉数据右边不用的列再上传。",
        "too_many_cells": "有内容的格子超过 $cells 个$place。请分成几个文件上传。",
        "too_many_sheets": "工作表超过 $sheets 张。请只留下要上传的工作表。",
        "cell_too_long": "有一格的文字超过 $characters 字$place。请缩短后再上传。",
        "too_many_merges": "合并单元格太多或太大$place。请取消合并，另存后再上传。",
        "too_many_styles": "文件里的格式多得不正常。请把表格复制到一个空白工作簿再上传。",
        "encoding": "认不出文字的编码。请用 Excel 或 WPS 打开，确认没有乱码，另存为 .xlsx 再上传。",
        "no_rows": "文件里没有任何内容。请确认选对了文件。",
        "too_slow": "读这个文件用的时间太长，已经停下。请把表格复制到一个空白工作簿再上传。",
        "too_complex": "这个文件太复杂，读不完。请把表格复制到一个空白工作簿再上传。",
    }
)


def sentence(code: str, place: str, limits: Limits) -> str:
    """The reason in words, with the limit and the place filled in."""
    return Template(_SENTENCES[code]).substitute(
        place=f"（{place}）" if place else "",
        file_mb=limits.file_bytes // MEBIBYTE,
        expansion_mb=limits.expansion_bytes // MEBIBYTE,
        parts=f"{limits.parts:,}",
        rows=f"{limits.rows:,}",
        columns=f"{limits.columns:,}",
        cells=f"{limits.cells:,}",
        sheets=limits.sheets,
        characters=f"{limits.cell_characters:,}",
    )
