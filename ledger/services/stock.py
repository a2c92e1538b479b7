"""Counting goods (盘点): one person counts, another approves, then the differences are posted."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from ledger import rules
from ledger.models import Balance, Entry, Fund, Posting, StockCount, StockTaking
from ledger.portions import Count, Portion
from ledger.services.acts import Circumstances, begin, locked, write
from ledger.services.checked import noted, refuse_count
from relief.lib.refusals import refuse_blank
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record


@transaction.atomic
def take_stock(
    *,
    by: Staff,
    union: Union,
    fund: Fund,
    counts: Sequence[Count],
    taken_on: date | None = None,
    note: str = "",
) -> StockTaking:
    """Write down what was found; a difference needs its reason. Nothing is posted yet.

    Raises ValidationError: nothing, future, quantity_invalid, other_lot, reason_missing.
    """
    require(by, Capability.COUNT_GOODS, at=union)
    refuse_count(counts)
    day = taken_on or timezone.localdate()
    if day > timezone.localdate():
        rules.refuse("taken_on", "日期不能晚于今天。", "future")
    taking = StockTaking(union=union, fund=fund, taken_on=day, counted_by=by.user, note=note)
    taking.full_clean()
    taking.save(force_insert=True)
    booked = _booked(union, fund)
    lines = [_line(taking, count, booked) for count in counts]
    StockCount.objects.bulk_create(lines)
    record(by, Event.Action.CREATE, taking, lines=len(lines))
    return taking


@transaction.atomic
def approve_stocktaking(*, by: Staff, key: UUID, taking: StockTaking) -> Posting:
    """Let the differences into the ledger: what is missing is written off, what is over received.

    Raises ValidationError: same_person, approved, withdrawn, moved_meanwhile, over_balance,
    campaign_closed.
    """
    require(by, Capability.CHECK_RECORDS, at=taking.union)
    act = begin(by=by, route="approve-stocktaking", key=key, body={"taking": taking})
    if not act.is_new:
        return act.posting
    current = _waiting(taking)
    if current.counted_by_id == by.user_id:
        text = "盘点的人不能自己审批，请由另一个人审批。"
        raise ValidationError(text, code="same_person")
    rules.refuse_closed(current.fund, is_backfilled=False)
    locked(current.union)
    lines = list(StockCount.objects.filter(taking=current).select_related("item", "lot"))
    booked = _booked(current.union, current.fund)
    if any(line.booked != booked.get((line.item_id, line.lot_id), 0) for line in lines):
        text = "盘点以后这些物资又有收发，请重新盘点。"
        raise ValidationError(text, code="moved_meanwhile")
    current.approved_by, current.approved_at = by.user, timezone.now()
    current.version += 1
    current.full_clean()
    current.save()
    record(by, Event.Action.DECIDE, current)
    entries = [_difference(current, line) for line in lines if line.counted != line.booked]
    return write(by=by, act=act, entries=entries) if entries else act.posting


@transaction.atomic
def withdraw_stocktaking(*, by: Staff, taking: StockTaking, reason: str) -> StockTaking:
    """Throw away a count that nobody approved."""
    require(by, Capability.COUNT_GOODS, at=taking.union)
    refuse_blank(reason)
    current = _waiting(taking)
    current.withdrawn_at = timezone.now()
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, reason=reason)
    return current


def _booked(union: Union, fund: Fund) -> dict[tuple[int | None, int | None], int]:
    """What the book says of the goods of a fund at a union."""
    rows = Balance.objects.filter(union=union, fund=fund, item__isnull=False)
    return {
        (item, lot): int(there) for item, lot, there in rows.values_list("item", "lot", "there")
    }


def _line(
    taking: StockTaking, count: Count, booked: dict[tuple[int | None, int | None], int]
) -> StockCount:
    if count.counted:
        rules.refuse_quantity(count.counted, "counted")
    if count.lot is not None and count.lot.item_id != count.item.pk:
        rules.refuse("lot", "这个批次不属于所选的物资。", "other_lot")
    lot = count.lot.pk if count.lot else None
    line = StockCount(
        taking=taking,
        item=count.item,
        lot=count.lot,
        booked=booked.get((count.item.pk, lot), 0),
        counted=count.counted,
        reason=count.reason.strip(),
    )
    if line.booked != line.counted:
        refuse_blank(line.reason, words="账实不符要写明原因。", code="reason_missing")
    line.full_clean()
    return line


def _difference(taking: StockTaking, line: StockCount) -> Entry:
    found = line.counted - line.booked
    portion = Portion(item=line.item, lot=line.lot, quantity=abs(found))
    how = Circumstances(occurred_on=taking.taken_on, note=f"盘点：{line.reason}"[:200])
    kind = Entry.Kind.RECEIVE if found > 0 else Entry.Kind.WRITE_OFF
    return portion.entry(
        kind, taking.fund, taking.union, subject=f"stocktaking:{taking.pk}", **noted(how)
    )


def _waiting(taking: StockTaking) -> StockTaking:
    rows = StockTaking.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("fund__campaign", "union").get(pk=taking.pk)
    if current.approved_at is not None:
        raise ValidationError("这次盘点已经审批。", code="approved")
    if current.withdrawn_at is not None:
        raise ValidationError("这次盘点已经作废。", code="withdrawn")
    return current
