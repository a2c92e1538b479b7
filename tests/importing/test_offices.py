"""Ledgers as ten different offices would keep them. What is read wrongly in silence is the worst.

Each test holds one habit of an office; whoever finds another one adds it here.
"""

import pytest

from tests.beneficiaries.numbers import id_number
from tests.importing.making import codes, fields_of, ledger, read, skipped

ZHANG, LI, WANG, ZHAO = (id_number(at) for at in (1, 3, 5, 7))
WIFE, SON = id_number(2, birth="19700202"), id_number(9, birth="20050606")


def columns(heading, *rows):
    return fields_of([heading, *rows])


# --- Headings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("低保标准", None),
        ("医保卡号", None),
        ("社会保障卡号", None),
        ("代领人身份证号", None),
        ("经办人身份证号码", None),
        ("监护人身份证号", None),
        ("走访人联系电话", None),
        ("帮扶责任人电话", None),
        ("联系人", None),
        ("家庭月收入", "household_monthly_income"),
        ("家庭人均收入(元/年)", "per_capita_annual_income"),
        ("人均收入（元/月）", "per_capita_monthly_income"),
        ("个人月收入(元)", "personal_monthly_income"),
        ("家庭收入（元/月）", "household_monthly_income"),
        ("月收入(2024年)", "personal_monthly_income"),
        ("慰问品折合金额（元）", "goods_value"),
        ("*身份证号(18位)：", "id_number"),
        ("身 份 证\n号 码", "id_number"),
        ("户主身份证号", "id_number"),
        ("2026年元旦春节慰问金", "relief_amount"),
    ],
)
def test_a_heading_is_not_taken_for_one_that_it_only_contains(heading, field):
    assert columns(["姓名", "性别", heading], ["张三", "男", ""])[2] == field


@pytest.mark.parametrize("heading", ["代领人身份证号", "经办人证件", "监护人身份证"])
def test_the_number_of_somebody_else_is_never_the_persons(heading):
    rows = [["姓名", "性别", heading], ["张三", "男", LI], ["王五", "男", LI], ["赵六", "女", LI]]
    assert fields_of(rows) == ["name", "sex", None]
    assert all("id_number" not in row.values for row in read(rows))


def test_columns_of_a_spouse_are_those_of_a_member():
    heading = ["姓名", "身份证号", "配偶姓名", "配偶身份证号", "配偶月收入", "子女姓名"]
    (row,) = read([heading, ["张三", ZHANG, "李梅", WIFE, 800, "张小"]])
    assert row.values["member1.name"] == "李梅"
    assert row.values["member1.relationship"] == "配偶"
    assert row.values["member1.monthly_income"] == "800"
    assert row.values["member2.name"] == "张小"
    assert "personal_monthly_income" not in row.values


def test_repeated_headings_right_of_a_member_belong_to_him():
    heading = ["姓名", "身份证号", "家属姓名", "关系", "身份证号", "家属姓名", "关系", "身份证号"]
    (row,) = read([heading, ["张三", ZHANG, "李梅", "妻子", WIFE, "张小", "儿子", SON]])
    assert row.values["id_number"] == ZHANG
    assert (row.values["member1.id_number"], row.values["member2.id_number"]) == (WIFE, SON)


def test_a_unit_of_goods_is_no_employer():
    heading = ["姓名", "单位", "物品", "数量", "单位", "单价", "金额", "签字"]
    row = ["张三", "某某厂", "大米", 2, "袋", 60, 120, ""]
    assert columns(heading, row, row) == [
        "name", "workplace", "relief_goods", "relief_quantity", "goods_unit", "goods_price",
        "goods_value", None,
    ]  # fmt: skip


def test_units_in_the_row_below_the_heading():
    rows = [
        ["姓名", "身份证号", "家庭年收入", "家庭人均收入", "慰问金"],
        ["", "", "万元", "元/年", "元"],
        ["张三", ZHANG, 3.6, 9000, 500],
    ]
    (row,) = read(rows)
    assert row.values["household_annual_income"] == "36000"
    assert row.values["per_capita_annual_income"] == "9000"
    assert row.values["relief_amount"] == "500"


def test_a_unit_stated_above_the_table_is_that_of_all_amounts_without_one():
    rows = [
        ["填报单位：东街道", "", "", "金额单位：万元"],
        ["姓名", "身份证号", "家庭年收入", "慰问金(元)"],
        ["张三", ZHANG, 3.6, 500],
    ]
    (row,) = read(rows)
    assert row.values["household_annual_income"] == "36000"
    assert row.values["relief_amount"] == "500"


