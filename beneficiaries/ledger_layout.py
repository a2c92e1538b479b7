"""The 困难职工台账 in the order of columns that the national system takes.

Export and template have the same headings, and our own import reads all of them.
Source: DOMAIN §6.1 no. 1.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from beneficiaries.models import HardshipFile, HouseholdMember
from beneficiaries.people_rows import file_of
from relief.codes.models import Code
from relief.lib import masks
from relief.lib.crypto.fields import SealedRow
from relief.lib.crypto.sealing import DataKey

MEMBERS: Final = 5
CodeNames = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger before it is written: a person, the file, the household.

    `is_full`: whole numbers and the sealed texts; else masks, and of the texts nothing.
    `key` is None for a person whose records another union keeps, or who was erased.
    """

    person: Any
    key: DataKey | None
    codes: CodeNames
    is_full: bool = False
    file: HardshipFile | None = None
    members: list[HouseholdMember] = field(default_factory=list)

    def of_person(self, name: str) -> str:
        return self.opened(self.person, name)

    def of_file(self, name: str) -> str:
        return self.opened(self.file, name) if self.file else ""

    def code(self, row: object, name: str) -> str:
        """The name of the code that the row has in that column."""
        return self.codes.get(getattr(row, f"{name}_id", None) or "", "")

    def opened(self, row: SealedRow, name: str) -> str:
        """A sealed value in full, or its mask."""
        if self.key is None:
            return ""
        mask = _MASKS.get(name, _nothing)
        if not self.is_full and mask is _nothing:
            return ""
        text = row.unseal(self.key, name)
        return text if self.is_full else mask(text)


def _nothing(text: str) -> str:
    return ""


def _address(text: str) -> str:
    return masks.mask_address(text) if text else ""


def _as_it_is(text: str) -> str:
    return text


#: Sealed column → its mask. What is not here is left out of a file with masks.
_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "name": masks.mask_name,
    "id_number": masks.mask_id,
    "phone": masks.mask_phone,
    "address": _address,
    "bank_name": _as_it_is,
    "bank_account": masks.mask_card,
}


class LedgerColumn(NamedTuple):
    """`code_list` names the list whose words the column takes, for the template."""

    heading: str
    value: Callable[[Entry], str]
    code_list: str = ""


def _person(name: str) -> Callable[[Entry], str]:
    return lambda entry: entry.of_person(name)


def _file(name: str) -> Callable[[Entry], str]:
    return lambda entry: words(getattr(entry.file, name)) if entry.file else ""


def _sealed(name: str) -> Callable[[Entry], str]:
    return lambda entry: entry.of_file(name)


def _code(name: str) -> Callable[[Entry], str]:
    return lambda entry: entry.code(entry.file, name)


def _birth(entry: Entry) -> str:
    """With masks the year only: day and masked number together would nearly be the number."""
    born = entry.person.birth_on
    if born is None:
        return ""
    return words(born) if entry.is_full else f"{born.year}年"


def _name(entry: Entry) -> str:
    return str(entry.person.name)


def _sex(entry: Entry) -> str:
    return entry.person.get_sex_display() if entry.person.sex else ""


def _workplace(entry: Entry) -> str:
    place = entry.person.workplace
    return place.name if place else ""


def _monthly_income(entry: Entry) -> str:
    file = file_of(entry.person)
    return words(file.monthly_income) if file else ""


def _who(name: str) -> Callable[[Entry], str]:
    def full_name(entry: Entry) -> str:
        user = getattr(entry.file, name, None)
        return user.full_name if user else ""

    return full_name


def _empty(entry: Entry) -> str:
    return ""


