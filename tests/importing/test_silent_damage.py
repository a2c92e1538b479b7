"""Cells that would be wrong without anybody noticing: each is told, or read as it was meant."""

from datetime import date
from decimal import Decimal

import pytest

from tests.beneficiaries.numbers import id_number
from tests.importing.making import codes, read

ZHANG = id_number(1)
#: A valid number whose last three digits are 0, as Excel leaves one behind.
ROUNDED = next(
    number
    for day in range(1, 29)
    if (number := id_number(0, birth=f"196801{day:02}")).endswith("000")
)


def one(heading, value, number=ZHANG):
    (row,) = read([["姓名", "身份证号", heading], ["张三", number, value]])
    return row


@pytest.mark.parametrize(
    ("heading", "written", "yuan"),
    [
        ("家庭年收入(万元)", "24000元", "24000"),
        ("家庭年收入(万元)", "2.4万元", "24000"),
        ("家庭年收入(万元)", "2.4", "24000"),
        ("家庭年收入(万元)", "贰万肆仟元整", "24000"),
        ("家庭年收入", "24 000", "24000"),
        ("家庭年收入", "2,4000", "24000"),
        ("家庭年收入", "2万5", "25000"),
        ("家庭年收入", "１２，０００．５０元", "12000.5"),
    ],
)
def test_an_amount_is_what_its_cell_says(heading, written, yuan):
    row = one(heading, written)
    assert (row.values["household_annual_income"], codes(row)) == (yuan, [])


@pytest.mark.parametrize(
    "written", ["3,6", "1,5", "500 20", "12,34", "1.2.3", "500+200", "500元/人"]
)
def test_two_numbers_or_a_comma_for_a_point_are_no_amount(written):
    assert codes(one("慰问金", written)) == ["amount_invalid"]


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        ("家庭年收入", 3.6),
        ("家庭年收入(万元)", 24000),
        ("月收入", 0.3),
        ("慰问金", 0.2),
        ("慰问金(万元)", 500),
    ],
)
def test_amounts_of_an_odd_size_ask_for_the_unit(heading, written):
    assert codes(one(heading, written)) == ["amount_unusual"]


@pytest.mark.parametrize(
    ("heading", "written", "code"),
    [
        ("档案编号", 110101196801010017, "digits_lost"),
        ("档案编号", "1.10101E+17", "digits_lost"),
        ("其他联系方式", 6222021234567890, "digits_lost"),
        ("家庭住址", date(2003, 2, 1), "text_became_date"),
        ("编号", date(2026, 1, 2), "text_became_date"),
        ("建筑面积", "50-70", "number_unclear"),
        ("建筑面积", "20以下", "number_unclear"),
        ("建筑面积", "1,200", "number_unclear"),
        ("数量", "米2袋油1桶", "number_unclear"),
        ("出生日期", date(2026, 6, 1), "date_invalid"),
        ("建档日期", 19753, "date_guessed"),
        ("银行卡号", "6222021234567890000", "bank_luhn"),
    ],
)
def test_what_excel_or_a_hand_has_made_of_a_cell_is_told(heading, written, code):
    number = "" if heading == "出生日期" else ZHANG
    assert code in codes(one(heading, written, number))


@pytest.mark.parametrize(
    ("heading", "written", "value"),
    [("建筑面积", "45.5㎡", "45.5"), ("建筑面积", "50平方米", "50"), ("数量", "2袋", "2")],
)
def test_numbers_with_their_measure(heading, written, value):
    assert value in one(heading, written).values.values()


def test_a_number_that_ends_like_a_rounded_one_is_asked_for_even_if_it_holds():
    row = one("备注", "x", ROUNDED)
    assert (row.values["id_number"], codes(row)) == (ROUNDED, ["id_rounded"])


def test_a_card_number_that_ends_like_a_rounded_one():
    card = next(
        number
        for at in range(100)
        if "bank_luhn" not in codes(one("银行卡号", number := f"6222021234{at:05}0000"))
    )
    assert codes(one("银行卡号", card)) == ["bank_rounded"]


@pytest.mark.parametrize(
    "numeric",
    [110101196801010017, float(110101196801010017), Decimal("1.10101E+17"), 110101680101001],
)
@pytest.mark.parametrize("heading", ["身份证号", "家庭成员1身份证号", "配偶身份证号"])
def test_a_numeric_id_number_never_passes(heading, numeric):
    (row,) = read([["姓名", "家庭成员1姓名", "配偶姓名", heading], ["张三", "甲", "乙", numeric]])
    assert "id_numeric" in codes(row)
    assert not any(name.endswith("id_number") for name in row.values)


@pytest.mark.parametrize(
    "written", ["某某有限公司", "张三李四王五", "东华门街道", "同上", "张三（亡）"]
)
def test_what_is_hardly_a_name_is_asked_for(written):
    (row,) = read([["姓名", "身份证号"], [written, ZHANG]])
    assert codes(row) == ["name_odd"]


def test_a_code_with_a_note_in_brackets_takes_the_code_and_asks():
    row = one("困难类别", "深度困难（低保）")
    assert (row.values["hardship_type"], codes(row)) == ("深度困难", ["code_several"])
