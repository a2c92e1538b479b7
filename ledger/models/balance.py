from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from ledger.models.fund import Fund
from ledger.models.item import Item, Lot
from ledger.models.shapes import sum_field
from unions.models import Union
from unions.scope import ScopedQuerySet


class BalanceQuerySet(ScopedQuerySet["Balance"]):
    pass


class Balance(models.Model):
    """What a union has of a fund: money (no item), or goods of a kind and lot.

    Written by triggers only. Beside what is there it keeps how it came to be, so that a page over
    many unions adds up balances and never entries. `there` is yuan of money, units of goods.
    """

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", db_index=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", null=True, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", null=True, db_index=False)
    there = sum_field("结存")
    committed = sum_field("已承诺")
    received = sum_field("收入")
    #: Of money: spent on goods. Of goods: bought.
    purchased = sum_field("采购")
    allotted_in = sum_field("上级下拨")
    allotted_out = sum_field("已下拨")
    returned_in = sum_field("下级退回")
    returned_out = sum_field("已退回")
    disbursed = sum_field("已发放")
    written_off = sum_field("核销")

    objects = BalanceQuerySet.as_manager()

    class Meta:
        verbose_name = "结存"
        verbose_name_plural = "结存"
        constraints = [
            models.UniqueConstraint(
                "union",
                "fund",
                Coalesce(F("item"), 0),
                Coalesce(F("lot"), 0),
                name="ledger_balance_once",
                violation_error_message="这一项结存已经有了。",
            ),
            models.CheckConstraint(
                condition=Q(there__gte=0),
                name="ledger_balance_not_negative",
                violation_error_message="余额不足。",
            ),
            models.CheckConstraint(
                condition=Q(committed__lte=F("there")),
                name="ledger_balance_committed_covered",
                violation_error_message="余额不足：剩下的已经承诺给别的发放。",
            ),
            models.CheckConstraint(
                condition=Q(committed__gte=0),
                name="ledger_balance_committed_not_negative",
                violation_error_message="承诺不能是负数。",
            ),
            models.CheckConstraint(
                condition=Q(
                    item__isnull=True,
                    there=F("received")
                    + F("allotted_in")
                    + F("returned_in")
                    - F("purchased")
                    - F("allotted_out")
                    - F("returned_out")
                    - F("disbursed")
                    - F("written_off"),
                )
                | Q(
                    item__isnull=False,
                    there=F("received")
                    + F("allotted_in")
                    + F("returned_in")
                    + F("purchased")
                    - F("allotted_out")
                    - F("returned_out")
                    - F("disbursed")
                    - F("written_off"),
                ),
                name="ledger_balance_adds_up",
                violation_error_message="结存与收支不符。",
            ),
        ]
        indexes = [models.Index(fields=["fund", "union"], name="ledger_balance_fund_idx")]

    def __str__(self) -> str:
        return f"{self.union_id} {self.fund_id} {self.item_id or ''} {self.there}"

    @property
    def free(self) -> Decimal:
        """What can still be promised, handed down or sent back."""
        return self.there - self.committed
