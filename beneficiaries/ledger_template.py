"""The empty 困难职工台账 to fill in: headings that our own import reads, lists, hints, notes."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpResponse

from beneficiaries.ledger_layout import LEDGER
from relief.codes.models import Code
from relief.lib.workbooks.template import template_response

TITLE: Final = "困难职工台账模板"
#: Columns that nobody fills in: the system knows who and when, or works it out.
_NOT_ASKED: Final = frozenset({"建档人", "审核人", "录入人"})
#: 编号 alone could as well be the number of the line.
_CLEARER: Final = {"编号": "档案编号"}
_YES_NO: Final = ("是", "否")
_SEXES: Final = ("男", "女")
_HINTS: Final = {
    "档案编号": "原来的档案编号，没有就空着。",
    "姓名": "必填，与证件上一致。",
    "身份证号": "18 位。单元格已是文本格式，直接输入，不会变成科学计数。",
    "出生日期": "例如 1968-01-01；有身份证号可以不填。",
    "手机号码": "11 位手机号，座机填在“其他联系方式”。",
    "建筑面积": "平方米，只填数字。",
    "工作时间": "参加工作的日期，例如 1990-07-01。",
    "本人月平均收入": "元，只填数字。",
    "家庭年度总收入": "元，只填数字，全家 12 个月。",
    "家庭人口": "含本人，只填数字。",
    "家庭月人均收入": "可以不填，系统按年收入和人口计算。",
    "银行卡号": "单元格已是文本格式，直接输入。",
    "建档日期": "例如 2026-01-01。",
}
_NOTES: Final = (
    "怎样填写",
    "1. 一行填一个人，从第 2 行开始；标题行不要改、不要删，列可以空着。",
    "2. 有下拉箭头的列请从列表里选，可填的值都在“可选值”这张表里。",
    "3. 身份证号、手机号、银行卡号已设成文本，直接输入；从别处粘贴时选“只粘贴值”。",
    "4. 日期写成 2026-01-01；金额以元为单位，只填数字。",
    "5. 家庭成员不含本人，每人一组，最多五组；第一组填完再填第二组。",
    "6. 填好后在“困难职工台账”页点“导入”。写入之前会先让您核对，写入后 24 小时内可以撤销。",
)


def headings() -> list[str]:
    asked = [column.heading for column in LEDGER if column.heading not in _NOT_ASKED]
    return [_CLEARER.get(heading, heading) for heading in asked]


def ledger_template() -> HttpResponse:
    return template_response(TITLE, headings(), _choices(), hints=_HINTS, notes=_NOTES)


def _choices() -> Mapping[str, list[str]]:
    """Heading → the words of its list that may be chosen today."""
    lists = {column.code_list for column in LEDGER if column.code_list}
    offered: dict[str, list[str]] = {"yes_no": [*_YES_NO], "gender": [*_SEXES]}
    codes = Code.objects.current().filter(list_id__in=lists - offered.keys())
    for code in codes.order_by("list_id", "position", "key"):
        words = offered.setdefault(code.list_id, [])
        if code.name not in words:
            words.append(code.name)
    return {
        column.heading: offered[column.code_list]
        for column in LEDGER
        if offered.get(column.code_list) and column.heading not in _NOT_ASKED
    }
