"""Where a table begins and what its columns are: layouts that offices use, none of them ours."""

import pytest

from beneficiaries.importing import Choices
from tests.beneficiaries.numbers import id_number
from tests.importing.making import fields_of, ledger, read, skipped

ZHANG, LI, WANG = id_number(1), id_number(3), id_number(5)
SIMPLE = ["姓名", "身份证号", "联系电话"]


def people(*names):
    numbers = [ZHANG, LI, WANG]
    return [[name, numbers[at], f"1380000000{at}"] for at, name in enumerate(names)]


def test_titles_and_lines_of_the_form_stand_above_the_heading():
    rows = [
        ["附件1"],
        ["某某区总工会 2026 年元旦春节送温暖困难职工台账"],
        [],
        ["填报单位（盖章）：", "", "填报时间： 年 月 日"],
        SIMPLE,
        *people("张三"),
    ]
    found = ledger(rows)
    assert found.layouts[0].header_rows == (5,)
    assert [row.values["name"] for row in found.rows(found.layouts[0])] == ["张三"]


def test_a_heading_of_three_rows_with_merged_groups():
    rows = [
        ["困难职工家庭情况登记表"],
        ["姓名", "身份证号", "家庭成员情况", "", "", "", "收入"],
        ["", "", "成员一", "", "成员二", "", ""],
        ["", "", "姓名", "关系", "姓名", "关系", "家庭年收入（万元）"],
        ["张三", ZHANG, "李四", "妻子", "张小", "儿子", 3.6],
    ]
    merges = [(2, 1, 4, 1), (2, 2, 4, 2), (2, 3, 2, 6), (3, 3, 3, 4), (3, 5, 3, 6), (2, 7, 3, 7)]
    found = ledger(rows, merges=merges)
    assert found.layouts[0].header_rows == (2, 3, 4)
    assert [column.field for column in found.layouts[0].columns] == [
        "name",
        "id_number",
        "member1.name",
        "member1.relationship",
        "member2.name",
        "member2.relationship",
        "household_annual_income",
    ]
    (row,) = found.rows(found.layouts[0])
    assert row.values["household_annual_income"] == "36000"
    assert row.values["member2.relationship"] == "儿子"


def test_the_flat_import_of_the_national_system():
    """DOMAIN §6.1 no. 1, with numbered groups of family members, some of them half filled."""
    members = [
        f"家庭成员{n}{part}" for n in (1, 2) for part in ("姓名", "关系", "身份证号", "单位或学校")
    ]
    heading = [
        "编号",
        "困难类别",
        "姓名",
        "民族",
        "性别",
        "政治面貌",
        "身份证号",
        "出生日期",
        "健康状况",
        "工作状态",
        "劳模类型",
        "住房类型",
        "建筑面积",
        "手机号码",
        "其他联系方式",
        "邮政编码",
        "工作时间",
        "婚姻状态",
        "户口类型",
        "家庭住址",
        "工作单位",
        "单位性质",
        "是否单亲",
        "本人月平均收入",
        "家庭年度总收入",
        "家庭人口",
        "家庭月人均收入",
        "户口所在地",
        "是否进入医保",
        "主要致困原因",
        "开户银行",
        "支行名称",
        "银行卡号",
        "建档人",
        "审核人",
        "录入人",
        "建档日期",
    ]
    assert fields_of([[*heading, *members], ["KN-0001"]]) == [
        "file_number", "hardship_type", "name", "ethnicity", "sex", "political_status", "id_number",
        "birth_date", "health", "work_status", "model_worker_level", "housing", "floor_area",
        "phone", "other_contact", "postcode", "work_start_date", "marriage", "hukou_type",
        "address", "workplace", "employer_kind", "is_single_parent", "personal_monthly_income",
        "household_annual_income", "household_size", "per_capita_monthly_income", "hukou_region",
        "medical_insurance", "hardship_cause", "bank_name", "bank_branch", "bank_account",
        None, None, None, "file_date",
        *(f"member{n}.{part}" for n in (1, 2)
          for part in ("name", "relationship", "id_number", "workplace_or_school")),
    ]  # fmt: skip


def test_what_stands_in_a_column_decides_where_two_headings_are_the_same():
    """DOMAIN §6.1 no. 2: 档案类别 twice, and 困难类别 holds something else again."""
    heading = [
        "序号",
        "填报单位",
        "档案类别",
        "姓名",
        "身份证号",
        "档案类别",
        "困难类别",
        "致困原因",
    ]
    rows = [
        [1, "甲街道", "深度困难", "张三", ZHANG, "存量", "城镇困难职工", "本人大病"],
        [2, "甲街道", "相对", "李四", LI, "增量", "困难农民工", "下岗失业"],
        [3, "乙街道", "意外致困", "王五", WANG, "返困", "城镇困难职工", "残疾"],
    ]
    assert fields_of([heading, *rows]) == [
        None, "union", "hardship_type", "name", "id_number", "file_kind", "family_kind",
        "hardship_cause",
    ]  # fmt: skip


def test_a_heading_that_its_column_contradicts_is_not_believed():
    rows = [
        ["姓名", "联系电话", "身份证号"],
        *([name, number, ""] for name, number, _ in people("张三", "李四")),
    ]
    assert fields_of(rows)[:2] == ["name", "id_number"]


