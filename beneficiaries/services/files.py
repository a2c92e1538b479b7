"""Hardship files: opening, filling in, and who belongs to the household."""

from datetime import date
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import lifecycle, personal
from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, HardshipFile, HouseholdMember
from beneficiaries.models.beneficiary import ID_NUMBER
from beneficiaries.models.household import CODED as MEMBER_CODES
from beneficiaries.models.person_key import key_of
from beneficiaries.ownership import require_keeper
from beneficiaries.paper import agree, read_paper
from beneficiaries.services.people import lock_number, locked_person
from beneficiaries.services.stepping import send_change_to_review, touch
from relief.codes.models import Code
from relief.lib.crypto.fields import sealed_names
from relief.lib.crypto.keys import blind_index
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_stale
from unions.models import Staff
from unions.services.trail import record

#: What services set, never a form.
_OWN: Final = frozenset(
    {
        "id",
        "person",
        "union",
        "year",
        "status",
        "applied_by",
        "approved_by",
        "approved_on",
        "ledger",
        "reviewed_on",
        "exit_reason",
        "ended_on",
        "changed_at",
        "version",
    }
)
_SEALED: Final = frozenset(sealed_names(HardshipFile))
#: Columns of the form, as `change_file` takes them.
FIELDS: Final = frozenset(field.name for field in HardshipFile._meta.concrete_fields) - _OWN
_MEMBER_SEALED: Final = frozenset(sealed_names(HouseholdMember)) - {"id_number"}
_DECISIVE: Final = lifecycle.DECISIVE | lifecycle.DECISIVE_ELSEWHERE
_MEMBER_DECISIVE: Final = frozenset(
    {"name", "sex", "birth_on", "id_index", "health", "disability", "relationship_id"}
    | {"identity_id", "medical_insurance_id", "monthly_income", "workplace_or_school"}
)
_MEMBER_PLAIN: Final = frozenset({"monthly_income", "position", *MEMBER_CODES})


class Member(TypedDict, total=False):
    """What a form says about one of the household. Left out = as it was."""

    name: str
    sex: str
    birth_on: date | None
    id_number: str
    phone: str
    health: str
    disability: str
    workplace_or_school: str
    relationship: Code | None
    identity: Code | None
    medical_insurance: Code | None
    ethnicity: Code | None
    political_status: Code | None
    marriage: Code | None
    monthly_income: Decimal | None
    position: int


@transaction.atomic
def open_file(
    *, by: Staff, person: Beneficiary, year: int, is_temporary: bool = False, number: str = ""
) -> HardshipFile:
    """Begin the file of a year for the person's household, as a draft of the person's union.

    Raises ValidationError: file_exists (the person has one), household_has_file (somebody with
    this ID number is in another household's file).
    """
    current = locked_person(person)
    require_keeper(by, current.union)
    if HardshipFile.objects.of_person(current).live().filter(year=year).exists():
        raise ValidationError("这个人本年度已经有一份档案，一人只能建一份。", code="file_exists")
    file = HardshipFile(
        person=current, union=current.union, year=year, is_temporary=is_temporary, number=number
    )
    file.full_clean()
    file.save(force_insert=True)
    _add_applicant(file, current, key_of(current))
    record(by, Event.Action.CREATE, file, year=year)
    return file


@transaction.atomic
def change_file(
    *, by: Staff, file: HardshipFile, version: int, change_reason: str = "", **answers: Any
) -> HardshipFile:
    """Fill in columns of the form (`FIELDS`); only the owning union does.

    Of a file in force, what its approval is about needs `change_reason` and goes back to review.
    Raises ValidationError: stale, not_editable (under review or ended), unknown_field,
    no_change_reason.
    """
    current = locked_file(file)
    require_keeper(by, current.union)
    _refuse_uneditable(current)
    refuse_stale(current.version, version, "这份档案")
    if unknown := answers.keys() - FIELDS:
        raise ValidationError(
            f"档案里没有这些栏：{'、'.join(sorted(unknown))}", code="unknown_field"
        )
    before = {name: getattr(current, name) for name in answers}
    key = key_of(current.person)
    for name, answer in answers.items():
        if name not in _SEALED:
            setattr(current, name, answer)
        elif answer != current.unseal(key, name):
            current.seal(key, **{name: answer})
    changed = sorted(name for name, value in before.items() if getattr(current, name) != value)
    if not changed:
        return current
    if _DECISIVE.isdisjoint(changed):
        touch(current)
        current.full_clean()
        current.save()
    else:
        current.full_clean()
        _save_decisive(current, by, change_reason)
    record(by, Event.Action.CHANGE, current, fields=changed)
    return current


@transaction.atomic
def add_member(
    *, by: Staff, file: HardshipFile, change_reason: str = "", **member: Unpack[Member]
) -> HouseholdMember:
    """Add one of the household; to a file in force for a reason, and it is reviewed again.

    Raises ValidationError: household_has_file, name_missing, a number that cannot be,
    no_change_reason.
    """
    current = locked_file(file)
    require_keeper(by, current.union)
    _refuse_uneditable(current)
    row = HouseholdMember(file=current, position=_next_position(current))
    _fill_member(row, key_of(current.person), member)
    _save_member(row, by, Event.Action.CREATE)
    _save_decisive(current, by, change_reason)
    return row


