"""What single cells mean. The workbook stores what people typed; this is what they meant."""

from datetime import date
from decimal import Decimal

import pytest

from tests.beneficiaries.numbers import id_number
from tests.importing.making import Broken, codes, read

ZHANG, LI, WANG = id_number(1), id_number(3), id_number(5)
OLD = "110101680101001"


def one(heading, value, number=ZHANG):
    """The row of a person with one more cell."""
    (row,) = read([["姓名", "身份证号", heading], ["张三", number, value]])
    return row


@pytest.mark.parametrize(
    "written",
    [
        ZHANG,
        f" {ZHANG}\u00a0",
        f"'{ZHANG}",
        f"{ZHANG[:6]} {ZHANG[6:14]} {ZHANG[14:]}",
        ZHANG.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"{ZHANG}。",
        f"\u202d{ZHANG}\u202c",
    ],
)
def test_spellings_of_an_id_number(written):
    row = one("备注", "", number=written)
    assert (row.values["id_number"], codes(row)) == (ZHANG, [])


@pytest.mark.parametrize("sign", ["x", "X", "×", "Ⅹ"])
def test_signs_for_the_check_digit_x(sign):
    number = next(one for one in map(id_number, range(1, 99, 2)) if one.endswith("X"))
    assert one("备注", "", number=number[:-1] + sign).values["id_number"] == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (110101196801010017, "id_numeric"),
        ("1.10101E+17", "id_numeric"),
        (ZHANG[:-1], "id_length"),
        (f"{ZHANG} {LI}", "id_length"),
        (ZHANG[:-1] + ("0" if ZHANG[-1] != "0" else "1"), "id_checksum"),
        (id_number(1, birth="19681301"), "id_birth_invalid"),
        (OLD, "id_15"),
        ("", "id_missing"),
        (Broken("#N/A"), "formula_error"),
    ],
)
def test_id_numbers_that_somebody_must_look_at(written, code):
    assert codes(one("备注", "x", number=written)) == [code]


def test_fifteen_digits_come_with_the_eighteen_they_would_be():
    (problem,) = one("备注", "", number=OLD).problems
    assert problem.suggestion.startswith("11010119680101001")
    assert problem.severity == "confirm"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1975-3-5", "1975-03-05"),
        ("1975/03/05", "1975-03-05"),
        ("1975.3.5", "1975-03-05"),
        ("1975年3月5日", "1975-03-05"),
        ("19750305", "1975-03-05"),
        (19750305, "1975-03-05"),
        (27458, "1975-03-05"),
        (date(1975, 3, 5), "1975-03-05"),
        ("１９７５．３．５", "1975-03-05"),
        ("1975-03-05 00:00:00", "1975-03-05"),
    ],
)
def test_whole_dates(written, day):
    row = one("建档日期", written)
    assert (row.values["file_date"], codes(row)) == (day, [])


@pytest.mark.parametrize(
    ("written", "day", "code"),
    [
        ("1975.03", "1975-03-01", "date_partial"),
        ("1975年", "1975-01-01", "date_partial"),
        ("197503", "1975-03-01", "date_partial"),
        ("75年3月", "1975-03-01", "date_guessed"),
        (1975.1, "1975-01-01", "date_guessed"),
    ],
)
def test_dates_that_say_less(written, day, code):
    row = one("建档日期", written)
    assert (row.values["file_date"], codes(row)) == (day, [code])


@pytest.mark.parametrize("written", ["2021-13-01", "不详", "1975.2.30", True, 12, "1875-01-01"])
def test_what_is_no_date(written):
    row = one("建档日期", written)
    assert ("file_date" in row.values, codes(row)) == (False, ["date_invalid"])


@pytest.mark.parametrize("written", ["1968.1", "1968年", Decimal("1968.1"), "68年1月"])
def test_half_a_birth_date_is_settled_by_the_id_number(written):
    row = one("出生年月", written)
    assert (row.values["birth_date"], codes(row)) == ("1968-01-01", [])


def test_1975_1_as_a_number_may_mean_october():
    number = id_number(1, birth="19751009")
    row = one("出生年月", 1975.1, number=number)
    assert (row.values["birth_date"], codes(row)) == ("1975-10-09", [])


def test_sex_and_birth_against_the_id_number_leave_a_choice():
    (row,) = read([["姓名", "身份证号", "性别", "出生日期"], ["张三", ZHANG, "女", "1970-01-01"]])
    assert codes(row) == ["birth_mismatch", "sex_mismatch"]
    assert {problem.suggestion for problem in row.problems} == {"男", "1968-01-01"}
    assert (row.values["sex"], row.values["birth_date"]) == ("女", "1970-01-01")


@pytest.mark.parametrize(
    ("written", "yuan"),
    [
        ("2,000元", "2000"),
        ("0.2万", "2000"),
        ("0.2万元", "2000"),
        ("贰仟元整", "2000"),
        ("两千", "2000"),
        ("2000.00 ", "2000"),
        ("￥2,000", "2000"),
        ("２０００", "2000"),
        (833.3333333, "833.33"),
        (0, "0"),
    ],
)
def test_amounts(written, yuan):
    row = one("慰问金", written)
    assert (row.values["relief_amount"], codes(row)) == (yuan, [])


def test_an_amount_about_something_is_asked_for():
    row = one("慰问金", "约2000")
    assert (row.values["relief_amount"], codes(row)) == ("2000", ["amount_guessed"])


@pytest.mark.parametrize(
    "written", ["-500", -500, "2000-3000", "若干", "一22", "零十一", Broken("#REF!"), True]
)
def test_what_is_no_amount(written):
    row = one("慰问金", written)
    assert "relief_amount" not in row.values
    assert codes(row) in (["amount_invalid"], ["formula_error"])


