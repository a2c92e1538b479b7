"""Ledgers that come as text: CSV in GB18030, tabs, an HTML table named .xls; and a roster."""

from collections.abc import Callable

from tests.importing.ledgers import Made, Truth, empty_book, saved, sheet_of
from tests.importing.people import people
from tests.workbooks.making import xls_of


def money():
    """GB18030 with letters of four bytes; money and words as people write them."""
    one, two, three, four = people(4, seed=6)
    rows = [
        ["职工姓名", "身份证件号码", "困难程度", "政治面貌", "是否单亲", "补助金额", "家庭总收入"],
        ["𠮷㐂花", one.number, "深度", "党员", "是√", "\"2,000元\"", "0.2万"],
        [two.name, f"{two.number}。", "相对困难职工", "团员", "—", "贰仟元整", "约20000"],
        [three.name, f"\u3000{three.number}\u00a0", "特困", "群众", "有", "-500", "若干"],
        [f"{four.name[0]}·{four.name[1:]}", four.number, "/", "无", "否", "", "24000.00 "],
    ]  # fmt: skip
    text = "\r\n".join(",".join(row) for row in rows)
    columns = (
        "name", "id_number", "hardship_type", "political_status", "is_single_parent",
        "relief_amount", "household_annual_income",
    )  # fmt: skip
    truth = {
        2: ({"name": "𠮷㐂花", "id_number": one.number, "hardship_type": "深度困难",
             "political_status": "中共党员", "is_single_parent": "是", "relief_amount": "2000",
             "household_annual_income": "2000"}, []),
        3: ({"name": two.name, "id_number": two.number, "hardship_type": "相对困难",
             "political_status": "共青团员", "is_single_parent": "否", "relief_amount": "2000",
             "household_annual_income": "20000"}, ["amount_guessed"]),
        4: ({"name": three.name, "id_number": three.number, "hardship_type": "特困",
             "political_status": "群众", "is_single_parent": "是"},
            ["amount_invalid", "amount_invalid", "code_unknown"]),
        5: ({"name": f"{four.name[0]}·{four.name[1:]}", "id_number": four.number,
             "is_single_parent": "否", "household_annual_income": "24000"}, []),
    }  # fmt: skip
    return Made(text.encode("gb18030"), [Truth((1,), columns, truth)])


def portal():
    """A page of a portal named .xls: spanned headings and cells, words of the older standard."""
    one, two, three = people(3, seed=7)
    page = f"""<html><head><meta charset="gb2312"></head><body><table border=1>
    <tr><td colspan=6>困难职工信息导出</td></tr>
    <tr><th rowspan=2>街镇</th><th rowspan=2>姓名</th><th rowspan=2>身份证号码</th>
        <th rowspan=2>困难类别</th><th colspan=2>家庭成员</th></tr>
    <tr><th>姓名</th><th>关系</th></tr>
    <tr><td rowspan=2>东街道</td><td>{one.name}</td><td>&#39;{one.number}</td><td>低保边缘户</td>
        <td>甲一</td><td>母亲</td></tr>
    <tr><td>{two.name}</td><td>{two.number}&nbsp;</td><td>低保户</td><td></td><td></td></tr>
    <tr><td>西街道</td><td>{three.name}</td><td>{three.number}</td><td>意外致困户</td></tr>
    <tr><td>合计：3人</td></tr></table></body></html>"""
    columns = (
        "union", "name", "id_number", "hardship_type", "member1.name", "member1.relationship",
    )  # fmt: skip
    truth = {
        4: ({"union": "东街道", "name": one.name, "id_number": one.number,
             "hardship_type": "低保边缘户", "member1.name": "甲一",
             "member1.relationship": "母亲"}, ["code_old"]),
        5: ({"union": "东街道", "name": two.name, "id_number": two.number,
             "hardship_type": "低保户"}, ["code_old"]),
        6: ({"union": "西街道", "name": three.name, "id_number": three.number,
             "hardship_type": "意外致困户"}, ["code_old"]),
    }  # fmt: skip
    return Made(page.encode("gb18030"), [Truth((2, 3), columns, truth)])