@transaction.atomic
def change_member(
    *,
    by: Staff,
    member: HouseholdMember,
    version: int | None = None,
    change_reason: str = "",
    **values: Unpack[Member],
) -> HouseholdMember:
    """`version` is that of the file when the page was opened; without it nobody else's is minded.

    A telephone number may change in a file in force, anything else is 变更.
    Raises ValidationError: as `add_member`; stale; applicant (changed on the person's own page).
    """
    file = locked_file(member.file)
    require_keeper(by, file.union)
    _refuse_uneditable(file)
    if version is not None:
        refuse_stale(file.version, version, "这份档案")
    row = HouseholdMember.objects.select_for_update(no_key=True).get(pk=member.pk, file=file)
    row.file = file
    of_person = {"name", "sex", "birth_on", "id_number", "phone"}
    if row.is_applicant and values.keys() & of_person:
        raise ValidationError("申请人本人的信息请在人员页面上修改。", code="applicant")
    before = {name: getattr(row, name) for name in _MEMBER_DECISIVE}
    _fill_member(row, key_of(file.person), values)
    _save_member(row, by, Event.Action.CHANGE)
    if any(getattr(row, name) != value for name, value in before.items()):
        _save_decisive(file, by, change_reason)
    else:
        _save_touched(file)
    return row


@transaction.atomic
def remove_member(*, by: Staff, member: HouseholdMember, reason: str) -> None:
    """Take somebody out of the household; history keeps the row, under the applicant's key."""
    file = locked_file(member.file)
    require_keeper(by, file.union)
    _refuse_uneditable(file)
    if member.is_applicant:
        raise ValidationError("申请人本人不能从自己的档案里移出。", code="applicant")
    _save_decisive(file, by, reason)
    record(by, Event.Action.CHANGE, file, reason=reason, member_removed=str(member.pk))
    HouseholdMember.objects.filter(pk=member.pk, file=file).delete()


def locked_file(file: HardshipFile) -> HardshipFile:
    """The stored row, locked, with its person and union."""
    rows = HardshipFile.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("person", "union").get(pk=file.pk)


def refuse_member_elsewhere(row: HouseholdMember) -> None:
    """一户一档, over members and applicants of all unions; only that there is one is told."""
    if row.id_index is None or not row.file.is_live:
        return
    lock_number(bytes(row.id_index))
    others = HouseholdMember.objects.live().filter(id_index=row.id_index)
    earlier = HardshipFile.objects.filter(person=row.file.person, year__lt=row.file.year)
    if others.exclude(file=row.file).exclude(file__in=earlier).exists():
        text = "这个证件号码已经在另一份在用的档案里，一户只能建一份档案。"
        raise ValidationError({"id_number": ValidationError(text, code="household_has_file")})
    if others.filter(file=row.file).exclude(pk=row.pk).exists():
        text = "这份档案里已经有这个证件号码的家庭成员。"
        raise ValidationError({"id_number": ValidationError(text, code="member_twice")})


def _refuse_uneditable(file: HardshipFile) -> None:
    if file.status in lifecycle.UNDER_REVIEW:
        text = "这份档案正在审核，要修改请先由审核人退回。"
        raise ValidationError(text, code="not_editable")
    if not file.is_live:
        raise ValidationError("这份档案已经结束，不能再修改。", code="not_editable")


def _add_applicant(file: HardshipFile, person: Beneficiary, key: DataKey) -> None:
    row = HouseholdMember(
        file=file,
        person=person,
        is_applicant=True,
        sex=person.sex,
        birth_on=person.birth_on,
    )
    row.seal(key, name=person.name, phone=person.unseal(key, "phone"))
    personal.put_id_number(row, key, person.unseal(key, "id_number"))
    refuse_member_elsewhere(row)
    row.full_clean(validate_constraints=False)
    row.save(force_insert=True)


def _next_position(file: HardshipFile) -> int:
    return HouseholdMember.objects.of_file(file).count()


def _fill_member(row: HouseholdMember, key: DataKey, member: Member) -> None:
    given: dict[str, Any] = dict(member)
    if not given.get("name", row.unseal(key, "name")).strip():
        raise ValidationError({"name": ValidationError("请填写姓名。", code="name_missing")})
    if given.keys() & {"id_number", "sex", "birth_on"}:
        _fill_number(row, key, given)
    for name in given.keys() & _MEMBER_PLAIN:
        setattr(row, name, given[name])
    for name in given.keys() & _MEMBER_SEALED:
        if (text := given[name].strip()) != row.unseal(key, name):
            row.seal(key, **{name: text})


def _fill_number(row: HouseholdMember, key: DataKey, given: dict[str, Any]) -> None:
    number = row.unseal(key, "id_number")
    paper = read_paper("", given.get("id_number", number), today=timezone.localdate())
    row.sex, row.birth_on = agree(
        paper, sex=given.get("sex", row.sex), birth_on=given.get("birth_on", row.birth_on)
    )
    if paper.number != number:
        personal.put_id_number(row, key, paper.number)
        row.person = Beneficiary.objects.filter(
            id_index=blind_index(ID_NUMBER).of(paper.number), id_index__isnull=False
        ).first()


def _save_member(row: HouseholdMember, by: Staff, action: Event.Action) -> None:
    refuse_member_elsewhere(row)
    row.full_clean(validate_constraints=False)
    row.save()
    record(by, action, row, file=str(row.file_id))


def _save_touched(file: HardshipFile) -> None:
    touch(file)
    file.save(update_fields=["version", "changed_at"])


def _save_decisive(file: HardshipFile, by: Staff, reason: str) -> None:
    """Save the file with what was changed in it or beside it; one in force goes to review."""
    if file.status == Status.ACTIVE:
        send_change_to_review(by=by, file=file, reason=reason)
        return
    touch(file)
    file.save()
