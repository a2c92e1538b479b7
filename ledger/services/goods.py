"""Kinds of goods and their lots."""

from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from ledger import rules
from ledger.models import Item, Lot
from relief.lib.refusals import refuse_stale
from unions.models import Staff, Union
from unions.permissions import Capability, Command, has, require
from unions.services.trail import record
from unions.services.tree import require_open


class ItemDetails(TypedDict, total=False):
    """What a form says about a kind of goods. Left out = as it was."""

    name: str
    kind: str
    unit: str
    has_shelf_life: bool
    price: Decimal | None
    note: str


@transaction.atomic
def create_item(*, by: Staff | Command, union: Union, **details: Unpack[ItemDetails]) -> Item:
    """Name a kind of goods, for the union and all below it; who counts a gift may, too.

    Raises ValidationError: name taken.
    """
    counts = isinstance(by, Staff) and not has(by, Capability.KEEP_FUNDS)
    require(by, Capability.COUNT_GOODS if counts else Capability.KEEP_FUNDS, at=union)
    require_open(union)
    item = Item(union=union)
    _fill(item, details)
    item.save(force_insert=True)
    record(by, Event.Action.CREATE, item)
    return item


@transaction.atomic
def change_item(*, by: Staff, item: Item, version: int, **details: Unpack[ItemDetails]) -> Item:
    """Raises ValidationError: stale, closed."""
    current = _locked(item)
    require(by, Capability.KEEP_FUNDS, at=current.union)
    refuse_stale(current.version, version, "这种物资")
    _fill(current, details)
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(details))
    return current


@transaction.atomic
def close_item(*, by: Staff, item: Item) -> Item:
    """Nobody can choose it any more; what is there is still handed over."""
    current = _locked(item)
    require(by, Capability.KEEP_FUNDS, at=current.union)
    current.closed_on = timezone.localdate()
    current.version += 1
    current.save()
    record(by, Event.Action.CLOSE, current)
    return current


@transaction.atomic
def name_lot(
    *,
    by: Staff | Command,
    union: Union,
    item: Item,
    expires_on: date,
    code: str = "",
    made_on: date | None = None,
) -> Lot:
    """The lot of goods with that number and day; made when it is new. `union` gets the goods.

    Raises ValidationError: no_shelf_life, made after it expires.
    """
    require(by, Capability.COUNT_GOODS, at=union)
    if not item.has_shelf_life:
        rules.refuse("lot", "这种物资没有保质期，不用填批次。", "no_shelf_life")
    same = Lot.objects.select_for_update().filter(item=item, code=code, expires_on=expires_on)
    known = same.first()
    if known is not None:
        return known
    lot = Lot(item=item, code=code, made_on=made_on, expires_on=expires_on)
    lot.full_clean()
    lot.save(force_insert=True)
    return lot


def _locked(item: Item) -> Item:
    rows = Item.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("union").get(pk=item.pk)
    if current.closed_on is not None:
        raise ValidationError("这种物资已经停用。", code="closed")
    return current


def _fill(item: Item, details: ItemDetails) -> None:
    for name, value in details.items():
        setattr(item, name, value)
    if item.price is not None:
        rules.refuse_amount(item.price, "price")
    item.full_clean()
