"""Money and goods that come in, go down the tree, come back up, and are handed over.

Each act is sent with a key: sent twice, it is done once. A caller outside every transaction tries
again what was rolled back for the sake of another act (relief.lib.retrying).
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from ledger import rules
from ledger.models import Entry, Fund, Posting
from ledger.portions import Payment, Portion, Share
from ledger.services.acts import PLAIN, Circumstances, begin, locked, write
from ledger.services.checked import noted, refuse_count, refuse_movement
from relief.lib.refusals import refuse_blank
from unions.models import Staff, Union
from unions.permissions import Capability, Command, require
from unions.services.tree import require_open

Kind = Entry.Kind


@transaction.atomic
def receive(
    *,
    by: Staff | Command,
    key: UUID,
    fund: Fund,
    portion: Portion,
    how: Circumstances = PLAIN,
) -> Posting:
    """Enter what came from outside, at the union where the fund was opened.

    Raises ValidationError: amount_invalid, quantity_invalid, lot_missing, future,
    outside_campaign, fund_closed, campaign_closed, union_closed, key_reused.
    """
    require(by, Capability.MOVE_FUNDS, at=fund.union)
    act = begin(by=by, route="receive", key=key, body={"fund": fund, "of": portion, "how": how})
    if not act.is_new:
        return act.posting
    refuse_movement(fund, fund.union, Kind.RECEIVE, [portion], how)
    rules.refuse_lot_missing(portion.item, portion.lot, is_backfilled=how.is_backfilled)
    entry = portion.entry(Kind.RECEIVE, fund, fund.union, **noted(how))
    return write(by=by, act=act, entries=[entry])


@transaction.atomic
def allot(
    *,
    by: Staff | Command,
    key: UUID,
    fund: Fund,
    union: Union,
    shares: Sequence[Share],
    how: Circumstances = PLAIN,
) -> Posting:
    """Hand down shares of a fund to unions directly below `union`, all or none.

    Raises ValidationError: over_balance, not_directly_below, nothing, too_many, twice, and as
    `receive`.
    """
    require(by, Capability.MOVE_FUNDS, at=union)
    body = {"fund": fund, "from": union, "shares": list(shares), "how": how}
    act = begin(by=by, route="allot", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_count(shares)
    now = locked(union, *(share.union for share in shares))
    require(by, Capability.MOVE_FUNDS, at=now[union.pk])
    for share in shares:
        below = now[share.union.pk]
        require_open(below)
        if below.parent_id != union.pk:
            words = f"“{below}”不是“{union}”的直接下级，只能下拨给直接下级。"
            rules.refuse("union", words, "not_directly_below")
    refuse_movement(fund, now[union.pk], Kind.ALLOT, [share.portion for share in shares], how)
    entries = [
        share.portion.entry(Kind.ALLOT, fund, union, to_union=share.union, **noted(how))
        for share in shares
    ]
    return write(by=by, act=act, entries=entries)


@transaction.atomic
def return_upward(
    *,
    by: Staff | Command,
    key: UUID,
    fund: Fund,
    union: Union,
    portions: Sequence[Portion],
    how: Circumstances = PLAIN,
) -> Posting:
    """Send back to the union directly above what is left and not promised.

    Raises ValidationError: over_balance, no_union_above, and as `receive`.
    """
    require(by, Capability.MOVE_FUNDS, at=union)
    body = {"fund": fund, "from": union, "of": list(portions), "how": how}
    act = begin(by=by, route="return", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_count(portions)
    above = union.parent
    now = locked(union, above) if above else {}
    # Somebody may have moved the union meanwhile: then it goes where it now belongs, or nowhere.
    if above is None or now[union.pk].parent_id != above.pk:
        raise ValidationError("上级机构已经变了，请重新打开页面。", code="no_union_above")
    require(by, Capability.MOVE_FUNDS, at=now[union.pk])
    refuse_movement(fund, now[union.pk], Kind.RETURN, portions, how, is_own=False)
    entries = [
        portion.entry(Kind.RETURN, fund, union, to_union=above, **noted(how))
        for portion in portions
    ]
    return write(by=by, act=act, entries=entries)


@transaction.atomic
def disburse(
    *,
    by: Staff | Command,
    key: UUID,
    union: Union,
    payments: Sequence[Payment],
    how: Circumstances = PLAIN,
) -> Posting:
    """Hand over to people, groups or organisations what a roster says, all or none.

    At most 2,000 lines; whether a roster was approved, and by whom, its own app knows.
    Raises ValidationError: over_balance, over_commitment, no_cash, no_cards, and as `allot`.
    """
    require(by, Capability.PAY, at=union)
    body = {"union": union, "payments": list(payments), "how": how}
    act = begin(by=by, route="disburse", key=key, body=body)
    if not act.is_new:
        return act.posting
    refuse_count(payments)
    funds = {payment.fund.pk: payment.fund for payment in payments}
    for fund in funds.values():
        of_fund = [payment.portion for payment in payments if payment.fund.pk == fund.pk]
        refuse_movement(fund, union, Kind.DISBURSE, of_fund, how, is_own=False)
        for portion in of_fund:
            rules.refuse_cash_of(fund, portion.item)
    fields = noted(how)
    entries = [_paid(payment, union, fields) for payment in payments]
    return write(by=by, act=act, entries=entries)


@transaction.atomic
def reverse(
    *, by: Staff | Command, key: UUID, entry: Entry, reason: str, how: Circumstances = PLAIN
) -> Posting:
    """Take one entry back by its mirror image; the entry itself stays.

    What was promised for it is promised again. Who pays may take back a payment. A closed fund
    does not hinder it; a closed campaign is reopened first.
    Raises ValidationError: no_reason, is_reversal, reversed, over_balance (it went on meanwhile),
    campaign_closed.
    """
    needed = Capability.PAY if entry.kind == Kind.DISBURSE else Capability.MOVE_FUNDS
    require(by, needed, at=entry.union)
    act = begin(by=by, route="reverse", key=key, body={"entry": entry, "reason": reason})
    if not act.is_new:
        return act.posting
    refuse_blank(reason)
    if entry.reverses_id is not None:
        raise ValidationError("这一笔本身就是冲销，请重新记一笔。", code="is_reversal")
    if not how.is_backfilled:
        rules.refuse_closed_campaign(entry.fund.campaign)
    if entry.to_union is not None:
        locked(entry.union, entry.to_union)
    rules.refuse_day(entry.fund, entry.kind, how.on(), is_backfilled=True)
    mirror = Entry(
        **{name: getattr(entry, name) for name in _MIRRORED},
        **noted(how) | {"note": reason.strip()},
        reverses=entry,
    )
    return write(by=by, act=act, entries=[mirror])


#: What a reversal has of its entry; the database compares them.
_MIRRORED: Final = (
    "kind",
    "union_id",
    "to_union_id",
    "fund_id",
    "item_id",
    "lot_id",
    "amount",
    "quantity",
    "is_unpriced",
    "donation_id",
    "commitment_id",
    "subject",
)


def _paid(payment: Payment, union: Union, fields: dict[str, object]) -> Entry:
    return payment.portion.entry(
        Kind.DISBURSE,
        payment.fund,
        union,
        subject=payment.subject,
        commitment=payment.commitment,
        **fields | {"note": payment.note or fields["note"]},
    )
