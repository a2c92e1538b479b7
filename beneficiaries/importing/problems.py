"""What can be wrong with a row: the codes, how they are mended, and the sentence for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """How a problem is mended, not how bad it is."""

    ERROR = "error", "必须处理"
    CONFIRM = "confirm", "请确认"
    CHOOSE = "choose", "二选一"

    label: str

    def __new__(cls, value: str, label: str) -> "Severity":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


_ERROR, _CONFIRM, _CHOOSE = Severity

#: Code → severity and sentence; {label}, {seen} and {suggestion} are filled in.
CATALOGUE: Final[Mapping[str, tuple[Severity, str]]] = MappingProxyType(
    {
        "id_rounded": (
            _CONFIRM,
            (
                "{label}“{seen}”的最后三位都是 0，可能是 Excel 存成数字时丢了后几位。"
                "请对照证件确认。"
            ),
        ),
        "id_missing": (_ERROR, "没有{label}。请补填；找不到的话，这一行先留着不写入。"),
        "id_length": (_ERROR, "{label}“{seen}”不是 18 位。请对照证件补全。"),
        "id_checksum": (
            _ERROR,
            "{label}“{seen}”的最后一位对不上，中间有数字写错了。请对照证件改正。",
        ),
        "id_birth_invalid": (_ERROR, "{label}“{seen}”里的出生日期不存在。请对照证件改正。"),
        "id_numeric": (
            _ERROR,
            (
                "{label}在 Excel 里存成了数字（{seen}），后几位已经丢失，不能恢复。"
                "请对照证件重新填写，并先把这一列设为“文本”。"
            ),
        ),
        "id_15": (_CONFIRM, "{label}“{seen}”是 15 位的旧号码，换成 18 位是 {suggestion}。请确认。"),
        "id_other_paper": (
            _CONFIRM,
            "{label}“{seen}”不是居民身份证号，按护照或其他证件记录。请确认。",
        ),
        "name_missing": (_ERROR, "没有{label}。请补填。"),
        "name_odd": (_CONFIRM, "{label}“{seen}”不像一个人的姓名。请确认。"),
        "name_private_character": (
            _CONFIRM,
            "{label}“{seen}”里有一个没有标准编码的字（自造字），别的电脑上会显示成空白。请确认。",
        ),
        "duplicate_in_file": (_ERROR, "与{seen}是同一个{label}。一个人只留一行。"),
        "duplicate_suspected": (_CONFIRM, "与{seen}的{label}相同，可能是同一个人。请确认。"),
        "member_duplicate": (
            _ERROR,
            ("{seen}已有这个{label}。一户只建一份档案，请核对后改正、清空这一格，或跳过这一行。"),
        ),
        "sex_mismatch": (_CHOOSE, "表里写的是“{seen}”，按身份证号是“{suggestion}”。请选一个。"),
        "birth_mismatch": (_CHOOSE, "表里写的是 {seen}，按身份证号是 {suggestion}。请选一个。"),
        "date_invalid": (_ERROR, "{label}“{seen}”不是一个日期。请改成 2026-01-15 这样的写法。"),
        "date_partial": (_CONFIRM, "{label}“{seen}”没有写到日，按 {suggestion} 记录。请确认。"),
        "date_guessed": (_CONFIRM, "{label}“{seen}”按 {suggestion} 理解。请确认。"),
        "phone_invalid": (_CONFIRM, "{label}“{seen}”不是电话号码。请核对；没有电话可以留空。"),
        "phone_landline": (
            _CONFIRM,
            "{label}“{seen}”里没有手机号码，已作为其他联系方式。请确认。",
        ),
        "bank_numeric": (
            _ERROR,
            (
                "{label}在 Excel 里存成了数字（{seen}），后几位已经丢失，不能恢复。"
                "请对照银行卡重新填写，并先把这一列设为“文本”。"
            ),
        ),
        "bank_luhn": (_CONFIRM, "{label}“{seen}”的校验位不对，可能抄错了一位。请对照银行卡确认。"),
        "bank_rounded": (
            _CONFIRM,
            (
                "{label}“{seen}”的最后几位都是 0，可能是 Excel 存成数字时丢了后几位。"
                "请对照银行卡确认。"
            ),
        ),
        "bank_invalid": (_CONFIRM, "{label}“{seen}”不像银行账号。请确认。"),
        "amount_invalid": (_ERROR, "{label}“{seen}”不是一个金额。请改成纯数字，单位为元。"),
        "amount_guessed": (_CONFIRM, "{label}“{seen}”按 {suggestion} 元理解。请确认。"),
        "amount_unusual": (
            _CONFIRM,
            "{label}“{seen}”按 {suggestion} 元记录，大小不寻常。请确认单位是元还是万元。",
        ),
        "number_unclear": (_CONFIRM, "{label}“{seen}”不是一个数，没有采用。请填一个数，或留空。"),
        "digits_lost": (
            _ERROR,
            (
                "{label}在 Excel 里存成了数字（{seen}），后几位已经丢失，不能恢复。"
                "请重新填写，并先把这一列设为“文本”。"
            ),
        ),
        "text_became_date": (
            _CONFIRM,
            "{label}在 Excel 里是日期（{seen}），可能是 3-2-1 这样的写法被自动改了。请确认。",
        ),
        "same_as_above": (
            _CONFIRM,
            "{label}写的是“{seen}”，按上一行的“{suggestion}”记录。请确认。",
        ),
        "number_invalid": (_ERROR, "{label}“{seen}”不是一个数。请改成纯数字。"),
        "code_unknown": (_CONFIRM, "{label}里没有“{seen}”这种写法。请指定它是哪一项，以后会记住。"),
        "code_old": (_CONFIRM, "{label}“{seen}”是旧标准的写法{suggestion}。请确认。"),
        "code_several": (_CONFIRM, "{label}“{seen}”写了不止一项，取第一项“{suggestion}”。请确认。"),
        "formula_error": (_ERROR, "{label}这一格的公式出错（{seen}），没有值。请填上正确的内容。"),
        "text_too_long": (_ERROR, "{label}太长（超过 {suggestion} 字）。请缩短。"),
        "household_size_mismatch": (
            _CONFIRM,
            "家庭人口写的是 {seen}，本人加上列出的家庭成员是 {suggestion} 人。请确认。",
        ),
        "household_rows_differ": (
            _CONFIRM,
            "这一户占了几行，{label}在下面的行里另有“{seen}”，没有采用。请确认。",
        ),
        "known_elsewhere": (
            _CHOOSE,
            (
                "这个{label}在别的机构已经登记，不能再建一份。可以关联这个人（资料由原机构维护），"
                "或跳过这一行。"
            ),
        ),
        "name_differs": (
            _CONFIRM,
            (
                "这个证件号码在库里登记的姓名是“{suggestion}”，表里写的是“{seen}”。"
                "是同一个人改了名就确认；抄错了号码请改正。"
            ),
        ),
        "id_differs": (
            _CONFIRM,
            (
                "这一行选了“是同一个人”，可那个人在库里登记的是另一个{label}。两个号码就是两个人："
                "抄错了请改正；没有抄错就确认，这一行按“{seen}”另外登记。"
            ),
        ),
        "alike_birth": (_CHOOSE, "{seen}的姓名和出生日期与这一行相同。请选是不是同一人。"),
        "alike_phone": (_CHOOSE, "{seen}的姓名和手机号码与这一行相同。请选是不是同一人。"),
        "household_has_file": (
            _ERROR,
            (
                "这个{label}已在{seen}另一份在用的困难档案里。一户只建一份档案，"
                "请核对后改正、清空这一格，或跳过这一行。"
            ),
        ),
        "file_under_review": (
            _ERROR,
            "这个人本年度的档案正在审核，不能用导入修改。请等审核结束，或跳过这一行。",
        ),
        "file_rejected": (
            _ERROR,
            (
                "这个人本年度申报过，审核结果是不予建档，不能用导入建档。"
                "要再申报请到人员页面办理；这一行请跳过。"
            ),
        ),
        "union_unknown": (
            _CONFIRM,
            "本机构及下级里没有找到“{seen}”。请指定是哪个机构，或确认记在{suggestion}。",
        ),
        "union_differs": (
            _CONFIRM,
            "这个人登记在“{suggestion}”，表里写的是“{seen}”。确认后只更新资料，不转移。",
        ),
        "member_nameless": (_CONFIRM, "{label}没有姓名，这一组不写入。请补填或确认。"),
        "region_unknown": (_CONFIRM, "{label}“{seen}”不在行政区划表里，不记这一项。请改正或确认。"),
        "causes_unknown": (
            _CONFIRM,
            "{label}“{seen}”不能全部对上代码表（最多 3 项），不记这一项。请改正或确认。",
        ),
        "postcode_invalid": (_CONFIRM, "{label}“{seen}”不是 6 位数字，不记这一项。请改正或确认。"),
        "changed_since": (
            _CONFIRM,
            "核对之后，别人改过这个人的资料；下面已按最新的资料重新比对。请确认。",
        ),
        "household_read": (
            _CONFIRM,
            "“{seen}”与这个人是同一户，按家庭成员“{suggestion}”读入。请确认不是另一个困难职工。",
        ),
        "header_moved": (
            _ERROR,
            (
                "这一行上方又有一个表头（第 {seen} 行），各列的次序和前面不同，这一行可能读错。"
                "请把次序不同的部分放到另一张工作表再上传。"
            ),
        ),
        "row_hidden": (_CONFIRM, "这一行在 Excel 里是隐藏的。请确认要不要写入。"),
    }
)

_SEEN_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """`seen` is what the cell holds; `suggestion` what the value would be after a yes."""

    code: str
    field: str
    message: str
    seen: str = ""
    suggestion: str = ""

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code][0]


def problem(
    code: str, field: str, *, label: str, seen: object = "", suggestion: str = ""
) -> Problem:
    text = str(seen)
    shown = text if len(text) <= _SEEN_CHARACTERS else f"{text[:_SEEN_CHARACTERS]}…"
    sentence = CATALOGUE[code][1].format(label=label, seen=shown, suggestion=suggestion)
    return Problem(code, field, sentence, text, suggestion)
