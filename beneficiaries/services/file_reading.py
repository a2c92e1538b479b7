"""Reading what is sealed in a file: asked for with a reason, and written down who read it."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from audit.models import Event
from beneficiaries.file_shown import Member, member_of
from beneficiaries.models import HardshipFile, HouseholdMember
from beneficiaries.models.person_key import key_of
from beneficiaries.services.people import refuse_gone
from relief.lib.crypto.fields import sealed_names
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_blank
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

#: What the form on paper asks of the applicant.
_ON_PAPER: Final = ("id_number", "phone", "other_contact", "address", "bank_name", "bank_account")


@dataclass(frozen=True)
class Paper:
    """Everything that the form on paper shows in full."""

    of_file: dict[str, str]
    of_person: list[tuple[str, str]]
    members: list[Member]


@transaction.atomic
def reveal_file(*, by: Staff, file: HardshipFile, reason: str) -> dict[str, str]:
    """健康状况, 残疾类别, 困难情况 and 备注 in full: column → text.

    Raises ValidationError: no_reason, gone.
    """
    require(by, Capability.REVEAL, at=file.union)
    _refuse(file, reason)
    names = sealed_names(HardshipFile)
    record(by, Event.Action.REVEAL, file, reason=reason, fields=names)
    key = key_of(file.person)
    return {name: file.unseal(key, name) for name in names}


@transaction.atomic
def reveal_paper(*, by: Staff, file: HardshipFile, reason: str) -> Paper:
    """The form with full numbers of the whole household, to be printed and signed.

    Raises ValidationError: no_reason, gone.
    """
    require(by, Capability.PRINT_FULL_ID, at=file.union)
    _refuse(file, reason)
    members = HouseholdMember.objects.of_file(file).select_related("relationship", "identity")
    record(by, Event.Action.PRINT, file, reason=reason, members=len(members))
    key = key_of(file.person)
    return Paper(
        of_file={name: file.unseal(key, name) for name in sealed_names(HardshipFile)},
        of_person=[
            (str(file.person._meta.get_field(name).verbose_name), file.person.unseal(key, name))  # type: ignore[union-attr]  # columns
            for name in _ON_PAPER
        ],
        members=[_member(row, key) for row in members],
    )


def _member(row: HouseholdMember, key: DataKey) -> Member:
    return member_of(
        row,
        row.unseal(key, "name"),
        id_number=row.unseal(key, "id_number"),
        health=row.unseal(key, "health"),
        workplace_or_school=row.unseal(key, "workplace_or_school"),
    )


def _refuse(file: HardshipFile, reason: str) -> None:
    refuse_blank(reason, words="请写明查看的理由。")
    refuse_gone(file.person)