def test_a_heading_in_row_twelve_after_an_empty_column():
    above = [[f"说明{at}：请如实填写。"] for at in range(1, 12)]
    rows = [*above, ["", "姓名", "身份证号", "电话"], ["", "张三", ZHANG, "13800000000"]]
    found = ledger(rows)
    assert found.layouts[0].header_rows == (12,)
    assert [row.values["name"] for row in found.rows(found.layouts[0])] == ["张三"]


def test_the_first_person_is_no_part_of_the_heading():
    rows = [
        ["姓名", "与户主关系", "年龄", "备注"],
        ["张三", "本人", 50, "其他"],
        ["李四", "妻子", 49, ""],
    ]
    assert ledger(rows).layouts[0].header_rows == (1,)


def test_swapped_columns_are_seen_by_what_they_hold():
    heading = ["身份证号", "姓名", "银行卡号", "联系电话"]
    cards = ["6222572741429893648", "6217000010000000017"]
    rows = [
        [name, number, phone, card]
        for name, number, phone, card in zip(
            ["张三", "李四"], [ZHANG, LI], ["13800000000", "13900000000"], cards, strict=True
        )
    ]
    assert columns(heading, *rows)[:3] == ["name", "id_number", "phone"]


def test_a_firm_under_the_heading_of_names_is_not_believed():
    rows = [["姓名", "工作单位", "身份证号"], ["某某有限公司", "张三", ZHANG]]
    assert "name_odd" in codes(read(rows)[0])


def test_of_two_columns_of_one_name_the_one_that_is_seen_wins():
    rows = [["姓名", "身份证号", "身份证号"], ["张三", LI, ZHANG]]
    found = ledger(rows, hidden_columns={2})
    assert [one.field for one in found.layouts[0].columns] == ["name", "", "id_number"]
    assert "隐藏" in found.layouts[0].columns[1].reason


# --- Households ---------------------------------------------------------------------------------

FAMILY = ["序号", "姓名", "与户主关系", "身份证号", "月收入", "工作单位"]


def test_members_in_rows_of_their_own_below_the_head_are_no_applicants():
    rows = [
        FAMILY,
        [1, "张三", "户主", ZHANG, 1200, "某某厂"],
        ["", "李梅", "妻子", WIFE, 800, "某某店"],
        ["", "张小", "儿子", SON, "", "某某中学"],
        [2, "王五", "本人", WANG, 900, ""],
    ]
    zhang, wang = read(rows)
    assert zhang.values["member1.name"] == "李梅"
    assert zhang.values["member1.monthly_income"] == "800"
    assert zhang.values["member2.workplace_or_school"] == "某某中学"
    assert (zhang.values["id_number"], wang.values["id_number"]) == (ZHANG, WANG)
    assert codes(zhang) == []
    assert "member1.name" not in wang.values


def test_members_with_serials_of_their_own_are_asked_for():
    rows = [FAMILY, [1, "张三", "户主", ZHANG, "", ""], [2, "李梅", "妻子", WIFE, "", ""]]
    (zhang,) = read(rows)
    assert codes(zhang) == ["household_read"]


def test_a_merged_serial_holds_a_household_together():
    rows = [
        ["序号", "姓名", "身份证号", "家庭住址"],
        [1, "张三", ZHANG, "甲胡同 1 号"],
        ["", "李梅", WIFE, ""],
        [2, "王五", WANG, "乙胡同 2 号"],
    ]
    zhang, wang = read(rows, merges=[(2, 1, 3, 1), (2, 4, 3, 4)])
    assert zhang.values["member1.id_number"] == WIFE
    assert codes(zhang) == ["household_read"]
    assert wang.values["name"] == "王五"


def test_the_relationship_of_a_collector_makes_no_household():
    heading = ["序号", "姓名", "身份证号", "慰问金", "代领人", "与本人关系"]
    rows = [[1, "张三", ZHANG, 500, "", "本人"], [2, "王五", WANG, 500, "王小", "儿子"]]
    assert [row.values["name"] for row in read([heading, *rows])] == ["张三", "王五"]


def test_each_row_a_household_although_it_says_who_is_who():
    """Nobody is a head here: each row is of another household, whose rows are not listed."""
    rows = [FAMILY, [1, "李梅", "妻子", WIFE, "", ""], [2, "王五", "儿子", WANG, "", ""]]
    assert len(read(rows)) == 2


def test_an_applicant_listed_among_his_own_members_is_counted_once():
    heading = ["姓名", "身份证号", "家庭人口", "家庭成员1姓名", "家庭成员2姓名"]
    (row,) = read([heading, ["张三", ZHANG, 2, "张三", "李梅"]])
    assert codes(row) == []


# --- Rows ---------------------------------------------------------------------------------------

