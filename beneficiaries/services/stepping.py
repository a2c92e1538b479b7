"""One step of a hardship file: made, written down, told to the log."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import lifecycle
from beneficiaries.lifecycle import Status
from beneficiaries.models import FileStep, HardshipFile
from relief.lib.refusals import refuse_blank
from unions.models import Staff
from unions.services.trail import record

#: Steps that say why they are taken, wherever they come from.
_WITH_REASON = frozenset({Status.DRAFT, Status.REJECTED, Status.RELIEVED, Status.CLOSED})


def touch(file: HardshipFile) -> None:
    """Note that the file was changed: for the optimistic lock and for the list 一年未改."""
    file.version += 1
    file.changed_at = timezone.now()


@transaction.atomic
def go(*, by: Staff, file: HardshipFile, to: Status, reason: str = "") -> HardshipFile:
    """Make the step and write it down. Raises ValidationError: wrong_step, no_reason."""
    before = Status(file.status)
    if to not in lifecycle.STEPS[before]:
        refuse_other_status(file)
    is_change = (before, to) == (Status.ACTIVE, Status.REVIEW)
    if to in _WITH_REASON or is_change:
        refuse_blank(reason)
    file.status = to
    touch(file)
    file.full_clean(validate_constraints=False)
    file.save()
    FileStep.objects.create(file=file, from_status=before, to_status=to, reason=reason, by=by)
    is_own = is_change or before == Status.DRAFT
    action = Event.Action.SUBMIT if is_own else Event.Action.DECIDE
    record(by, action, file, reason=reason, before=before, after=to)
    return file


@transaction.atomic
def send_change_to_review(*, by: Staff, file: HardshipFile, reason: str) -> None:
    """变更: what was approved is changed by its maker, so others look at it before it holds again.

    Nothing for a file that is not in force. Raises ValidationError: no_change_reason.
    Source: DESIGN §8.13 (maker and checker are two users).
    """
    if file.status != Status.ACTIVE:
        return
    words = "这份档案已经在档：改类别、收入、家庭成员等要写明变更理由，保存后重新送复核。"
    refuse_blank(reason, field="change_reason", words=words, code="no_change_reason")
    file.applied_by = by.user
    file.approved_by = file.approved_on = None
    go(by=by, file=file, to=Status.REVIEW, reason=reason.strip())


def refuse_other_status(file: HardshipFile, *expected: Status) -> None:
    if file.status not in expected:
        text = f"这份档案现在是“{file.get_status_display()}”，不能做这一步。请刷新页面。"
        raise ValidationError(text, code="wrong_step")
