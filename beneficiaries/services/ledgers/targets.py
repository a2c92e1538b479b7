"""Where the fields of a ledger go: columns of a person, a file, a member of the household, aid.

What writing puts there (`making`, `changing`) and what the preview compares (`differences`) are
two walks over the values of these functions; a test holds the one against the other.
Fields that stand nowhere here are read for checking only: 年龄, 序号, the price of one piece, and
与户主关系, which tells the rows of one household apart. What can be worked out
(yearly income from the income a head) fills a blank and never replaces what somebody wrote.
"""

from collections.abc import Callable, Container, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from beneficiaries.identity import IdKind, lengthened, read_id
from beneficiaries.importing.person import is_applicant
from beneficiaries.models import Beneficiary, HardshipFile, Workplace
from beneficiaries.services.ledgers.words import Words, region_of

Sex = Beneficiary.Sex
#: A ledger may state what goods were worth and not what they were.
_UNNAMED: Final = "慰问品"
_SEX: Final = {"男": Sex.MALE, "女": Sex.FEMALE}
_KINDS: Final = {
    IdKind.RESIDENT: Beneficiary.IdKind.RESIDENT,
    IdKind.RESIDENCE_PERMIT: Beneficiary.IdKind.RESIDENCE_PERMIT,
    IdKind.FOREIGN_RESIDENT: Beneficiary.IdKind.FOREIGN_RESIDENT,
}

PER_CAPITA: Final = ("per_capita_monthly_income", "per_capita_annual_income")
_OF_THE_HOUSEHOLD: Final = (
    "household_size",
    "household_monthly_income",
    "household_annual_income",
)
#: Field → sealed text of the person.
PERSON_TEXTS: Final = {
    "phone": "phone",
    "other_contact": "other_contact",
    "address": "address",
    "bank_account": "bank_account",
}
#: Field → (column of the file, code list).
FILE_CODES: Final = {
    "hardship_type": ("hardship_class", "hardship_class"),
    "file_standard": ("file_standard", "file_standard"),
    "file_kind": ("file_kind", "file_kind"),
    "family_kind": ("family_kind", "family_kind"),
    "ethnicity": ("ethnicity", "ethnicity"),
    "political_status": ("political_status", "political_status"),
    "work_status": ("work_status", "work_status"),
    "model_worker_level": ("model_worker", "model_worker"),
    "housing": ("housing", "housing"),
    "industry": ("industry", "industry"),
    "marriage": ("marriage", "marriage"),
    "hukou_type": ("household_registration", "household_registration"),
    "employer_kind": ("employer_kind", "employer_kind"),
    "employer_state": ("employer_state", "employer_state"),
    "medical_insurance": ("medical_insurance", "medical_insurance"),
    "hardship_cause": ("main_cause", "hardship_cause"),
    "contract_term": ("contract_term", "contract_term"),
}
#: Field → sealed text of the file.
FILE_TEXTS: Final = {
    "health": "health",
    "disability": "disability",
    "hardship": "hardship",
    "remark": "remark",
}
MEMBER_CODES: Final = {
    "relationship": ("relationship", "relationship"),
    "identity": ("identity", "member_identity"),
    "medical_insurance": ("medical_insurance", "medical_insurance"),
    "ethnicity": ("ethnicity", "ethnicity"),
    "political_status": ("political_status", "political_status"),
    "marriage": ("marriage", "marriage"),
}
MEMBER_TEXTS: Final = {
    "name": "name",
    "phone": "phone",
    "health": "health",
    "workplace_or_school": "workplace_or_school",
}