@pytest.mark.parametrize("written", ["", "/", "—", "无", " "])
def test_a_blank_amount_is_not_nothing(written):
    row = one("慰问金", written)
    assert ("relief_amount" in row.values, codes(row)) == (False, [])


@pytest.mark.parametrize(
    ("written", "mobile", "others"),
    [
        (13800000000, "13800000000", None),
        ("138 0000 0000", "13800000000", None),
        ("+86 138-0000-0000", "13800000000", None),
        ("13800000000/13900000000", "13800000000", "13900000000"),
        ("010-64000000、13800000000", "13800000000", "010-64000000"),
    ],
)
def test_phones(written, mobile, others):
    row = one("联系电话", written)
    assert (row.values["phone"], row.values.get("other_contact")) == (mobile, others)


def test_a_landline_is_kept_as_another_contact_and_told():
    row = one("联系电话", "010-64000000")
    assert row.values["other_contact"] == "010-64000000"
    assert codes(row) == ["phone_landline"]


def test_half_a_phone_number_is_told():
    assert codes(one("联系电话", "1380000")) == ["phone_invalid"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (6222021234567890123, "bank_numeric"),
        (621700001234567, "bank_numeric"),
        ("6222 0212 3456 7890 123", "bank_luhn"),
        ("请问本人", "bank_invalid"),
    ],
)
def test_card_numbers_that_somebody_must_look_at(written, code):
    assert codes(one("银行卡号", written)) == [code]


def test_a_card_number_with_blanks():
    assert (
        one("银行卡号", "6222 5727 4142 9893 648").values["bank_account"] == "6222572741429893648"
    )


@pytest.mark.parametrize(
    ("heading", "written", "name"),
    [
        ("性别", "男性", "男"),
        ("性别", "M", "男"),
        ("政治面貌", "党员", "中共党员"),
        ("困难类别", "深度困难职工", "深度困难"),
        ("致困原因", "6患重特大疾病", "患重特大疾病"),
        ("是否单亲", "是√", "是"),
        ("是否单亲", "—", "否"),
        ("健康状况", "股骨头坏死", "股骨头坏死"),
        ("健康状况", "高血压", "高血压病"),
    ],
)
def test_words_and_their_variants(heading, written, name):
    row = one(heading, written)
    assert [value for key, value in row.values.items() if key not in {"name", "id_number"}] == [
        name
    ]
    assert codes(row) == []


@pytest.mark.parametrize(
    ("heading", "written", "code"),
    [
        ("困难类别", "低保边缘户", "code_old"),
        ("困难类别", "特困", "code_unknown"),
        ("致困原因", "本人大病、残疾", "code_several"),
        ("家庭人口", "很多", "number_invalid"),
        ("家庭住址", "长" * 201, "text_too_long"),
    ],
)
def test_words_that_somebody_must_look_at(heading, written, code):
    assert codes(one(heading, written)) == [code]


def test_an_old_word_says_what_it_is_called_now():
    (problem,) = one("困难类别", "低保户").problems
    assert "深度困难" in problem.message


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("张 三", "张三"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("𠮷野家", "𠮷野家"),
        ("㐂㐂", "㐂㐂"),
        ("张\u200b三", "张三"),
    ],
)
def test_names(written, name):
    (row,) = read([["姓名", "身份证号"], [written, ZHANG]])
    assert (row.values["name"], codes(row)) == (name, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [("", "name_missing"), ("张三2", "name_odd"), ("张\ue000", "name_private_character")],
)
def test_names_that_somebody_must_look_at(written, code):
    (row,) = read([["姓名", "身份证号", "备注"], [written, ZHANG, "x"]])
    assert codes(row) == [code]


def test_the_same_person_twice_in_a_file_and_on_another_sheet():
    heading = ["姓名", "身份证号"]
    first, again, elsewhere = read(
        [heading, ["张三", ZHANG], ["张三", ZHANG.lower()]], [heading, ["张三", ZHANG]]
    )
    assert [codes(row) for row in (first, again, elsewhere)] == [
        [],
        ["duplicate_in_file"],
        ["duplicate_in_file"],
    ]
    assert "“表1”第 2 行" in elsewhere.problems[0].message


def test_fifteen_and_eighteen_digits_are_the_same_person():
    (problem,) = one("备注", "", number=OLD).problems
    _, again = read([["姓名", "身份证号"], ["张三", OLD], ["张三", problem.suggestion]])
    assert codes(again) == ["duplicate_in_file"]


def test_people_without_a_number_are_suspected_by_name_and_phone():
    heading = ["姓名", "身份证号", "联系电话"]
    _, again = read([heading, ["张三", ZHANG, "13800000000"], ["张三", "", "13800000000"]])
    assert codes(again) == ["duplicate_suspected", "id_missing"]


def test_a_member_of_one_household_who_applies_himself():
    heading = ["姓名", "身份证号", "家庭成员1姓名", "家庭成员1身份证号"]
    _, again = read([heading, ["张三", ZHANG, "李四", LI], ["李四", LI, "", ""]])
    assert codes(again) == ["member_duplicate"]


def test_a_member_is_judged_like_the_applicant():
    heading = ["姓名", "身份证号", "家庭成员1姓名", "家庭成员1性别", "家庭成员1身份证号"]
    (row,) = read([heading, ["张三", ZHANG, "李四", "女", LI]])
    assert codes(row) == ["sex_mismatch"]
    assert row.problems[0].field == "member1.sex"


def test_the_size_of_a_household_against_its_members():
    heading = ["姓名", "身份证号", "家庭人口", "家庭成员1姓名"]
    (row,) = read([heading, ["张三", ZHANG, "4人", "李四"]])
    assert (row.values["household_size"], codes(row)) == ("4", ["household_size_mismatch"])
