"""What a group of problems is called on the page, and what is to be done about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from beneficiaries.importing.problems import Severity
from beneficiaries.models import StagedRow
from beneficiaries.services.ledgers.overview import label_of

ICONS: Final = {
    Severity.ERROR: ("err", "cross"),
    Severity.CHOOSE: ("info", "equals"),
    Severity.CONFIRM: ("warn", "warning"),
}
_MEND: Final = "对照证件或原表，在这里逐条改；改不了的先留着"
_LOST: Final = "Excel 里已经丢了几位，要对照原件重新填"
_CONFIRM: Final = "看过没有问题就全部确认；不对的逐条改"
_ONE_ROW: Final = "一个人只留一行：跳过多出来的行，或改正号码"
_SIDES: Final = "以哪一边为准，可以一起选，也可以逐条选"


class Words(NamedTuple):
    """`title` takes {label}."""

    title: str
    how: str = _CONFIRM


WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "id_rounded": Words("{label}最后三位都是 0，可能丢了后几位", "对照证件确认或改正"),
        "id_missing": Words("没有{label}", "补填；找不到的先留着，不写入"),
        "id_length": Words("{label}位数不对", _MEND),
        "id_checksum": Words("{label}末位校验不对", _MEND),
        "id_birth_invalid": Words("{label}里的出生日期不存在", _MEND),
        "id_numeric": Words("{label}被 Excel 变成了数字", _LOST),
        "id_15": Words("{label}是 15 位旧号码", "换成 18 位，看过就全部确认"),
        "id_other_paper": Words("{label}不是居民身份证号", "是护照或其他证件就确认"),
        "name_missing": Words("没有{label}", "补填，或跳过这一行"),
        "name_odd": Words("{label}不像人名"),
        "name_private_character": Words("{label}里有自造字"),
        "duplicate_in_file": Words("表内重复：同一个{label}出现几次", _ONE_ROW),
        "duplicate_suspected": Words("可能重复：{label}相同", "不是同一个人就确认"),
        "member_duplicate": Words("家庭成员重复：{label}在别的行里", "改正或清空，或跳过这一行"),
        "sex_mismatch": Words("性别与身份证号不符", _SIDES),
        "birth_mismatch": Words("出生日期与身份证号不符", _SIDES),
        "date_invalid": Words("{label}不是日期", _MEND),
        "date_partial": Words("{label}没有写到日"),
        "date_guessed": Words("{label}的写法是猜的"),
        "phone_invalid": Words("{label}不是电话号码", "改正；没有电话就确认"),
        "phone_landline": Words("{label}里没有手机号"),
        "bank_numeric": Words("{label}被 Excel 变成了数字", _LOST),
        "bank_luhn": Words("{label}校验位不对", "对照银行卡确认或改正"),
        "bank_rounded": Words("{label}最后几位都是 0", "对照银行卡确认或改正"),
        "bank_invalid": Words("{label}不像银行账号"),
        "amount_invalid": Words("{label}不是金额", "改成纯数字，单位是元"),
        "amount_guessed": Words("{label}的金额是猜的"),
        "amount_unusual": Words("{label}大小不寻常", "单位是元还是万元？看过再确认"),
        "number_unclear": Words("{label}不是一个数", "改正；确认就是留空"),
        "digits_lost": Words("{label}被 Excel 变成了数字", _LOST),
        "text_became_date": Words("{label}被 Excel 变成了日期"),
        "same_as_above": Words("{label}写的是“同上”"),
        "number_invalid": Words("{label}不是一个数", _MEND),
        "code_unknown": Words("{label}里有没见过的写法", "指定是哪一项，以后会记住；不指定就留空"),
        "code_old": Words("{label}是旧标准的写法"),
        "code_several": Words("{label}写了不止一项"),
        "formula_error": Words("{label}的公式出错", "填上正确的内容"),
        "text_too_long": Words("{label}太长", "在这里缩短"),
        "household_size_mismatch": Words("家庭人口与列出的成员不符"),
        "household_rows_differ": Words("一户几行，{label}写法不一"),
        "known_elsewhere": Words(
            "这个{label}在别的机构已登记", "关联这个人，资料由原机构维护；或跳过"
        ),
        "name_differs": Words("姓名与库里登记的不同", "改了名就确认；抄错号码就改号码"),
        "id_differs": Words(
            "选了同一个人，{label}却不同", "抄错了就改号码；确认就是按另一个人登记"
        ),
        "alike_birth": Words("姓名和出生日期与库里的人相同", "逐条选是不是同一人"),
        "alike_phone": Words("姓名和手机号与库里的人相同", "逐条选是不是同一人"),
        "household_has_file": Words("已在另一份在用的困难档案里", "一户只建一份：改正，或跳过"),
        "file_under_review": Words("本年度的档案正在审核", "等审核结束，或跳过这一行"),
        "file_rejected": Words("本年度申报过，不予建档", "跳过这一行；要再申报到人员页面办理"),
        "union_unknown": Words("没找到这个机构", "指定是哪个机构；或一起记在本次的机构"),
        "union_differs": Words("登记在别的机构", "确认后只更新资料，不转移"),
        "member_nameless": Words("{label}没填", "补填；确认就是这一组不写入"),
        "region_unknown": Words("{label}不在区划表里", "改正；确认就是不记这一项"),
        "causes_unknown": Words("{label}对不上代码表", "改正；确认就是不记这一项"),
        "postcode_invalid": Words("{label}不是 6 位数字", "改正；确认就是不记这一项"),
        "changed_since": Words("核对以后资料又变了", "看过最新的比对再确认"),
        "household_read": Words("同一户的另一行读成了家庭成员"),
        "header_moved": Words("中途换了表头，可能读错列", "把这一段放到另一张工作表再上传"),
        "row_hidden": Words("Excel 里隐藏的行", "要写入就确认，不要就跳过"),
    }
)


def title_of(code: str, field: str) -> str:
    return WORDS[code].title.format(label=label_of(field))


def problem_titles(row: StagedRow) -> list[str]:
    """What is open in a row, in the words of its groups."""
    keys = (key.partition(":") for key in row.open_problems)
    return list(dict.fromkeys(title_of(code, field) for code, _, field in keys))
