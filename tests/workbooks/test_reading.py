"""What comes out of a workbook that can be read, cell by cell."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from relief.lib.workbooks import Kind, Limits, WorkbookRefused, read_rows, read_table
from tests.workbooks.making import row, text, workbook, xls

MORNING = datetime.fromisoformat("2026-01-15T08:30")


def cells_of(content):
    with read_table(BytesIO(content)) as book:
        return {
            (found.number, column): (cell.kind, cell.value)
            for sheet in book.sheets
            for found in book.rows(sheet)
            for column, cell in enumerate(found.cells, start=1)
        }


def saved(book):
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def typed():
    book = openpyxl.Workbook()
    book.worksheets[0].append(
        [
            "王芳",
            1234.56,
            500,
            date(2026, 1, 15),
            MORNING,
            True,
            None,
            "末",
        ]
    )
    return saved(book)


def test_every_kind_of_cell_keeps_its_type(typed):
    assert cells_of(typed) == {
        (1, 1): (Kind.TEXT, "王芳"),
        (1, 2): (Kind.NUMBER, Decimal("1234.56")),
        (1, 3): (Kind.NUMBER, Decimal(500)),
        (1, 4): (Kind.DATE, date(2026, 1, 15)),
        (1, 5): (Kind.DATE, MORNING),
        (1, 6): (Kind.BOOL, True),
        (1, 7): (Kind.EMPTY, None),
        (1, 8): (Kind.TEXT, "末"),
    }


def test_an_empty_corner_does_not_shift_the_cells():
    content = workbook(row(3, text("C3", "丙")) + row(6, text("E6", "戊")))
    filled = {place for place, (kind, _) in cells_of(content).items() if kind is not Kind.EMPTY}
    assert filled == {(3, 3), (6, 5)}


def test_an_id_number_stored_as_a_number_is_a_number_so_the_import_can_refuse_it():
    content = workbook(row(1, '<c r="A1"><v>110101199003071234</v></c>'))
    kind, value = cells_of(content)[1, 1]
    assert kind is Kind.NUMBER
    assert str(value) != "110101199003071234"


def test_error_values_and_formulas_without_result_are_errors_not_blanks():
    content = workbook(
        row(1, text("A1", "金额"))
        + row(2, '<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
        + row(3, '<c r="A3"><f>A1+1</f><v></v></c>')
        + row(4, '<c r="A4" t="str"><f>IF(1,"","")</f><v></v></c>')
        + row(9, '<c r="A9"><f>A1+1</f></c>')
    )
    assert cells_of(content) == {
        (1, 1): (Kind.TEXT, "金额"),
        (2, 1): (Kind.ERROR, "#DIV/0!"),
        (3, 1): (Kind.ERROR, "公式没有计算结果"),
        (9, 1): (Kind.ERROR, "公式没有计算结果"),
    }


def test_what_nobody_sees_is_taken_out_of_texts():
    content = workbook(row(1, text("A1", " 王_x0000_芳\u202e\u200b\t一 ")))
    assert cells_of(content)[1, 1] == (Kind.TEXT, "王芳 一")


def test_hidden_rows_columns_and_sheets_and_merges_are_told():
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for values in (["标题", None, None], ["甲", "乙", "丙"], ["丁", "戊", "己"]):
        sheet.append(values)
    sheet.merge_cells("A1:C1")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("旧名单").append(["庚"])
    book.worksheets[1].sheet_state = "veryHidden"
    with read_table(BytesIO(saved(book))) as read:
        first, second = read.sheets
        assert (first.is_hidden, second.is_hidden) == (False, True)
        assert first.hidden_columns == {2}
        assert first.merges == ((1, 1, 1, 3),)
        assert [found.is_hidden for found in read.rows(first)] == [False, False, True]


def test_two_sheets_can_be_read_side_by_side():
    book = openpyxl.Workbook()
    for name in ("甲", "乙"):
        sheet = book.create_sheet(name)
        for number in range(3):
            sheet.append([f"{name}{number}"])
    book.remove(book.worksheets[0])
    with read_table(BytesIO(saved(book))) as read:
        left, right = (read.rows(sheet) for sheet in read.sheets)
        pairs = [(a.cell(1).text, b.cell(1).text) for a, b in zip(left, right, strict=True)]
    assert pairs == [("甲0", "乙0"), ("甲1", "乙1"), ("甲2", "乙2")]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("姓名,金额\n王芳,500\n".encode(), "utf-8"),
        ("姓名,金额\n王芳,500\n".encode("utf-8-sig"), "utf-8-sig"),
        ("姓名,金额\n王芳,500\n".encode("gb18030"), "gb18030"),
        ("姓名\t金额\n王芳\t500\n".encode("utf-16"), "utf-16"),
        ("姓名;金额\n王芳;500\n".encode(), "utf-8"),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "Unicode text of Excel", "semicolons"],
)
def test_csv_is_read_in_the_encodings_that_offices_write(content, encoding):
    with read_table(BytesIO(content)) as book:
        assert (book.container, book.encoding) == ("csv", encoding)
    assert read_rows(content) == [["姓名", "金额"], ["王芳", "500"]]


def test_an_html_table_called_xls_keeps_its_columns_under_spanned_cells():
    content = (
        "<html><table><tr><td rowspan=2>东城</td><td colspan=2>建国门</td><td>1</td></tr>"
        "<tr><td>甲<br>乙</td><td>&#20057;</td><td>2</td></tr></table></html>"
    ).encode("gb18030")
    assert read_rows(content) == [["东城", "建国门", "", "1"], ["", "甲\n乙", "乙", "2"]]


def test_read_rows_takes_the_first_sheet_that_shows_something_and_pads_its_rows():
    book = openpyxl.Workbook()
    book.create_sheet("名单").append(["编码", "名称", "类型"])
    book.worksheets[1].append([110101, "东城区总工会"])
    assert read_rows(saved(book)) == [["编码", "名称", "类型"], ["110101", "东城区总工会", ""]]


def test_the_digest_is_that_of_the_file(typed):
    with read_table(BytesIO(typed)) as one, read_table(BytesIO(typed + b"\n")) as other:
        assert len(one.sha256) == 64
        assert one.sha256 != other.sha256


def test_a_file_at_its_limits_is_read_and_one_beyond_is_not():
    lines = "\n".join(f"{number},甲" for number in range(10)).encode()
    assert len(read_rows(lines, limits=Limits(rows=10))) == 10
    with pytest.raises(WorkbookRefused) as refused:
        read_rows(lines, limits=Limits(rows=9))
    assert refused.value.code == "too_many_rows"
    assert "第 10 行" in refused.value.message


def test_the_old_format_keeps_kinds_hidden_parts_and_merges():
    content = xls()
    assert cells_of(content) == {
        (1, 1): (Kind.TEXT, "王芳"),
        (1, 2): (Kind.NUMBER, Decimal(500)),
        (1, 3): (Kind.DATE, date(2026, 1, 15)),
        (1, 4): (Kind.BOOL, True),
        (1, 5): (Kind.ERROR, "#DIV/0!"),
        (2, 1): (Kind.TEXT, "藏"),
        (3, 1): (Kind.TEXT, "合并"),
        (4, 1): (Kind.ERROR, "日期不在 1900 年 3 月到 2100 年之间"),
    }
    with read_table(BytesIO(content)) as book:
        (sheet,) = book.sheets
        assert book.container == "xls"
        assert sheet.hidden_columns == {2}
        assert sheet.merges == ((3, 1, 3, 2),)
        assert [found.is_hidden for found in book.rows(sheet)] == [False, True, False, False]


def test_a_workbook_with_nothing_but_hidden_sheets_has_no_rows_to_take():
    with pytest.raises(WorkbookRefused, match="没有任何内容"):
        read_rows(xls(hidden=True))


def test_titles_and_headings_do_not_count_as_entries():
    lines = "\n".join(f"{number},甲" for number in range(10)).encode()
    assert len(read_rows(lines, limits=Limits(rows=8, spare_rows=2))) == 10
    with pytest.raises(WorkbookRefused, match="超过 7 行"):
        read_rows(lines, limits=Limits(rows=7, spare_rows=2))