def test_units_stand_in_the_brackets_of_each_heading():
    """DOMAIN §6.1 no. 4: 万元 and 元 in the same sheet."""
    heading = ["姓名", "身份证号", "家庭年收入(万元)", "个人年收入（千元）", "困难帮扶金额[元]"]
    (row,) = read([heading, ["张三", ZHANG, 2.4, "1.5", "1,000.00 "]])
    assert row.values["household_annual_income"] == "24000"
    assert row.values["personal_annual_income"] == "1500"
    assert row.values["relief_amount"] == "1000"


def test_a_yearly_income_per_head_is_another_field_than_a_monthly_one():
    heading = ["姓名", "身份证号", "家庭年人均收入", "家庭月人均收入"]
    assert fields_of([heading])[2:] == ["per_capita_annual_income", "per_capita_monthly_income"]


def test_a_household_that_takes_several_rows_is_one_person():
    rows = [
        ["户主", "身份证号", "家庭成员", "", "街道"],
        ["", "", "姓名", "关系", ""],
        ["张三", ZHANG, "李四", "妻子", "东街道"],
        ["", "", "张小", "儿子", ""],
        ["王五", WANG, "赵六", "丈夫", ""],
    ]
    merges = [(1, 3, 1, 4), (3, 1, 4, 1), (3, 2, 4, 2), (3, 5, 5, 5)]
    zhang, wang = read(rows, merges=merges)
    assert zhang.values["member1.name"] == "李四"
    assert zhang.values["member2.name"] == "张小"
    assert "member2.name" not in wang.values
    assert zhang.values["union"] == wang.values["union"] == "东街道"


def test_a_value_is_carried_down_only_inside_its_merged_cell():
    rows = [["街道", *SIMPLE], ["东街道", *people("张三")[0]], ["", *people("", "李四")[1]]]
    assert "union" not in read(rows)[1].values


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["合计", "", "3"], "合计行"),
        (["小计：2人", "", ""], "合计行"),
        (["", "总 计", ""], "合计行"),
        (["以下空白"], "空白标记"),
        (["填表人：赵明", "", "审核人：钱立"], "签字或说明行"),
        (["注：1.此表由街道总工会填写"], "签字或说明行"),
        (["2026年1月5日"], "签字或说明行"),
        (["姓 名", "身份证号", "联系电话"], "重复的表头"),
    ],
)
def test_rows_that_are_nobody(row, reason):
    assert skipped([SIMPLE, *people("张三"), row]) == {3: reason}


def test_a_separating_line_with_the_name_of_a_street_is_no_person():
    rows = [["序号", *SIMPLE], ["东华门街道"], [1, *people("张三")[0]], ["景山街道"]]
    assert skipped(rows) == {2: "标题或说明行", 4: "标题或说明行"}


def test_rows_that_only_count_on_are_no_people():
    assert skipped([["序号", *SIMPLE], [1, *people("张三")[0]], [2], [3]]) == {
        3: "只有序号",
        4: "只有序号",
    }


def test_serials_are_left_out_and_file_numbers_are_not():
    serials = [["编号", *SIMPLE], *([at, *row] for at, row in enumerate(people("张三", "李四"), 1))]
    numbers = [
        ["编号", *SIMPLE],
        *([f"D2024-{at}", *row] for at, row in enumerate(people("张三", "李四"))),
    ]
    assert fields_of(serials)[0] is None
    assert fields_of(numbers)[0] == "file_number"


def test_instructions_word_lists_and_hidden_sheets_are_told_apart():
    instructions = [["填表说明"], ["1.身份证号必须为18位。"]]
    words = [["困难类别"], ["深度困难"]]
    found = ledger(
        instructions, [SIMPLE, *people("张三")], words, [SIMPLE, *people("李四")], hidden=[3]
    )
    assert [bool(layout.reason) for layout in found.layouts] == [True, False, True, True]
    assert "隐藏" in found.layouts[3].reason


def test_blank_columns_stay_out():
    assert fields_of([["姓名", "", "身份证号"], ["张三", "", ZHANG]]) == ["name", None, "id_number"]


def test_a_correction_a_remembered_heading_and_a_fixed_value():
    rows = [["姓名", "身份证号", "代号", "联系电话"], ["张三", ZHANG, "KN-1", "13800000000"]]
    choices = {
        "台账": Choices(
            columns={3: ""}, remembered={"代号": "file_number"}, fixed={"union": "东街道"}
        )
    }
    (row,) = read(rows, choices=choices)
    assert row.values == {
        "name": "张三",
        "id_number": ZHANG,
        "file_number": "KN-1",
        "union": "东街道",
    }


def test_a_heading_that_a_person_pointed_at():
    rows = [["姓名", "身份证号", "电话"], ["姓名", "身份证号", "备注"], ["张三", ZHANG, "x"]]
    found = ledger(rows, choices={"台账": Choices(header_rows=(2,))})
    assert found.layouts[0].header_rows == (2,)
    assert found.layouts[0].column_of("remark")


def test_every_guess_says_why_and_shows_samples():
    column = ledger([SIMPLE, *people("张三", "李四")]).layouts[0].columns[0]
    assert column.reason == "同名"
    assert column.samples == ("张三", "李四")


def test_a_serial_beside_a_column_that_nobody_knows():
    assert fields_of([["序号", *SIMPLE, "怪列"], [1, *people("张三")[0], "x"]])[-1] is None


def test_a_column_that_holds_something_under_no_heading():
    rows = [["姓名", "身份证号", ""], *([*row[:2], "x"] for row in people("张三", "李四"))]
    assert fields_of(rows) == ["name", "id_number", None]