def tabs():
    """Text with tabs, as Excel saves “Unicode 文本”: a title without tabs, commas in addresses."""
    one, two = people(2, seed=8)
    lines = [
        "某某镇2026年困难职工台账",
        "户主姓名\t身份证号\t户籍地址\t人均收入(元/年)\t建档日期\t备注",
        f"{one.name}\t{one.number}\t甲县,乙乡,丙村\t9600\t2024年3月\t同上",
        f'{two.name}\t="{two.number}"\t甲县,乙乡\t"1,2000"\t2024/3/5\t',
        "制表人：孙某\t\t\t\t\t",
    ]
    columns = (
        "name", "id_number", "hukou_region", "per_capita_annual_income", "file_date", "remark",
    )  # fmt: skip
    truth = {
        3: ({"name": one.name, "id_number": one.number, "hukou_region": "甲县,乙乡,丙村",
             "per_capita_annual_income": "9600", "file_date": "2024-03-01"},
            ["date_partial", "same_as_above"]),
        4: ({"name": two.name, "id_number": two.number, "hukou_region": "甲县,乙乡",
             "per_capita_annual_income": "12000", "file_date": "2024-03-05"}, []),
    }  # fmt: skip
    return Made("\r\n".join(lines).encode("utf-16"), [Truth((2,), columns, truth)])


def screen():
    """The export of a provincial screen in the old format: 档案类别 twice, decided by the words."""
    one, two, three = people(3, seed=9)
    rows = [
        ["填报单位", "档案类别", "职工编号", "姓名", "身份证号", "档案类别", "困难类别",
         "致困原因", "审核人"],
        ["某某总工会", "深度困难", "A001", one.name, one.number, "存量", "城镇困难职工",
         "6患重特大疾病", "甲"],
        [None, "相对", "A002", two.name, two.number, "增量", "困难农民工", "本人大病、残疾", "甲"],
        ["另一总工会", "意外", "A003", three.name, three.number, "返困", "城镇困难职工",
         "遭受意外事故", "乙"],
    ]  # fmt: skip
    columns = (
        "union", "hardship_type", "file_number", "name", "id_number", "file_kind", "family_kind",
        "hardship_cause", None,
    )  # fmt: skip
    words = [
        ("深度困难", "存量", "城镇困难职工", "患重特大疾病", []),
        ("相对困难", "增量", "困难农民工", "本人大病", ["code_several"]),
        ("意外致困", "返困", "城镇困难职工", "遭受意外事故", []),
    ]
    truth = {
        number: (
            {"union": "另一总工会" if number == 4 else "某某总工会", "hardship_type": kind,
             "file_number": f"A00{number - 1}", "name": person.name, "id_number": person.number,
             "file_kind": file_kind, "family_kind": family, "hardship_cause": cause},
            codes,
        )
        for number, (person, (kind, file_kind, family, cause, codes)) in enumerate(
            zip((one, two, three), words, strict=True), start=2
        )
    }  # fmt: skip
    return Made(xls_of(rows, merges=[(2, 1, 3, 1)]), [Truth((1,), columns, truth)])


def roster():
    """A list for signing: page sums, 代领, goods and money apart, 大写 at the end."""
    one, two, three = people(3, seed=10)
    heading = [
        "序号", "姓名", "身份证号", "慰问金(元)", "慰问品名称及数量", "折合金额(元)", "领取日期",
        "领取人签字(手印)", "代领人签字及与本人关系", "备注",
    ]  # fmt: skip
    rows = [
        ["某某区总工会2026年元旦春节送温暖慰问金发放花名册"],
        ["发放时间：2026年1月", None, None, "资金来源：本级工会经费", None, None, None, "单位：元"],
        heading,
        [1, one.name, one.number, 1000, "米2袋油1桶", 180],
        [2, two.name, two.number, "1,000", "同上", 180],
        ["本页小计", None, None, 2000, None, 360],
        heading,
        [1, three.name, three.number, 500, None, None, None, None, "其子代领"],
        ["合计", None, None, 2500, None, 360],
        ["人民币大写：贰仟伍佰元整"],
        ["经办人：", None, "复核人：", None, "财务：", None, "工会主席（签字）："],
    ]
    book = empty_book()
    sheet_of(book, "花名册", rows, merges=["A1:J1", "A6:C6", "A10:J10"])
    columns = (
        None, "name", "id_number", "relief_amount", "relief_goods", "goods_value", None, None,
        None, "remark",
    )  # fmt: skip
    goods = {"relief_goods": "米2袋油1桶", "goods_value": "180", "relief_amount": "1000"}
    truth = {
        4: ({"name": one.name, "id_number": one.number, **goods}, []),
        5: ({"name": two.name, "id_number": two.number, **goods}, ["same_as_above"]),
        8: ({"name": three.name, "id_number": three.number, "relief_amount": "500"}, []),
    }
    return Made(saved(book), [Truth((3,), columns, truth)])


AS_TEXT: dict[str, Callable[[], Made]] = {
    "money.csv": money,
    "portal.xls": portal,
    "tabs.txt": tabs,
    "screen.xls": screen,
    "roster.xlsx": roster,
}