def words(value: Any) -> str:
    """Every cell of a ledger is text, so that nothing turns a number into another."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}" if value == value.to_integral() else f"{value:f}"
    return str(value)


_OWN: Final = (
    LedgerColumn("编号", _file("number")),
    LedgerColumn("困难类别", _code("hardship_class"), "hardship_class"),
    LedgerColumn("姓名", _name),
    LedgerColumn("民族", _code("ethnicity"), "ethnicity"),
    LedgerColumn("性别", _sex, "gender"),
    LedgerColumn("政治面貌", _code("political_status"), "political_status"),
    LedgerColumn("身份证号", _person("id_number")),
    LedgerColumn("出生日期", _birth),
    LedgerColumn("健康状况", _sealed("health"), "health"),
    LedgerColumn("残疾类别", _sealed("disability"), "disability"),
    LedgerColumn("工作状态", _code("work_status"), "work_status"),
    LedgerColumn("劳模类型", _code("model_worker"), "model_worker"),
    LedgerColumn("住房类型", _code("housing"), "housing"),
    LedgerColumn("建筑面积", _file("floor_area")),
    LedgerColumn("手机号码", _person("phone")),
    LedgerColumn("其他联系方式", _person("other_contact")),
    LedgerColumn("邮政编码", _file("postcode")),
    LedgerColumn("工作时间", _file("working_since")),
    LedgerColumn("所属行业", _code("industry"), "industry"),
    LedgerColumn("婚姻状态", _code("marriage"), "marriage"),
    LedgerColumn("户口类型", _code("household_registration"), "household_registration"),
    LedgerColumn("家庭住址", _person("address")),
    LedgerColumn("工作单位", _workplace),
    LedgerColumn("单位性质", _code("employer_kind"), "employer_kind"),
    LedgerColumn("企业状态", _code("employer_state"), "employer_state"),
    LedgerColumn("是否单亲", _file("is_single_parent"), "yes_no"),
    LedgerColumn("本人月平均收入", _file("own_monthly_income")),
    LedgerColumn("家庭年度总收入", _file("yearly_income")),
    LedgerColumn("家庭人口", _file("household_size")),
    LedgerColumn("家庭月人均收入", _monthly_income),
    LedgerColumn("户口所在地", _code("region")),
    LedgerColumn("是否进入医保", _code("medical_insurance"), "medical_insurance"),
    LedgerColumn("是否有一定自救能力", _file("has_ability"), "yes_no"),
    LedgerColumn("是否为零就业家庭", _file("has_no_worker"), "yes_no"),
    LedgerColumn("主要致困原因", _code("main_cause"), "hardship_cause"),
    LedgerColumn("开户银行", _person("bank_name")),
    LedgerColumn("支行名称", _empty),
    LedgerColumn("银行卡号", _person("bank_account")),
    LedgerColumn("建档人", _who("applied_by")),
    LedgerColumn("审核人", _who("approved_by")),
    LedgerColumn("录入人", _empty),
    LedgerColumn("建档日期", _file("opened_on")),
)

#: Part of a member's heading → the value, and the list whose words it takes.
_PARTS: Final[tuple[tuple[str, Callable[[Entry, HouseholdMember], str], str], ...]] = (
    ("姓名", lambda entry, member: entry.opened(member, "name"), ""),
    ("关系", lambda entry, member: entry.code(member, "relationship"), "relationship"),
    ("性别", lambda entry, member: member.get_sex_display() if member.sex else "", "gender"),
    ("政治面貌", lambda entry, member: entry.code(member, "political_status"), "political_status"),
    ("身份证号", lambda entry, member: entry.opened(member, "id_number"), ""),
    ("健康状况", lambda entry, member: entry.opened(member, "health"), "health"),
    ("月收入", lambda entry, member: words(member.monthly_income), ""),
    ("身份", lambda entry, member: entry.code(member, "identity"), "member_identity"),
    (
        "单位或学校",
        lambda entry, member: entry.opened(member, "workplace_or_school"),
        "",
    ),
)


def _member_column(
    number: int, part: str, value: Callable[[Entry, HouseholdMember], str], code_list: str
) -> LedgerColumn:
    def of_member(entry: Entry) -> str:
        return value(entry, entry.members[number]) if number < len(entry.members) else ""

    return LedgerColumn(f"家庭成员{number + 1}{part}", of_member, code_list)


#: 42 columns of the person and the file, then 9 for each of five members of the family.
LEDGER: Final = (
    *_OWN,
    *(_member_column(number, *part) for number in range(MEMBERS) for part in _PARTS),
)


def code_names() -> CodeNames:
    """Key → name of all codes, so that a ledger joins no table for its twenty coded columns."""
    return dict(Code.objects.values_list("key", "name"))


def lines(entries: Iterable[Entry]) -> Iterator[list[str]]:
    for entry in entries:
        yield [column.value(entry) for column in LEDGER]


def other_members(members: Iterable[HouseholdMember]) -> list[HouseholdMember]:
    """The family without the applicant, who has the columns before."""
    return [member for member in members if not member.is_applicant]
