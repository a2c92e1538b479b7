"""What a clerk typed about a person's numbers, understood or refused in a sentence."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError

from beneficiaries import identity
from beneficiaries.importing.problems import problem
from beneficiaries.models import Beneficiary

IdKind = Beneficiary.IdKind
Sex = Beneficiary.Sex

_SEX: Final = {"男": Sex.MALE, "女": Sex.FEMALE}
_KINDS: Final = {
    identity.IdKind.RESIDENT: IdKind.RESIDENT,
    identity.IdKind.RESIDENCE_PERMIT: IdKind.RESIDENCE_PERMIT,
    identity.IdKind.FOREIGN_RESIDENT: IdKind.FOREIGN_RESIDENT,
}
_OTHER_PAPER_LENGTH: Final = range(5, 21)


@dataclass(frozen=True)
class Paper:
    """An identity paper as it is stored; one that proves sex and birth date says so."""

    kind: str = IdKind.NONE
    number: str = ""
    sex: str = ""
    birth_on: date | None = None


def read_paper(kind: str, typed: str, *, today: date) -> Paper:
    """Raises ValidationError with the code of what is wrong; 15 digits get the 18 as an offer."""
    if not typed.strip():
        if kind:
            raise _refusal("id_missing", typed)
        return Paper()
    found = identity.read_id(typed, today=today)
    if kind == IdKind.OTHER:
        return _other_paper(typed)
    if not found.is_proven:
        raise _refusal(found.problem, found.text or typed, suggestion=found.key)
    if kind and _KINDS[found.kind] != kind:
        raise _error("id_number", "id_kind", "这个号码不是所选的证件类型，请重新选择证件类型。")
    return Paper(_KINDS[found.kind], found.text, _SEX[found.sex], found.birth)


def sex_and_birth(number: str, *, today: date) -> tuple[str, date | None]:
    """What a stored number proves; nothing where it proves nothing."""
    found = identity.read_id(number, today=today)
    return (_SEX[found.sex], found.birth) if found.is_proven else ("", None)


def _other_paper(typed: str) -> Paper:
    number = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    if len(number) not in _OTHER_PAPER_LENGTH:
        raise _error("id_number", "id_length", "护照或其他证件的号码是 5 到 20 位字母和数字。")
    return Paper(IdKind.OTHER, number)


def agree(paper: Paper, *, sex: str, birth_on: date | None) -> tuple[str, date | None]:
    """Sex and birth date to be stored: what was left open comes from the paper.

    Raises ValidationError: sex_mismatch, birth_mismatch.
    """
    errors = {}
    if sex and paper.sex and sex != paper.sex:
        text = problem(
            "sex_mismatch",
            "sex",
            label="性别",
            seen=Sex(sex).label,
            suggestion=str(Sex(paper.sex).label),
        ).message
        errors["sex"] = ValidationError(text, code="sex_mismatch")
    if birth_on and paper.birth_on and birth_on != paper.birth_on:
        text = problem(
            "birth_mismatch",
            "birth_on",
            label="出生日期",
            seen=birth_on,
            suggestion=str(paper.birth_on),
        ).message
        errors["birth_on"] = ValidationError(text, code="birth_mismatch")
    if errors:
        raise ValidationError(errors)
    return sex or paper.sex, birth_on or paper.birth_on


def read_phone(typed: str) -> str:
    """The mobile phone, "" for none. Raises ValidationError: phone_invalid."""
    mobile = identity.read_phones(typed).mobile
    if typed.strip() and not mobile:
        text = "手机号码是 1 开头的 11 位数字；座机请填在“其他联系方式”。"
        raise _error("phone", "phone_invalid", text)
    return mobile


def read_account(typed: str) -> str:
    """The bank account, "" for none. Raises ValidationError: bank_invalid."""
    if not typed.strip():
        return ""
    card = identity.read_card(typed)
    if card.problem in {"bank_invalid", "bank_numeric"}:
        raise _error("bank_account", "bank_invalid", "银行卡号是 12 到 25 位数字，请对照银行卡。")
    return card.text


def _refusal(code: str, typed: str, *, suggestion: str = "") -> ValidationError:
    label = "证件号码"
    found = problem(code, "id_number", label=label, seen=typed, suggestion=suggestion)
    return _error("id_number", code, found.message)


def _error(field: str, code: str, text: str) -> ValidationError:
    return ValidationError({field: ValidationError(text, code=code)})
