"""Gifts: one person registers, another counts, and only then they are in the ledger.

Source: DOMAIN §8.3 (two people count on receipt, a register, a receipt number).
"""

from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from ledger import rules
from ledger.models import BATCH, Donation, Donor, Entry, Fund, Item, Lot, Posting
from ledger.portions import Portion
from ledger.services.acts import Circumstances, begin, write
from ledger.services.checked import noted, refuse_movement
from relief.lib.refusals import refuse_blank
from unions.models import Staff, Union, User
from unions.permissions import Capability, Command, require
from unions.services.trail import record


class Gift(TypedDict, total=False):
    """What a form says about a donation."""

    amount: Decimal | None
    item: Item | None
    lot: Lot | None
    quantity: int | None
    value_basis: str
    directed_to: str
    directed_union: Union | None
    agreement_number: str
    receipt_number: str
    received_on: date | None
    is_backfilled: bool
    note: str


@transaction.atomic
def create_donor(
    *,
    by: Staff | Command,
    union: Union,
    name: str,
    kind: str,
    as_union: Union | None = None,
    note: str = "",
) -> Donor:
    """Keep who gives. Raises ValidationError: name taken."""
    require(by, Capability.COUNT_GOODS, at=union)
    donor = Donor(union=union, name=name, kind=kind, as_union=as_union, note=note)
    donor.full_clean()
    donor.save(force_insert=True)
    record(by, Event.Action.CREATE, donor)
    return donor


@transaction.atomic
def register_donation(
    *, by: Staff | Command, fund: Fund, donor: Donor, **gift: Unpack[Gift]
) -> Donation:
    """Write down a gift that arrived; another person has to count it.

    Goods without quantity are one batch: the item must be counted in 批 (DESIGN §8.22).
    Raises ValidationError: amount_invalid, quantity_invalid, lot_missing, day_missing, future,
    receipt_used, fund_closed, campaign_closed.
    """
    require(by, Capability.COUNT_GOODS, at=fund.union)
    donation = Donation(fund=fund, union=fund.union, donor=donor, **gift)
    donation.kind = _kind_of(donation.item)
    if donation.item is not None and donation.item.unit == BATCH and donation.quantity is None:
        donation.quantity = 1
    how = _circumstances(donation)
    refuse_movement(fund, fund.union, Entry.Kind.RECEIVE, [_portion(donation)], how)
    rules.refuse_lot_missing(donation.item, donation.lot, is_backfilled=donation.is_backfilled)
    donation.registered_by = by.user if isinstance(by, Staff) else None
    donation.full_clean()
    donation.save(force_insert=True)
    record(by, Event.Action.CREATE, donation)
    return donation


@transaction.atomic
def count_donation(*, by: Staff | Command, key: UUID, donation: Donation) -> Posting:
    """Say, as a second person, that everything is there: now it is received.

    Raises ValidationError: same_person, counted, withdrawn.
    """
    require(by, Capability.COUNT_GOODS, at=donation.union)
    act = begin(by=by, route="count-donation", key=key, body={"donation": donation})
    if not act.is_new:
        return act.posting
    current = _waiting(donation)
    if isinstance(by, Staff):
        _refuse_same_person(current, by.user)
        current.counted_by = by.user
    current.counted_at = timezone.now()
    current.version += 1
    current.full_clean()
    current.save()
    how = _circumstances(current)
    refuse_movement(current.fund, current.union, Entry.Kind.RECEIVE, [_portion(current)], how)
    entry = _portion(current).entry(
        Entry.Kind.RECEIVE, current.fund, current.union, donation=current, **noted(how)
    )
    record(by, Event.Action.DECIDE, current)
    return write(by=by, act=act, entries=[entry])


@transaction.atomic
def withdraw_donation(*, by: Staff, donation: Donation, reason: str) -> Donation:
    """Take back what was registered by mistake and not counted yet."""
    require(by, Capability.COUNT_GOODS, at=donation.union)
    refuse_blank(reason)
    current = _waiting(donation)
    current.withdrawn_at = timezone.now()
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, reason=reason)
    return current


@transaction.atomic
def note_thanks(*, by: Staff, donation: Donation, thanked_on: date) -> Donation:
    """Keep when the letter of thanks went out. Raises ValidationError: future."""
    require(by, Capability.COUNT_GOODS, at=donation.union)
    if thanked_on > timezone.localdate():
        rules.refuse("thanked_on", "日期不能晚于今天。", "future")
    current = Donation.objects.select_for_update(of=("self",)).get(pk=donation.pk)
    current.thanked_on = thanked_on
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, fields=["thanked_on"])
    return current


def _kind_of(item: Item | None) -> str:
    if item is None:
        return Donation.Kind.CASH
    return Donation.Kind.SERVICE if item.kind == Item.Kind.SERVICE else Donation.Kind.GOODS


def _portion(donation: Donation) -> Portion:
    return Portion(
        amount=donation.amount,
        item=donation.item,
        lot=donation.lot,
        quantity=donation.quantity,
    )


def _circumstances(donation: Donation) -> Circumstances:
    return Circumstances(
        occurred_on=donation.received_on,
        voucher_number=donation.receipt_number[:40],
        is_backfilled=donation.is_backfilled,
    )


def _waiting(donation: Donation) -> Donation:
    rows = Donation.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("fund__campaign", "fund__union", "union").get(pk=donation.pk)
    if current.counted_at is not None:
        raise ValidationError("这笔捐赠已经清点入账。", code="counted")
    if current.withdrawn_at is not None:
        raise ValidationError("这笔捐赠已经撤回。", code="withdrawn")
    return current


def _refuse_same_person(donation: Donation, user: User) -> None:
    if donation.registered_by_id == user.pk:
        text = "登记的人不能自己清点，请由另一个人清点。"
        raise ValidationError(text, code="same_person")
