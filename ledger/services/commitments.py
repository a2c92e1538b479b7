"""What is promised: reserved when a roster is approved, spent by its payments, released if void."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from ledger import rules
from ledger.models import Commitment, CommitmentLeft, CommitmentRelease, Posting
from ledger.portions import Reservation
from ledger.refusals import worded
from ledger.services.acts import begin
from ledger.services.checked import refuse_count
from relief.lib.refusals import refuse_blank
from unions.models import Staff, Union
from unions.permissions import Capability, Command, has, require
from unions.services.trail import posting_of
from unions.services.tree import require_open


@transaction.atomic
def commit(
    *,
    by: Staff | Command,
    key: UUID,
    union: Union,
    subject: str,
    reservations: Sequence[Reservation],
    is_backfilled: bool = False,
) -> Posting:
    """Reserve what `subject` will take at the union, all or none; approving a roster calls it.

    One reservation for each fund (and item, and lot), however many lines there are: add up first.
    Raises ValidationError: over_balance, size_invalid, nothing, fund_closed, campaign_closed.
    """
    require(by, Capability.CHECK_RECORDS, at=union)
    body = {"union": union, "subject": subject, "of": list(reservations)}
    act = begin(by=by, route="commit", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_count(reservations)
    require_open(union)
    for wanted in reservations:
        rules.refuse_closed(wanted.fund, is_backfilled=is_backfilled)
        rules.refuse_amount(wanted.size, "size")
        if wanted.item is not None and wanted.size != wanted.size.to_integral_value():
            rules.refuse("size", "物资的数量要填整数。", "size_invalid")
    rows = [
        Commitment(
            posting=act.posting,
            union=union,
            fund=wanted.fund,
            item=wanted.item,
            lot=wanted.lot,
            size=wanted.size,
            subject=subject,
            recorded_by=posting_of(by),
        )
        for wanted in reservations
    ]
    with worded():
        Commitment.objects.bulk_create(rows)
    return act.posting


@transaction.atomic
def release(
    *,
    by: Staff | Command,
    key: UUID,
    union: Union,
    subject: str,
    reason: str,
    sizes: dict[int, Decimal] | None = None,
) -> Posting:
    """Give back what `subject` does not need any more: all that is open, or `sizes` by commitment.

    Who approves may (void, sent back), and who pays (less was handed over).
    Raises ValidationError: over_commitment, no_reason.
    """
    pays = isinstance(by, Staff) and has(by, Capability.PAY)
    require(by, Capability.PAY if pays else Capability.CHECK_RECORDS, at=union)
    body = {"union": union, "subject": subject, "sizes": sizes, "reason": reason}
    act = begin(by=by, route="release", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_blank(reason)
    wanted = _open_sizes(union, subject) if sizes is None else _own_sizes(union, subject, sizes)
    rows = [
        CommitmentRelease(
            commitment_id=commitment,
            posting=act.posting,
            size=size,
            reason=reason.strip(),
            recorded_by=posting_of(by),
        )
        for commitment, size in sorted(wanted.items())
        if size
    ]
    with worded():
        CommitmentRelease.objects.bulk_create(rows)
    return act.posting


def _open_sizes(union: Union, subject: str) -> dict[int, Decimal]:
    """What is open now. A payment that comes between makes the release fail, not go below zero."""
    about = Commitment.objects.about(subject).filter(union=union)
    left = CommitmentLeft.objects.filter(commitment__in=about, remaining__gt=0)
    return dict(left.values_list("commitment", "remaining"))


def _own_sizes(union: Union, subject: str, sizes: dict[int, Decimal]) -> dict[int, Decimal]:
    own = Commitment.objects.about(subject).filter(union=union).values_list("pk", flat=True)
    if sizes.keys() - set(own):
        raise ValidationError("所选的批准额度不属于这一批。", code="other_commitment")
    for size in sizes.values():
        rules.refuse_amount(size, "size")
    return sizes