def _decimal(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _is_yes(text: str) -> bool:
    return text == "是"


#: Field → (column of the file, how its text becomes the value).
FILE_PLAIN: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "file_number": ("number", str),
    "postcode": ("postcode", str),
    "floor_area": ("floor_area", _decimal),
    "work_start_date": ("working_since", date.fromisoformat),
    "contract_date": ("contract_signed_on", date.fromisoformat),
    "is_single_parent": ("is_single_parent", _is_yes),
    "has_ability": ("has_ability", _is_yes),
    "has_no_worker": ("has_no_worker", _is_yes),
    "personal_monthly_income": ("own_monthly_income", _decimal),
    "other_annual_income": ("other_yearly_income", _decimal),
    "household_annual_income": ("yearly_income", _decimal),
    "rigid_spending": ("rigid_spending", _decimal),
    "household_size": ("household_size", int),
    "file_date": ("opened_on", date.fromisoformat),
}


class Paper(NamedTuple):
    """An identity paper as it is stored."""

    kind: str
    number: str


class Aid(NamedTuple):
    amount: Decimal | None
    goods: str
    quantity: Decimal | None
    unit: str = ""
    #: 折合金额 of the goods, in yuan.
    value: Decimal | None = None


def paper_of(values: Mapping[str, str], *, today: date) -> Paper | None:
    """What writing stores: 18 digits where the paper has them."""
    written = values.get("id_number", "")
    if not written:
        return None
    number = read_id(written, today=today)
    if number.kind is IdKind.OLD:
        return Paper(Beneficiary.IdKind.RESIDENT, lengthened(number.text))
    return Paper(_KINDS.get(number.kind, Beneficiary.IdKind.OTHER), number.text)


def sex_of(text: str) -> str:
    return _SEX.get(text, Sex.UNKNOWN)


def birth_of(values: Mapping[str, str], prefix: str = "", *, today: date) -> date | None:
    """As the sheet says it, else as the ID number proves it."""
    written = values.get(f"{prefix}birth_date")
    if written:
        return date.fromisoformat(written)
    return read_id(values.get(f"{prefix}id_number", ""), today=today).birth


def sex_from(values: Mapping[str, str], prefix: str = "", *, today: date) -> str:
    written = values.get(f"{prefix}sex")
    proven = read_id(values.get(f"{prefix}id_number", ""), today=today)
    return sex_of(written or (proven.sex if proven.is_proven or proven.problem == "id_15" else ""))


def person_texts(values: Mapping[str, str]) -> dict[str, str]:
    """Column → text, of what the sheet says; blanks are left out and overwrite nothing."""
    found = {column: values[name] for name, column in PERSON_TEXTS.items() if values.get(name)}
    if bank := _bank(values):
        found["bank_name"] = bank
    if health := values.get("health"):
        found["health"] = health
    return found


def _bank(values: Mapping[str, str]) -> str:
    """开户银行 and 支行名称 are one text; many sheets repeat the one in the other."""
    bank, branch = values.get("bank_name", ""), values.get("bank_branch", "")
    return branch if bank in branch else f"{bank}{branch}" if branch not in bank else bank


def file_values(values: Mapping[str, str], words: Words) -> dict[str, Any]:
    """Column (codes as `<column>_id`) → value, of what the sheet says."""
    found: dict[str, Any] = {}
    for name, (column, code_list) in FILE_CODES.items():
        if key := words.key(code_list, values.get(name, "")):
            found[f"{column}_id"] = key
    for name, (column, made) in FILE_PLAIN.items():
        if text := values.get(name):
            found[column] = made(text)
    if (place := values.get("hukou_region")) and (region := region_of(words, place)):
        found["region_id"] = region
    if (named := values.get("other_hardship_causes")) and (causes := causes_of(named, words)):
        found["other_causes"] = causes
    if "hardship_class_id" in found:
        is_old = found["hardship_class_id"] in words.old
        found["standard"] = HardshipFile.Standard.OLD if is_old else HardshipFile.Standard.NEW
    return found


def file_texts(values: Mapping[str, str]) -> dict[str, str]:
    return {column: values[name] for name, column in FILE_TEXTS.items() if values.get(name)}


