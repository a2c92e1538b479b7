"""Goods bought with money of a fund (采购)."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from ledger import rules
from ledger.models import Entry, Fund, Posting, Purchase
from ledger.portions import Portion
from ledger.services.acts import PLAIN, Circumstances, begin, write
from ledger.services.checked import noted, refuse_count, refuse_movement
from unions.models import Staff, Union
from unions.permissions import Capability, Command, require


class Papers(TypedDict, total=False):
    """What the papers of a purchase say. Source: DOMAIN §4.6."""

    method: str
    supplier: str
    quotes: list[dict[str, str]]
    contract_number: str
    invoice_number: str
    accepted_by: Staff | None
    accepted_on: date | None
    note: str


@transaction.atomic
def purchase(
    *,
    by: Staff | Command,
    key: UUID,
    fund: Fund,
    union: Union,
    portions: Sequence[Portion],
    how: Circumstances = PLAIN,
    **papers: Unpack[Papers],
) -> Posting:
    """Turn money of a fund into goods of the same fund; every line has its price.

    Raises ValidationError: over_balance, price_missing, accepted_by_buyer, acceptor_missing, and
    as `receive`.
    """
    require(by, Capability.MOVE_FUNDS, at=union)
    body = {"fund": fund, "union": union, "of": list(portions), "how": how, "papers": papers}
    act = begin(by=by, route="purchase", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_count(portions)
    refuse_movement(fund, union, Entry.Kind.PURCHASE, portions, how, is_own=False)
    for portion in portions:
        if portion.item is None:
            rules.refuse("item", "请选择买了什么。", "item_missing")
        if portion.amount is None:
            rules.refuse("amount", "采购要填写金额。", "price_missing")
        rules.refuse_cards_of(fund, portion.item)
        rules.refuse_lot_missing(portion.item, portion.lot, is_backfilled=how.is_backfilled)
    _refuse_acceptor(by, papers, how)
    kept = Purchase(posting=act.posting, union=union, **papers)
    kept.full_clean(exclude={"posting"})
    kept.save(force_insert=True)
    entries = [p.entry(Entry.Kind.PURCHASE, fund, union, **noted(how)) for p in portions]
    return write(by=by, act=act, entries=entries)


def _refuse_acceptor(by: Staff | Command, papers: Papers, how: Circumstances) -> None:
    """Who buys does not accept the goods. Raises ValidationError: acceptor_missing, …"""
    acceptor = papers.get("accepted_by")
    if acceptor is None:
        if not how.is_backfilled:
            rules.refuse("accepted_by", "请选择验收人。", "acceptor_missing")
        return
    if isinstance(by, Staff) and acceptor.user_id == by.user_id:
        words = "采购的人不能自己验收，请另选验收人。"
        rules.refuse("accepted_by", words, "accepted_by_buyer")
