"""The life of a hardship file: each step by somebody entitled, none skipped, none by the maker.

申报 → 初审 → (公示) → 复核 → 核对 → (公示) → 审批 → 在档; sent back or refused at any review.
The database knows the legal steps, too (`lifecycle.STEPS`). Source: DOMAIN §3.8, DESIGN §8.13.
"""

from datetime import date
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import lifecycle
from beneficiaries.acts import DECIDING
from beneficiaries.lifecycle import Status
from beneficiaries.makers import is_maker
from beneficiaries.models import FilePublicity, FileStep, HardshipFile, PublicityRule
from beneficiaries.models.person_key import key_of
from beneficiaries.ownership import require_keeper
from beneficiaries.required import household_differs, missing
from beneficiaries.services.files import locked_file
from beneficiaries.services.people import refuse_gone
from beneficiaries.services.stepping import go, refuse_other_status, touch
from beneficiaries.working_days import after_working_days
from unions.models import Staff
from unions.permissions import Capability, require, roles_with
from unions.scope import ancestor_paths
from unions.services.trail import record

#: How a posting ends by itself; a file that is sent back stops it.
OUTCOMES: Final = frozenset(FilePublicity.Outcome.values) - {FilePublicity.Outcome.STOPPED}
_AFTER_PUBLICITY: Final = {Status.APPLIED: Status.REVIEW, Status.COMPARISON: Status.APPROVAL}


@transaction.atomic
def submit_file(*, by: Staff, file: HardshipFile) -> HardshipFile:
    """Hand a draft in. Raises ValidationError: incomplete (field by field), household_differs."""
    current = locked_file(file)
    require_keeper(by, current.union)
    refuse_gone(current.person)
    refuse_other_status(current, Status.DRAFT)
    health = current.unseal(key_of(current.person), "health")
    empty = {
        name: ValidationError(f"请填写{label}", code="incomplete")
        for name, label in missing(current, health)
    }
    if empty:
        raise ValidationError(empty)
    if household_differs(current):
        text = "家庭人口与列出的成员人数不一致，请核对，或写明原因。"
        raise ValidationError({"household_size": ValidationError(text, code="household_differs")})
    current.applied_by = by.user
    return go(by=by, file=current, to=Status.APPLIED)


@transaction.atomic
def pass_first_review(
    *, by: Staff, file: HardshipFile, place: str = "", starts_on: date | None = None
) -> HardshipFile:
    """初审 passed; where the rule says so, the file is posted at `place` from `starts_on` on."""
    current = _under_review(by, file, Status.APPLIED)
    rule = PublicityRule.objects.for_union(current.union)
    if not rule.after_first_review:
        return go(by=by, file=current, to=Status.REVIEW)
    return _post(current, rule, place, starts_on, by)


@transaction.atomic
def end_publicity(*, by: Staff, file: HardshipFile, outcome: str, note: str = "") -> HardshipFile:
    """The posting is over: the file goes on, or back to the draft where an objection held.

    Raises ValidationError: too_early, no_reason (an objection needs words), unknown_outcome.
    """
    current = _under_review(by, file, Status.PUBLICITY)
    if outcome not in OUTCOMES:
        raise ValidationError(
            {"outcome": ValidationError("请选择公示结果。", code="unknown_outcome")}
        )
    posting = FilePublicity.objects.running().select_for_update().get(file=current)
    if outcome != FilePublicity.Outcome.NONE and not note.strip():
        raise ValidationError({"note": ValidationError("请写明异议和查证情况。", code="no_reason")})
    if outcome != FilePublicity.Outcome.UPHELD and timezone.localdate() <= posting.ends_on:
        text = f"公示到 {posting.ends_on} 为止，第二天起才能结束。"
        raise ValidationError(text, code="too_early")
    posting.outcome, posting.note = outcome, note
    posting.full_clean()
    posting.save(update_fields=["outcome", "note"])
    if outcome == FilePublicity.Outcome.UPHELD:
        return go(by=by, file=current, to=Status.DRAFT, reason=note)
    return go(by=by, file=current, to=_AFTER_PUBLICITY[Status(posting.follows)])


@transaction.atomic
def pass_review(*, by: Staff, file: HardshipFile) -> HardshipFile:
    """复核 passed: on to the comparison with the civil affairs office."""
    return go(by=by, file=_under_review(by, file, Status.REVIEW), to=Status.COMPARISON)


@transaction.atomic
def pass_comparison(
    *, by: Staff, file: HardshipFile, place: str = "", starts_on: date | None = None
) -> HardshipFile:
    """核对 passed, at the district; where the rule says so, the file is posted (again)."""
    current = _under_review(by, file, Status.COMPARISON)
    _require_district(by)
    rule = PublicityRule.objects.for_union(current.union)
    if not rule.after_comparison:
        return go(by=by, file=current, to=Status.APPROVAL)
    return _post(current, rule, place, starts_on, by)


