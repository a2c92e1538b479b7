"""Workbooks that we hand out: read back by another library, cell for cell."""

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.lib.workbooks import Kind, read_rows, read_table
from relief.lib.workbooks.template import template_response
from relief.lib.workbooks.write import CellKind, SheetColumn, write_sheet

#: What spreadsheet programs take for a formula, a command, a link or a number (SECURITY §4.6).
PAYLOADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "=HYPERLINK(\"http://example.org\")", "=cmd|' /C calc'!A0", "http://example.org/",
    "mailto:a@example.org", "file:///etc/passwd", "110101199003071234", "0012", "1E5", "1/2",
    "TRUE", "#N/A", "<script>", "a&b", "]]>", "_x0041_", "_x005F_x0041_", "'=1", "\"=1", "多\n行",
    " 前后空格 ", "=", "😀", "\u202e倒", "{=1}", ";=1", ",=1", "DDE(\"a\")",
    "%0A=1", "\u00a0=1", "\u00ad=1",
]  # fmt: skip


def written(values, kind=CellKind.TEXT, **options):
    target = BytesIO()
    options = {"title": "名单", "watermark": "导出人：王芳"} | options
    columns = [SheetColumn("列", kind)]
    count = write_sheet(target, columns=columns, rows=([value] for value in values), **options)
    return target.getvalue(), count


def sheet_of(content):
    return openpyxl.load_workbook(BytesIO(content)).worksheets[0]  # noqa: TID251  # our own file


def test_no_text_becomes_a_formula_or_a_link():
    content, count = written(PAYLOADS)
    sheet = sheet_of(content)
    cells = [sheet.cell(row, 1) for row in range(2, count + 2)]
    assert count == len(PAYLOADS) == 40
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        xml = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml


def test_texts_come_back_as_they_were():
    content, _ = written(PAYLOADS)
    with read_table(BytesIO(content)) as book:
        read = [row.cell(1).value for row in book.rows(book.sheets[0])][1:-1]
    invisible = str.maketrans("", "", "\u202e\r")
    expected = [text.translate(invisible).replace("\t", " ").replace("\u00a0", " ").strip()
                for text in PAYLOADS]  # fmt: skip
    assert read == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
def test_any_text_at_all_gives_a_workbook_that_opens(texts):
    content, count = written(texts)
    sheet = sheet_of(content)
    assert count == len(texts)
    assert all(sheet.cell(row, 1).data_type in "sn" for row in range(2, count + 2))


@pytest.mark.parametrize(
    ("kind", "value", "read", "style"),
    [
        (CellKind.NUMBER, 1234, 1234, "#,##0"),
        (CellKind.MONEY, Decimal("1234.50"), 1234.5, "#,##0.00"),
        (CellKind.DATE, date(2026, 1, 15), datetime.fromisoformat("2026-01-15"), "yyyy-mm-dd"),
        (
            CellKind.DATETIME,
            datetime(2026, 1, 15, 0, 30, tzinfo=UTC),
            datetime.fromisoformat("2026-01-15T08:30"),
            "yyyy-mm-dd hh:mm",
        ),
        (
            CellKind.DATE,
            datetime(2026, 1, 15, 20, tzinfo=UTC),
            datetime.fromisoformat("2026-01-16"),
            "yyyy-mm-dd",
        ),
        (CellKind.NUMBER, "约 30", "约 30", "@"),
        (CellKind.NUMBER, float("nan"), "nan", "@"),
        (CellKind.DATE, date(1899, 1, 1), "1899-01-01", "@"),
        (CellKind.MONEY, None, None, "#,##0.00"),
        (CellKind.TEXT, 12, "12", "@"),
        (CellKind.NUMBER, True, "True", "@"),
    ],
)
def test_a_value_keeps_its_type_and_what_does_not_fit_becomes_text(kind, value, read, style):
    content, _ = written([value], kind)
    cell = sheet_of(content).cell(2, 1)
    assert cell.value == read
    assert cell.number_format == style


def test_the_sheet_is_ready_to_print_and_says_who_took_it():
    content, _ = written(["甲"], title="名单/2026[&]", watermark="王芳&李 2026年1月15日")
    sheet = sheet_of(content)
    assert sheet.title == "名单 2026 & "
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.freeze_panes == "B2"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.auto_filter.ref == "A1:A2"
    assert sheet.oddFooter.left.text == "王芳&&李 2026年1月15日"
    assert sheet.oddFooter.right.text == "第 &P 页 / 共 &N 页"
    assert sheet.cell(4, 1).value == "王芳&李 2026年1月15日"


def test_no_rows_give_a_sheet_with_head_and_watermark():
    content, count = written([])
    assert count == 0
    assert read_rows(content) == [["列"], ["导出人：王芳"]]


def test_what_we_write_our_own_reader_reads():
    target = BytesIO()
    columns = [SheetColumn("证号"), SheetColumn("金额", CellKind.MONEY)]
    rows: list[list[object]] = [["110101199003071234", Decimal("500.00")], ["x", None]]
    write_sheet(target, title="名单", columns=columns, rows=rows, watermark="印")
    with read_table(target) as book:
        read = [
            [(cell.kind, cell.value) for cell in row.cells] for row in book.rows(book.sheets[0])
        ]
    assert read[1] == [(Kind.TEXT, "110101199003071234"), (Kind.NUMBER, Decimal(500))]


def test_the_template_offers_lists_and_keeps_codes_as_text():
    response = template_response(
        "机构导入模板", ["编码", "类型"], {"类型": ["区总工会", "街道总工会"]}
    )
    sheet = sheet_of(response.content)
    (rule,) = sheet.data_validations.dataValidation
    assert [cell.value for cell in sheet[1]] == ["编码", "类型"]
    assert sheet["A2"].number_format == "@"
    assert str(rule.sqref) == "B2:B5001"
    assert rule.formula1 == "'可选值'!$A$2:$A$3"
    assert "filename*=utf-8''" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store"
