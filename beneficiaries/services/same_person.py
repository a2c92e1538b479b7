"""Two rows, one person, or not: keeping apart and merging."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import personal
from beneficiaries.models import (
    Attachment,
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    Consent,
    HardshipFile,
    HouseholdMember,
    KeptApart,
    PastAid,
    Transfer,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.services.categories import overlapping
from beneficiaries.services.people import locked_person, refuse_under_review
from beneficiaries.services.stepping import send_change_to_review
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_blank
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

#: Taken over where the remaining person has nothing there.
_SEALED = ("other_contact", "address", "bank_name", "health")


@transaction.atomic
def keep_apart(*, by: Staff, person: Beneficiary, other: Beneficiary, reason: str) -> KeptApart:
    """Remember that two people who look like one are two; nobody is asked again."""
    require(by, Capability.ENTER_RECORDS, at=person.union)
    require(by, Capability.ENTER_RECORDS, at=other.union)
    first, second = (locked_person(row) for row in in_order(person, other))
    pair = KeptApart(first=first, second=second, reason=reason.strip(), decided_by=by)
    pair.full_clean()
    pair.save(force_insert=True)
    people = {"person": str(first.pk), "other": str(second.pk)}
    record(by, Event.Action.DECIDE, pair, reason=reason, **people)
    return pair


@transaction.atomic
def withdraw_kept_apart(*, by: Staff, pair: KeptApart, reason: str) -> KeptApart:
    """Take the decision back: the two are asked about again. It stays on record.

    Raises ValidationError: withdrawn (already), no_reason.
    """
    rows = KeptApart.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("first__union", "second__union").get(pk=pair.pk)
    require(by, Capability.ENTER_RECORDS, at=current.first.union)
    require(by, Capability.ENTER_RECORDS, at=current.second.union)
    refuse_blank(reason)
    if current.withdrawn_at is not None:
        raise ValidationError("这条认定已经撤回。", code="withdrawn")
    current.withdrawn_by, current.withdrawn_at = by, timezone.now()
    current.withdrawn_reason = reason.strip()
    current.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    people = {"person": str(current.first_id), "other": str(current.second_id)}
    record(by, Event.Action.DECIDE, current, reason=reason, result="withdrawn", **people)
    return current


def in_order(person: Beneficiary, other: Beneficiary) -> list[Beneficiary]:
    """As pairs are kept and locks are taken."""
    return sorted((person, other), key=lambda row: row.pk)


@transaction.atomic
def merge_beneficiaries(
    *,
    by: Staff,
    person: Beneficiary,
    into: Beneficiary,
    reason: str,
    versions: tuple[int, int] | None = None,
) -> Beneficiary:
    """Let `person` be found as `into`: files, categories, consents, papers and aid go over.

    What the remaining one lacks is filled in; what both have stays as it is there. The merged row
    keeps its history and leads to the remaining one. `versions` are those of the two, in this
    order, that somebody looked at.
    Raises ValidationError: same, gone, stale, two_numbers, two_files, file_under_review,
    transfer_waiting, kept_apart.
    """
    if person.pk == into.pk:
        raise ValidationError("请选另一个人。", code="same")
    locked = {row.pk: locked_person(row) for row in in_order(person, into)}
    source, target = locked[person.pk], locked[into.pk]
    require(by, Capability.ENTER_RECORDS, at=source.union)
    require(by, Capability.ENTER_RECORDS, at=target.union)
    if versions is not None and (source.version, target.version) != versions:
        text = "您打开这一页之后，别人已经改过其中一个人的资料。请对照下面的最新内容，再确认合并。"
        raise ValidationError(text, code="stale")
    refuse_blank(reason)
    refuse_two(source, target)
    old, new = key_of(source), key_of(target)
    moved = {
        "files": _move_files(source, target, old, new, by),
        "papers": _move_papers(source, target, old, new),
        "categories": _move_categories(source, target),
        "consents": _move_consents(source, target),
        "links": _move_links(source, target),
        "aid": PastAid.objects.standing().filter(person=source).update(person=target),
    }
    number, phone = source.unseal(old, "id_number"), source.unseal(old, "phone")
    kind = source.id_kind
    source.merged_into = target
    _give_up_number(source, old, target)
    _fill_blanks(source, target, old, new)
    if number and target.id_index is None:
        personal.put_id_number(target, new, number)
        target.id_kind = kind
    if phone and target.phone_index is None:
        personal.put_phone(target, new, phone)
    # Whoever was merged into the merged one leads to the remaining one as well.
    Beneficiary.objects.filter(merged_into=source).update(merged_into=target)
    for row in (source, target):
        row.version += 1
        row.changed_at = timezone.now()
        row.save()
    record(by, Event.Action.MERGE, source, reason=reason, into=str(target.pk), **moved)
    return target


def refuse_two(source: Beneficiary, target: Beneficiary) -> None:
    """What speaks against one person, or would leave two of what one may have once."""
    if source.id_index is not None and target.id_index is not None:
        text = "两个人各有证件号码，不是同一人；如果其中一个填错了，请先改正或清空。"
        raise ValidationError(text, code="two_numbers")
    if apart(source, target) is not None:
        text = "已经认定这两个人不是同一人；要合并，请先撤回这条认定。"
        raise ValidationError(text, code="kept_apart")
    live = HardshipFile.objects.live().filter(person__in=[source, target])
    years = list(live.values_list("year", flat=True))
    if len(years) != len(set(years)):
        text = "两个人在同一年度都有在用的档案，请先注销其中一份。"
        raise ValidationError(text, code="two_files")
    refuse_under_review([source, target])
    if Transfer.objects.waiting().filter(person__in=[source, target]).exists():
        raise ValidationError("其中一个人正在申请转移，请先答复或撤回。", code="transfer_waiting")


def apart(person: Beneficiary, other: Beneficiary) -> KeptApart | None:
    """The standing decision that the two are not one."""
    first, second = in_order(person, other)
    return KeptApart.objects.standing().filter(first=first, second=second).first()


def _move_files(
    source: Beneficiary, target: Beneficiary, old: DataKey, new: DataKey, by: Staff
) -> int:
    """Everything sealed in them goes under the other person's key.

    What was approved for another name goes back to review.
    """
    files = list(HardshipFile.objects.of_person(source).select_for_update(no_key=True))
    for file in files:
        personal.reseal(file, old, new)
        file.person = target
        file.version += 1
        file.save()
        for member in HouseholdMember.objects.of_file(file):
            personal.reseal(member, old, new)
            if member.person_id == source.pk:
                member.person = target
            member.save()
        if source.name != target.name:
            send_change_to_review(by=by, file=file, reason="合并到另一个姓名的人")
    HouseholdMember.objects.filter(person=source).update(person=target)
    return len(files)


def _move_papers(source: Beneficiary, target: Beneficiary, old: DataKey, new: DataKey) -> int:
    papers = list(Attachment.objects.filter(person=source))
    for paper in papers:
        personal.reseal(paper, old, new)
        paper.person = target
        paper.save()
    return len(papers)


def _move_categories(source: Beneficiary, target: Beneficiary) -> int:
    """Those that the remaining person has at the same time stay where they are."""
    rows = CategoryMembership.objects.of_person(source)
    moving = [row for row in rows if not overlapping(row, target)]
    for row in moving:
        row.beneficiary = target
        row.save(update_fields=["beneficiary"])
    return len(moving)


def _move_consents(source: Beneficiary, target: Beneficiary) -> int:
    there = Consent.objects.standing().filter(person=target).values("kind")
    return Consent.objects.filter(person=source).exclude(kind__in=there).update(person=target)


def _move_links(source: Beneficiary, target: Beneficiary) -> int:
    """The union that lost its own row stays linked; a link to the owner itself says nothing."""
    there = set(
        BeneficiaryLink.objects.standing()
        .filter(beneficiary=target)
        .values_list("union", flat=True)
    )
    standing = BeneficiaryLink.objects.standing().filter(beneficiary=source)
    standing.filter(union__in={*there, target.union_id}).update(ended_on=timezone.localdate())
    return standing.update(beneficiary=target)


def _give_up_number(source: Beneficiary, old: DataKey, target: Beneficiary) -> None:
    """One number, one row: what the remaining person takes over leaves the merged row first."""
    if target.id_index is None:
        personal.put_id_number(source, old, "")
        source.id_kind = Beneficiary.IdKind.NONE
    source.save()


def _fill_blanks(source: Beneficiary, target: Beneficiary, old: DataKey, new: DataKey) -> None:
    for name in _SEALED:
        if getattr(target, name) is None:
            target.seal(new, **{name: source.unseal(old, name)})
    if target.bank_account is None:
        personal.put_account(target, new, source.unseal(old, "bank_account"))
    target.sex = target.sex or source.sex
    target.birth_on = target.birth_on or source.birth_on
    target.workplace = target.workplace or source.workplace
