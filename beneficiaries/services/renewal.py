"""The file of the next year begins with what the last one says."""

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import Event
from beneficiaries import personal
from beneficiaries.models import HardshipFile, HouseholdMember
from beneficiaries.models.person_key import key_of
from beneficiaries.ownership import require_keeper
from beneficiaries.services.files import FIELDS, locked_file, open_file, refuse_member_elsewhere
from relief.lib.crypto.fields import SealedRow, sealed_names
from relief.lib.crypto.sealing import DataKey
from unions.models import Staff
from unions.services.trail import record

#: A regular file of a later year; the number is given anew.
_NOT_COPIED = frozenset({"number", "is_temporary", "opened_on", "reviewed_on"})


@transaction.atomic
def renew_file(*, by: Staff, file: HardshipFile, year: int) -> HardshipFile:
    """A draft of `year` with the answers and the household of an earlier file.

    The earlier one stays in force until the new one is approved.
    Raises ValidationError: not_later, and what opening a file refuses.
    """
    source = locked_file(file)
    require_keeper(by, source.union)
    if year <= source.year:
        text = f"新档案的年度要晚于 {source.year} 年。"
        raise ValidationError({"year": ValidationError(text, code="not_later")})
    renewed = open_file(by=by, person=source.person, year=year)
    key = key_of(source.person)
    sealed = frozenset(sealed_names(HardshipFile))
    for name in FIELDS - sealed - _NOT_COPIED:
        setattr(renewed, name, getattr(source, name))
    _copy_sealed(source, renewed, key)
    renewed.full_clean(validate_constraints=False)
    renewed.save()
    for member in HouseholdMember.objects.of_file(source).filter(is_applicant=False):
        _copy_member(member, renewed, key)
    record(by, Event.Action.CHANGE, renewed, renews=str(source.pk))
    return renewed


def _copy_sealed(source: SealedRow, target: SealedRow, key: DataKey) -> None:
    """Ciphertext is bound to its row, so it is opened and sealed again."""
    names = sealed_names(type(source))
    target.seal(key, **{name: source.unseal(key, name) for name in names})


def _copy_member(member: HouseholdMember, renewed: HardshipFile, key: DataKey) -> None:
    own = {"id", "file", "is_live", "year", *sealed_names(HouseholdMember)}
    fields = [field.name for field in member._meta.concrete_fields if field.name not in own]
    copy = HouseholdMember(file=renewed, **{name: getattr(member, name) for name in fields})
    _copy_sealed(member, copy, key)
    personal.put_id_number(copy, key, member.unseal(key, "id_number"))
    refuse_member_elsewhere(copy)
    copy.save(force_insert=True)
