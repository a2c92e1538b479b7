"""Ten ledgers of ten offices, as real files, each with what should be read in it.

Nobody in them exists. The layouts are ours: none is that of another collection of ledgers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Border, Side

from tests.importing.people import people
from tests.workbooks.making import xls_of

Rows = dict[int, tuple[dict[str, str], list[str]]]


@dataclass(frozen=True)
class Truth:
    """One sheet. `columns` in their order, None for one that is not read; `rows` number → values
    and codes; a sheet that is not to be read has no columns."""

    header: tuple[int, ...] = ()
    columns: tuple[str | None, ...] = ()
    rows: Rows = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    content: bytes
    sheets: list[Truth]


def saved(book):
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_of(book, title, rows, *, merges=(), hidden=False):
    sheet = book.create_sheet(title)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(at, column, value)
    for place in merges:
        sheet.merge_cells(place)
    if hidden:
        sheet.sheet_state = "hidden"
    return sheet


def empty_book():
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def households():
    """Titles, a heading of two rows, a household in several rows, sums, signatures."""
    one, two, three, wife, son = people(5, seed=1)
    rows = [
        ["附件2"],
        ["某某区总工会困难职工家庭情况登记台账"],
        ["填报单位（盖章）：某某街道总工会", None, None, None, None, None, None, "2026年1月5日"],
        ["序号", "街道", "基本情况", None, "家庭成员情况", None, None, "收入情况"],
        [None, None, "姓 名", "公民身份号码", "姓名", "与本人关系", "身份证号",
         "家庭年收入\n（万元）"],
        [1, "东街道", f"{one.name[0]} {one.name[1:]}", f"'{one.number}", wife.name, "妻子",
         wife.number, 3.6],
        [None, None, None, None, son.name, "儿子", son.number, None],
        [2, None, "阿依古丽．买买提", f"{two.number[:6]} {two.number[6:]}", None, None, None,
         "2.4"],
        [3, "西街道", three.name, three.number.translate(_WIDE), "无", "/", "—", 0],
        ["合计", None, "3户", None, None, None, None, 6],
        ["填表人：赵明", None, None, "审核人：钱立", None, None, "负责人（签字）："],
    ]  # fmt: skip
    book = empty_book()
    merges = [
        "A2:H2",
        "C4:D4",
        "E4:G4",
        "A4:A5",
        "B4:B5",
        "A6:A7",
        "B6:B8",
        "C6:C7",
        "D6:D7",
        "H6:H7",
    ]
    sheet_of(book, "台账", rows, merges=merges)
    columns = (
        None, "union", "name", "id_number", "member1.name", "member1.relationship",
        "member1.id_number", "household_annual_income",
    )  # fmt: skip
    first = {
        "union": "东街道", "name": one.name, "id_number": one.number,
        "member1.name": wife.name, "member1.relationship": "妻子", "member1.id_number": wife.number,
        "member2.name": son.name, "member2.relationship": "儿子", "member2.id_number": son.number,
        "household_annual_income": "36000",
    }  # fmt: skip
    second = {"union": "东街道", "name": "阿依古丽·买买提", "id_number": two.number,
     "household_annual_income": "24000"}  # fmt: skip
    third = {"union": "西街道", "name": three.name, "id_number": three.number,
     "household_annual_income": "0"}  # fmt: skip
    truth = Truth((4, 5), columns, {6: (first, []), 8: (second, []), 9: (third, [])})
    return Made(saved(book), [truth])


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def streets():
    """A sheet a street, a hidden one, instructions, a dictionary,
    a summary; doubles of each kind."""
    one, two, three, member = people(4, seed=2)
    heading = ["序号", "姓名", None, "证件号码", "联系方式", "家庭成员1姓名", "家庭成员1身份证号"]
    fields = (None, "name", None, "id_number", "phone", "member1.name", "member1.id_number")
    book = empty_book()
    sheet_of(book, "填表说明", [["填表说明"], ["1.身份证号码必须为18位。"], ["2.不得改动表头。"]])
    sheet_of(book, "东街道", [
        ["东街道困难职工花名册"],
        heading,
        [1, one.name, None, one.number, one.phone, member.name, member.number],
        heading,
        [1, two.name, None, two.number, two.phone],
        ["以下空白"],
    ])  # fmt: skip
    sheet_of(book, "西街道", [
        heading,
        [1, three.name, None, three.number, three.phone],
        [2, one.name, None, one.number.lower(), one.phone],
        [3, member.name, None, member.number, None],
        [4, three.name, None, None, three.phone],
    ])  # fmt: skip
    sheet_of(book, "字典", [["困难类别", "致困原因"], ["深度困难", "子女上学"]])
    sheet_of(book, "汇总", [heading, [1, two.name, None, two.number, two.phone]])
    sheet_of(book, "旧", [heading, [1, two.name, None, two.number, two.phone]], hidden=True)
    east: Rows = {
        3: ({"name": one.name, "id_number": one.number, "phone": one.phone,
             "member1.name": member.name, "member1.id_number": member.number}, []),
        5: ({"name": two.name, "id_number": two.number, "phone": two.phone}, []),
    }  # fmt: skip
    west = {
        2: ({"name": three.name, "id_number": three.number, "phone": three.phone}, []),
        3: ({"name": one.name, "id_number": one.number, "phone": one.phone}, ["duplicate_in_file"]),
        4: ({"name": member.name, "id_number": member.number}, ["member_duplicate"]),
        5: ({"name": three.name, "phone": three.phone}, ["duplicate_suspected", "id_missing"]),
    }
    return Made(
        saved(book),
        [Truth(), Truth((2,), fields, east), Truth((1,), fields, west), Truth(), Truth(), Truth()],
    )


def numbers():
    """Numbers that lost digits, cards in groups of four, phones of every kind, formulas."""
    one, two, three, four, five = people(5, seed=3)
    groups = " ".join(two.card[at : at + 4] for at in range(0, len(two.card), 4))
    wrong = one.card[:-1] + str((int(one.card[-1]) + 1) % 10)
    rows = [
        ["姓名", "身份证号", "银行账号", "联系电话", "年龄", "月人均收入(元)"],
        [one.name, int(one.number[:17] + "0"), wrong, int(one.phone), 55, "#DIV/0!"],
        [
            two.name,
            two.number,
            groups,
            f"{two.phone[:3]} {two.phone[3:7]} {two.phone[7:]}",
            50,
            800,
        ],
        [three.name, three.number, int(three.card), f"{three.phone}/{one.phone}", 47, 900.5],
        [four.name, four.number, four.card, "010-64000001", "#N/A", "=1+1"],
        [five.name, "1.10101E+17", None, "1380000", None, "约900"],
    ]
    book = empty_book()
    sheet_of(book, "困难职工", rows)
    columns = ("name", "id_number", "bank_account", "phone", "age", "per_capita_monthly_income")
    truth = {
        2: ({"name": one.name, "bank_account": wrong, "phone": one.phone, "age": "55"},
            ["bank_luhn", "formula_error", "id_numeric"]),
        3: ({"name": two.name, "id_number": two.number, "bank_account": two.card,
         "phone": two.phone,
             "age": "50", "per_capita_monthly_income": "800"}, []),
        4: ({"name": three.name, "id_number": three.number, "phone": three.phone, "age": "47",
             "other_contact": one.phone, "per_capita_monthly_income": "900.5"}, ["bank_numeric"]),
        5: ({"name": four.name, "id_number": four.number, "bank_account": four.card,
             "other_contact": "010-64000001"}, ["formula_error", "formula_error",
              "phone_landline"]),
        6: ({"name": five.name, "per_capita_monthly_income": "900"},
            ["amount_guessed", "id_numeric", "phone_invalid"]),
    }  # fmt: skip
    return Made(saved(book), [Truth((1,), columns, truth)])


def dates():
    """The old format, with days of every form and numbers of 15, 17 and twice 18 digits."""
    one, two, three, four, five = people(5, seed=4)
    old = one.number[:6] + one.number[8:17]
    year, month, day = (int(part) for part in two.birth.split("-"))
    rows = [
        ["编号", "姓名", "男/女", "出生年月", "本人身份证号", "建档时间"],
        ["KN-01", one.name, one.sex, f"{one.birth[2:4]}年{int(one.birth[5:7])}月", old, "2021.3"],
        ["KN-02", two.name, "男性" if two.sex == "男" else "女性", date(year, month, day),
         two.number, date(2021, 3, 5)],
        ["KN-03", three.name, "女" if three.sex == "男" else "男",
         three.birth[:7].replace("-", "."), three.number, "20210305"],
        ["KN-04", four.name, None, "1950/1/1", four.number, 44260],
        ["KN-05", five.name, None, None, five.number[:17], "2021-13-01"],
        ["KN-06", five.name, None, None, f"{four.number}、{five.number}", "2021年3月5日"],
    ]  # fmt: skip
    columns = ("file_number", "name", "sex", "birth_date", "id_number", "file_date")
    truth = {
        2: ({"file_number": "KN-01", "name": one.name, "sex": one.sex, "birth_date": one.birth,
             "id_number": old, "file_date": "2021-03-01"}, ["date_partial", "id_15"]),
        3: ({"file_number": "KN-02", "name": two.name, "sex": two.sex, "birth_date": two.birth,
             "id_number": two.number, "file_date": "2021-03-05"}, []),
        4: ({"file_number": "KN-03", "name": three.name, "birth_date": three.birth,
             "sex": "女" if three.sex == "男" else "男",
             "id_number": three.number, "file_date": "2021-03-05"}, ["sex_mismatch"]),
        5: ({"file_number": "KN-04", "name": four.name, "birth_date": "1950-01-01",
             "id_number": four.number, "file_date": "2021-03-05"}, ["birth_mismatch"]),
        6: ({"file_number": "KN-05", "name": five.name, "id_number": five.number[:17]},
            ["date_invalid", "id_length"]),
        7: ({"file_number": "KN-06", "name": five.name, "id_number": four.number + five.number,
             "file_date": "2021-03-05"}, ["id_length"]),
    }  # fmt: skip
    return Made(xls_of(rows), [Truth((1,), columns, truth)])


def styled_to_the_bottom():
    """An enterprise: the heading in row 12 after an empty column, 万元 and 元,
    borders far below."""
    one, two = people(2, seed=5)
    above = [[None, f"说明 {at}"] for at in range(1, 12)]
    heading = [
        None,
        "姓名",
        "员工编码/身份证号",
        "所属单位",
        "家庭年收入(万元)",
        "困难帮扶金额(元)",
        "是否退休",
    ]
    rows = [
        *above,
        heading,
        [None, one.name, one.number, "某某集团", 2.4, "1,000.00 ", "√"],
        [None, two.name, two.number, "某某集团", "3万", "贰仟元", "无"],
    ]
    book = empty_book()
    sheet = sheet_of(book, "申请", rows)
    sheet.cell(3_000, 2).border = Border(bottom=Side("thin"))
    sheet.column_dimensions["D"].hidden = True
    columns = (
        None,
        "name",
        "id_number",
        "workplace",
        "household_annual_income",
        "relief_amount",
        None,
    )
    truth: Rows = {
        13: ({"name": one.name, "id_number": one.number, "workplace": "某某集团",
              "household_annual_income": "24000", "relief_amount": "1000"}, []),
        14: ({"name": two.name, "id_number": two.number, "workplace": "某某集团",
              "household_annual_income": "30000", "relief_amount": "2000"}, []),
    }  # fmt: skip
    return Made(saved(book), [Truth((12,), columns, truth)])


MADE: dict[str, Callable[[], Made]] = {
    "households.xlsx": households,
    "streets.xlsx": streets,
    "numbers.xlsx": numbers,
    "dates.xls": dates,
    "enterprise.xlsx": styled_to_the_bottom,
}