SIMPLE = ["序号", "姓名", "身份证号", "联系电话", "慰问金"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["合计人民币（大写）：贰万元整", "", "", "", 20000], "合计行"),
        (["本页小计", "", "", "", 1000], "合计行"),
        (["本街道合计：3户", "", "", "", ""], "合计行"),
        (["示例", "张三", ZHAO, "13800000000", 500], "示例行"),
        (["例：", "张三", ZHAO, "13800000000", 500], "示例行"),
        (["填表人：赵明", "", "联系电话：", "13800000000", ""], "签字或说明行"),
        (["", "东华门街道困难职工花名册（续）", "", "", ""], "标题或说明行"),
        (["第2页"], "签字或说明行"),
    ],
)
def test_more_rows_that_are_nobody(row, reason):
    assert skipped([SIMPLE, [1, "李四", LI, "13900000000", 500], row]) == {3: reason}


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        (["登记时间", "姓名", "身份证号", "电话"], ["2026年1月5日", "张三", "", "13800000000"]),
        (["工作单位", "姓名", "身份证号", "电话"], ["合计会计师事务所", "张三", "", "13800000000"]),
        (["单位", "姓名", "身份证号", "电话"], ["第2页印刷厂", "张三", "", "13800000000"]),
    ],
)
def test_somebody_without_a_number_is_not_left_out_for_a_word_in_front(heading, row):
    rows = [heading, ["", "李四", LI, "13900000000"], row]
    assert skipped(rows) == {}
    assert codes(read(rows)[1]) == ["id_missing"]


def test_a_second_table_below_with_other_columns_is_told_and_not_read_as_the_first():
    rows = [
        ["姓名", "身份证号", "慰问金", "家庭年收入"],
        ["张三", ZHANG, 500, 9000],
        ["姓名", "身份证号", "家庭年收入", "慰问金"],
        ["李四", LI, 9000, 500],
        ["姓名", "身份证号", "慰问金", "家庭年收入"],
        ["王五", WANG, 500, 9000],
    ]
    first, second, third = read(rows)
    assert (codes(first), codes(third)) == ([], [])
    assert codes(second) == ["header_moved"]
    assert second.problems[0].severity == "error"


def test_same_as_above_is_what_stands_above_and_is_asked_for():
    heading = ["姓名", "身份证号", "家庭住址", "工作单位", "慰问金"]
    rows = [
        heading,
        ["张三", ZHANG, "甲胡同 1 号", "某某厂", 500],
        ["李四", LI, "同上", "〃", "同上"],
        ["王五", WANG, "同上", "某某店", 600],
    ]
    _, li, wang = read(rows)
    assert li.values["address"] == wang.values["address"] == "甲胡同 1 号"
    assert (li.values["workplace"], li.values["relief_amount"]) == ("某某厂", "500")
    assert codes(li) == ["same_as_above"] * 3


def test_the_summary_of_the_streets_doubles_nobody():
    heading = ["姓名", "身份证号"]
    sheets = [
        [heading, ["张三", ZHANG], ["李四", LI]],
        [heading, ["张三", ZHANG]],
        [heading, ["李四", LI]],
    ]
    found = ledger(*sheets, names=["全区汇总", "东街道", "西街道"])
    assert [bool(layout.reason) for layout in found.layouts] == [True, False, False]
    people = [row for layout in found.layouts for row in found.rows(layout)]
    assert [codes(row) for row in people] == [[], []]


def test_a_summary_that_names_somebody_more_is_read():
    heading = ["姓名", "身份证号"]
    sheets = [[heading, ["张三", ZHANG], ["李四", LI]], [heading, ["张三", ZHANG]]]
    found = ledger(*sheets, names=["汇总", "东街道"])
    assert [layout.reason for layout in found.layouts] == ["", ""]


def test_two_groups_side_by_side_are_refused_and_not_halved():
    half = ["姓名", "身份证号", "慰问金", "签名"]
    rows = [half + half, ["张三", ZHANG, 500, "", "李四", LI, 500, ""]]
    assert "并排" in ledger(rows).layouts[0].reason


def test_a_member_who_is_given_something_himself_is_asked_for():
    rows = [
        ["姓名", "身份证号", "与户主关系", "慰问金"],
        ["张三", ZHANG, "户主", 500],
        ["李梅", WIFE, "配偶", 500],
    ]
    assert codes(read(rows)[0]) == ["household_read"]


def test_a_bare_heading_of_members_holds_their_names():
    heading = ["户主", "身份证号", "家庭成员", "关系"]
    (row,) = read([heading, ["张三", ZHANG, "李梅", "妻子"]])
    assert row.values["member1.name"] == "李梅"


def test_the_sum_of_a_street_is_nobody():
    row = ["东街道小计：2人", "", "", "", 1000]
    assert skipped([SIMPLE, [1, "李四", LI, "13900000000", 500], row]) == {3: "合计行"}