@transaction.atomic
def approve_file(*, by: Staff, file: HardshipFile) -> HardshipFile:
    """审批: from now on the household is 在档; its file of an earlier year ends (转入下一年度).

    Raises PermissionDenied: the maker, or the one who decided every step of this round before,
    where the district has another checker.
    """
    current = _under_review(by, file, Status.APPROVAL)
    _require_district(by)
    _refuse_alone(by, current)
    current.approved_by = by.user
    current.approved_on = current.reviewed_on = timezone.localdate()
    earlier = HardshipFile.objects.of_person(current.person).active().filter(year__lt=current.year)
    for old in earlier.select_for_update(of=("self",), no_key=True):
        old.exit_reason, old.ended_on = HardshipFile.Exit.RENEWED, current.approved_on
        go(by=by, file=old, to=Status.CLOSED, reason=f"转入 {current.year} 年度档案")
    return go(by=by, file=current, to=Status.ACTIVE)


@transaction.atomic
def return_file(*, by: Staff, file: HardshipFile, reason: str) -> HardshipFile:
    """退回补正, from any review: the file is a draft again, and its posting ends unfinished."""
    current = _under_review(by, file)
    _end_running(current, reason)
    return go(by=by, file=current, to=Status.DRAFT, reason=reason)


@transaction.atomic
def reject_file(*, by: Staff, file: HardshipFile, reason: str) -> HardshipFile:
    """不予建档, with the reason that the person is told; the person may apply again."""
    current = _under_review(by, file)
    _end_running(current, reason)
    return go(by=by, file=current, to=Status.REJECTED, reason=reason)


@transaction.atomic
def exit_file(*, by: Staff, file: HardshipFile, exit_reason: str, reason: str) -> HardshipFile:
    """脱困 or 注销. A file in force is ended by a checker, a draft by its maker.

    Raises ValidationError: wrong_step, unknown_exit.
    """
    current = locked_file(file)
    if current.status == Status.DRAFT:
        require_keeper(by, current.union)
    else:
        require(by, Capability.CHECK_RECORDS, at=current.union)
    if exit_reason not in HardshipFile.Exit.values:
        raise ValidationError({"exit_reason": ValidationError("请选择原因。", code="unknown_exit")})
    is_relieved = exit_reason == HardshipFile.Exit.RELIEVED
    current.exit_reason = exit_reason
    current.ended_on = timezone.localdate()
    current.reviewed_on = current.ended_on
    return go(
        by=by, file=current, to=Status.RELIEVED if is_relieved else Status.CLOSED, reason=reason
    )


@transaction.atomic
def make_regular(*, by: Staff, file: HardshipFile, reason: str) -> HardshipFile:
    """转正 of a 临时救助档案 in force. Raises ValidationError: not_temporary."""
    current = locked_file(file)
    require(by, Capability.CHECK_RECORDS, at=current.union)
    if not current.is_temporary or current.status != Status.ACTIVE:
        raise ValidationError("只有在档的临时救助档案才能转正。", code="not_temporary")
    current.is_temporary = False
    touch(current)
    current.save()
    record(by, Event.Action.CHANGE, current, reason=reason, fields=["is_temporary"])
    return current


def _under_review(by: Staff, file: HardshipFile, *waiting: Status) -> HardshipFile:
    """The locked file, when it waits there (or in any review) and is somebody else's work."""
    current = locked_file(file)
    require(by, Capability.CHECK_RECORDS, at=current.union)
    refuse_other_status(current, *(waiting or lifecycle.UNDER_REVIEW))
    if is_maker(by.user_id, current):
        raise PermissionDenied("自己填写或申报的档案要由别人审核。")
    return current


def _require_district(by: Staff) -> None:
    if by.union.kind not in DECIDING:
        raise PermissionDenied("核对和审批由区总工会办理。")


def _refuse_alone(by: Staff, file: HardshipFile) -> None:
    """初审 to 审批 in one hand only where there is no other hand. Source: DOMAIN §3.8."""
    steps = FileStep.objects.of_file(file)
    begun = steps.filter(from_status__in=[Status.DRAFT, Status.ACTIVE]).last()
    decided = steps.filter(pk__gt=begun.pk if begun else 0, from_status__in=lifecycle.UNDER_REVIEW)
    if not decided.exists() or decided.exclude(by__user=by.user_id).exists():
        return
    others = Staff.objects.live().filter(
        role__in=roles_with(Capability.CHECK_RECORDS),
        union__kind__in=DECIDING,
        union__path__in=ancestor_paths(file.union.path),
        user__is_active=True,
    )
    if others.exclude(user__in=[by.user_id, file.applied_by_id or 0]).exists():
        raise PermissionDenied("前面各步都是您办的，审批要由另一位复核人员办理。")


def _post(
    file: HardshipFile, rule: PublicityRule, place: str, starts_on: date | None, by: Staff
) -> HardshipFile:
    first = starts_on or timezone.localdate()
    if first < timezone.localdate():
        text = "公示不能从已经过去的日子开始。"
        raise ValidationError({"starts_on": ValidationError(text, code="past")})
    deadline = after_working_days(first, rule.working_days)
    posting = FilePublicity(
        file=file,
        follows=file.status,
        place=place.strip(),
        starts_on=first,
        ends_on=deadline.day,
        working_days=rule.working_days,
        is_estimated=deadline.is_estimated,
    )
    posting.full_clean()
    posting.save(force_insert=True)
    return go(by=by, file=file, to=Status.PUBLICITY)


def _end_running(file: HardshipFile, reason: str) -> None:
    FilePublicity.objects.running().filter(file=file).update(
        outcome=FilePublicity.Outcome.STOPPED, note=reason
    )
