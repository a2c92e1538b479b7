"""Where a union demands it, a reviewer releases what a clerk checked (`ImportRule`)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers import questions, receiving
from beneficiaries.services.ledgers.demands import needs_release
from relief.lib.refusals import refuse_blank, refuse_stale
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

Status = LedgerImport.Status


@transaction.atomic
def submit_ledger(*, by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    """Hand a checked import to the reviewer, who writes it or sends it back.

    Raises ValidationError: wrong_status, emptied, stale, no_release_needed, nothing_to_write,
    brake_open, sums_open.
    """
    current = receiving.locked_ledger(ledger)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    receiving.refuse_unless(current, frozenset({Status.STAGED}))
    refuse_stale(current.version, version, "这份台账")
    if not needs_release(current):
        raise ValidationError("这个机构不用复核放行，请直接写入。", code="no_release_needed")
    questions.refuse_unready(current)
    if not StagedRow.objects.of_ledger(current).to_write().exists():
        raise ValidationError("没有可以写入的行。", code="nothing_to_write")
    current.submitted_by, current.submitted_at = by, timezone.now()
    current.decisions.pop("returned", None)
    return _go(current, Status.SUBMITTED, by)


@transaction.atomic
def return_ledger(*, by: Staff, ledger: LedgerImport, version: int, reason: str) -> LedgerImport:
    """Back to the clerk, with why. Raises ValidationError: wrong_status, stale, no_reason."""
    current = receiving.locked_ledger(ledger)
    require(by, Capability.CHECK_RECORDS, at=current.union)
    receiving.refuse_unless(current, frozenset({Status.SUBMITTED}))
    refuse_stale(current.version, version, "这份台账")
    refuse_blank(reason)
    told = {"reason": reason.strip(), "by": by.user.full_name, "at": timezone.now().isoformat()}
    current.decisions = {**current.decisions, "returned": told}
    return _go(current, Status.STAGED, by, reason=reason.strip())


def _go(ledger: LedgerImport, status: Status, by: Staff, reason: str = "") -> LedgerImport:
    ledger.status = status
    ledger.version += 1
    ledger.save()
    record(by, Event.Action.DECIDE, ledger, reason=reason, step=status)
    return ledger
