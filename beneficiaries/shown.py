"""What a page shows of a person: masks. The values themselves stay on the server (DOMAIN §9.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from beneficiaries.models import (
    Attachment,
    Beneficiary,
    HardshipFile,
    HouseholdMember,
    IncomeCalculation,
)
from beneficiaries.models.person_key import key_of
from relief.lib import masks
from relief.lib.crypto.sealing import DataKey
from unions.models import Staff
from unions.permissions import Role


def _only_that_it_is_there(value: str) -> str:
    return "已登记" if value else ""


def _address(value: str) -> str:
    return masks.mask_address(value) if value else ""


def _in_full(value: str) -> str:
    return value


#: Sealed column → how much of it a page shows to everybody who may see the person.
_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "id_number": masks.mask_id,
    "phone": masks.mask_phone,
    "other_contact": _only_that_it_is_there,
    "address": _address,
    "bank_name": _in_full,
    "bank_account": masks.mask_card,
    "health": _only_that_it_is_there,
}


@dataclass(frozen=True)
class MaskedValue:
    """`text` is the mask, "" when nothing is recorded."""

    field: str
    label: str
    text: str
    is_full: bool = False


@dataclass(frozen=True)
class Household:
    """What the newest file says about how the household stands."""

    file: HardshipFile
    income: IncomeCalculation | None


def name_for(staff: Staff, person: Beneficiary) -> str:
    """Leaders see figures and masked names (DESIGN §8.18); everybody else sees the name."""
    if staff.role == Role.LEADER and person.erased_at is None:
        return masks.mask_name(person.name)
    return person.name


def masked_values(person: Beneficiary) -> list[MaskedValue]:
    """Every sealed value of the person as a mask; of an erased person nothing is left."""
    key = None if person.erased_at else key_of(person)
    return [_masked(person, key, name) for name in _MASKS]


def _masked(person: Beneficiary, key: DataKey | None, name: str) -> MaskedValue:
    label = str(person._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column
    text = _MASKS[name](person.unseal(key, name)) if key else ""
    return MaskedValue(name, label, text, is_full=_MASKS[name] is _in_full)


def household_of(staff: Staff, person: Beneficiary) -> Household | None:
    """The live file with its newest calculation of income, as far as the posting may see it."""
    visible = HardshipFile.objects.visible_to(staff).of_person(person)
    file = visible.live().select_related("hardship_class").first()
    if file is None:
        return None
    return Household(file, IncomeCalculation.objects.visible_to(staff).newest(file))


@dataclass(frozen=True)
class MaskedMember:
    member: HouseholdMember
    name: str


def masked_members(person: Beneficiary, members: Iterable[HouseholdMember]) -> list[MaskedMember]:
    """The household with masked names; they are under the applicant's key."""
    key = key_of(person)
    return [MaskedMember(member, masks.mask_name(member.unseal(key, "name"))) for member in members]


@dataclass(frozen=True)
class NamedPaper:
    paper: Attachment
    name: str


def papers_of(staff: Staff, person: Beneficiary) -> list[NamedPaper]:
    """The papers that are still there, the newest first."""
    key = key_of(person)
    papers = Attachment.objects.visible_to(staff).of_person(person)
    rows = papers.select_related("kind", "added_by__user", "file").defer("file_key")
    return [NamedPaper(paper, paper.unseal(key, "name")) for paper in rows]


def mask_of(staff: Staff, column: str, value: str) -> str:
    """What may be said of one sealed column, the name among them."""
    if column == "name_sealed":
        return masks.mask_name(value) if staff.role == Role.LEADER else value
    return _MASKS[column](value)
