"""That what was handed down has arrived (确认收到)."""

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import Event
from ledger.models import Acknowledgement, Entry
from ledger.refusals import worded
from unions.models import Staff
from unions.permissions import Capability, Command, require
from unions.services.trail import posting_of, record


@transaction.atomic
def acknowledge(*, by: Staff | Command, entry: Entry, note: str = "") -> Acknowledgement:
    """Say for the receiving union that an allotment (or a return) arrived.

    Raises ValidationError: nothing_sent, reversed, same_person, acknowledged.
    """
    if entry.to_union is None or entry.reverses_id is not None:
        raise ValidationError("这一笔没有要确认收到的款物。", code="nothing_sent")
    require(by, Capability.ACKNOWLEDGE, at=entry.to_union)
    if Entry.objects.filter(reverses=entry).exists():
        raise ValidationError("这一笔已经冲销，不用确认。", code="reversed")
    if Acknowledgement.objects.filter(entry=entry).exists():
        raise ValidationError("这一笔已经确认收到。", code="acknowledged")
    receipt = Acknowledgement(entry=entry, acknowledged_by=posting_of(by), note=note)
    receipt.full_clean()
    with worded():
        receipt.save(force_insert=True)
    record(by, Event.Action.CREATE, receipt)
    return receipt