def names_another(standing: Workplace | None, name: str) -> bool:
    """Whether the sheet names a workplace that is not the one there, of whatever union that is."""
    return bool(name) and (standing is None or standing.name != name)


def derived(values: Mapping[str, str], size: int | None) -> dict[str, Decimal]:
    """Column of the file → what follows from other figures of the row, by definition.

    `size` is 家庭人口 as the file has it; what the row says comes before it.

    Source: DOMAIN §3.2: 家庭月人均收入 = 家庭年度总收入 ÷ 家庭人口 ÷ 12.
    """
    found = {}
    income = _yearly_income(values, size)
    if "household_annual_income" not in values and income is not None:
        found["yearly_income"] = income
    if "personal_monthly_income" not in values and (text := values.get("personal_annual_income")):
        found["own_monthly_income"] = _decimal(str(Decimal(text) / 12))
    return found


def drops_income(names: Container[str]) -> bool:
    """Whether 人均收入 stands there and nothing that makes the income of a household of it.

    A file has no column for 人均收入.
    """
    has_income = any(name in names for name in PER_CAPITA)
    return has_income and not any(name in names for name in _OF_THE_HOUSEHOLD)


def _yearly_income(values: Mapping[str, str], known_size: int | None) -> Decimal | None:
    if text := values.get("household_monthly_income"):
        return _decimal(text) * 12
    size = int(values.get("household_size") or known_size or 0)
    if size and (text := values.get("per_capita_monthly_income")):
        return _decimal(text) * size * 12
    if size and (text := values.get("per_capita_annual_income")):
        return _decimal(text) * size
    return None


def causes_of(written: str, words: Words) -> list[str]:
    """Keys of 次要致困原因; [] unless all of them are known and they are 1 to 3."""
    parts = [part for part in _split(written) if part]
    keys = [words.find("hardship_cause", part) for part in parts]
    if not 1 <= len(keys) <= 3 or None in keys:
        return []
    return list(dict.fromkeys(key for key in keys if key))


def _split(written: str) -> list[str]:
    for sign in ",，;；/\n ":
        written = written.replace(sign, "、")
    return written.split("、")


def members_of(values: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Number → field → value, of the family members that the row lists; never the applicant."""
    found: dict[int, dict[str, str]] = {}
    for name in [name for name in values if "." in name]:
        group, _, part = name.partition(".")
        found.setdefault(int(group.removeprefix("member")), {})[part] = values[name]
    return {number: one for number, one in sorted(found.items()) if not is_applicant(one, values)}


def member_values(member: Mapping[str, str], words: Words, *, today: date) -> dict[str, Any]:
    """Column (codes as `<column>_id`) → value, of what is not sealed."""
    found: dict[str, Any] = {}
    for name, (column, code_list) in MEMBER_CODES.items():
        if key := words.key(code_list, member.get(name, "")):
            found[f"{column}_id"] = key
    if income := member.get("monthly_income"):
        found["monthly_income"] = _decimal(income)
    if sex := sex_from(member, today=today):
        found["sex"] = sex
    if birth := birth_of(member, today=today):
        found["birth_on"] = birth
    return found


def member_texts(member: Mapping[str, str]) -> dict[str, str]:
    return {column: member[name] for name, column in MEMBER_TEXTS.items() if member.get(name)}


def aid_of(values: Mapping[str, str]) -> Aid | None:
    """What the ledger says was given; a quantity of nothing is not aid."""
    amount, value = _given(values, "relief_amount"), _given(values, "goods_value")
    goods = values.get("relief_goods", "") or (_UNNAMED if value is not None else "")
    if amount is None and not goods:
        return None
    if not goods:
        return Aid(amount, "", None)
    quantity = _given(values, "relief_quantity")
    return Aid(amount, goods, quantity, values.get("goods_unit", ""), value)


def _given(values: Mapping[str, str], name: str) -> Decimal | None:
    text = values.get(name)
    return _decimal(text) if text else None
