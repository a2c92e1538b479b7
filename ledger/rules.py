"""What a movement must be before it is written; the forms refuse the same earlier, at the field."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns import lifecycle
from campaigns.models import Campaign
from ledger.models import Entry, Fund, Item, Lot
from ledger.models.shapes import MOST_UNITS, MOST_YUAN
from relief.lib.days import day_words
from relief.lib.money import CENT
from unions.models import Union

#: Money comes in and goods are bought before a campaign begins; nobody means more than a year.
BEFORE_CAMPAIGN: Final = timedelta(days=366)


def refuse(field: str, words: str, code: str) -> None:
    """Raises ValidationError beside the field."""
    raise ValidationError({field: ValidationError(words, code=code)})


def refuse_amount(amount: Decimal | None, field: str = "amount") -> None:
    """Raises ValidationError: amount_invalid."""
    if (
        amount is None
        or not amount.is_finite()
        or not 0 < amount <= MOST_YUAN
        or amount != amount.quantize(CENT, rounding=ROUND_DOWN)
    ):
        words = "金额要大于 0，最多两位小数，不超过 9,999,999,999.99 元。"
        refuse(field, words, "amount_invalid")


def refuse_quantity(quantity: int | None, field: str = "quantity") -> None:
    """Raises ValidationError: quantity_invalid."""
    if quantity is None or isinstance(quantity, bool) or not isinstance(quantity, int):
        refuse(field, "数量要填整数。", "quantity_invalid")
    elif not 0 < quantity <= MOST_UNITS:
        refuse(field, "数量要大于 0，不超过 1,000,000,000。", "quantity_invalid")


def refuse_portion(
    item: Item | None, lot: Lot | None, amount: Decimal | None, quantity: int | None
) -> None:
    """Money has an amount and no quantity; goods have a quantity, and a value or none.

    Raises ValidationError: amount_invalid, quantity_invalid, other_lot, lot_missing.
    """
    if item is None:
        refuse_amount(amount)
        if quantity is not None or lot is not None:
            refuse("quantity", "资金没有数量和批次。", "quantity_invalid")
        return
    refuse_quantity(quantity)
    if amount is not None:
        refuse_amount(amount)
    if lot is not None and lot.item_id != item.pk:
        refuse("lot", "这个批次不属于所选的物资。", "other_lot")


def refuse_lot_missing(item: Item | None, lot: Lot | None, *, is_backfilled: bool) -> None:
    """Goods that spoil come in with their day. Raises ValidationError: lot_missing."""
    if item is not None and item.has_shelf_life and lot is None and not is_backfilled:
        refuse("lot", "有保质期的物资要填写批次和到期日期。", "lot_missing")


def refuse_day(fund: Fund, kind: str, day: date | None, *, is_backfilled: bool) -> None:
    """Raises ValidationError: day_missing, future, outside_campaign."""
    if day is None:
        if not is_backfilled:
            refuse("occurred_on", "请填写日期。", "day_missing")
        return
    if day > timezone.localdate():
        refuse("occurred_on", "日期不能晚于今天。", "future")
    if is_backfilled:
        return
    begins, last = fund.campaign.starts_on, fund.campaign.ends_on
    is_handing_over = kind == Entry.Kind.DISBURSE
    early = timedelta() if is_handing_over else BEFORE_CAMPAIGN
    if begins and day < begins - early:
        words = f"日期早于活动（{day_words(begins)}开始），请核对。"
        refuse("occurred_on", words, "outside_campaign")
    if last and is_handing_over and day > last:
        words = f"活动到 {day_words(last)}结束，请核对日期。"
        refuse("occurred_on", words, "outside_campaign")


def refuse_closed(fund: Fund, *, is_backfilled: bool) -> None:
    """Raises ValidationError: fund_closed, campaign_closed, campaign_not_approved."""
    if not fund.is_open:
        refuse("fund", "这笔资金已经关闭，不能再记账。", "fund_closed")
    if not is_backfilled:
        refuse_closed_campaign(fund.campaign)


def refuse_closed_campaign(campaign: Campaign) -> None:
    """Raises ValidationError: campaign_closed, campaign_not_approved."""
    if campaign.status in lifecycle.OPEN:
        return
    if campaign.status in lifecycle.AGREED | lifecycle.ENDED:
        refuse("fund", "这个活动已经结束，不能再记账。", "campaign_closed")
    refuse("fund", "这个活动还没有批准，不能记账。", "campaign_not_approved")


def refuse_cash_of(fund: Fund, item: Item | None) -> None:
    """What a money line may not be handed over as. Raises ValidationError: no_cash, no_cards."""
    if item is None and not fund.line.allows_cash:
        refuse("fund", f"“{fund.line}”不能发现金。", "no_cash")
    refuse_cards_of(fund, item)


def refuse_cards_of(fund: Fund, item: Item | None) -> None:
    """Raises ValidationError: no_cards."""
    if item is not None and item.kind == Item.Kind.CARD and not fund.line.allows_cards:
        refuse("item", f"“{fund.line}”不能用于购物卡。", "no_cards")


def refuse_foreign(fund: Fund, union: Union) -> None:
    """A fund enters where it was opened, and from there it can only come down.

    Raises ValidationError: foreign_fund.
    """
    if not fund.union.contains(union):
        refuse("fund", "这笔资金不属于本机构，请另选资金。", "foreign_fund")
