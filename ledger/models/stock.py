from typing import Self

from django.db import models
from django.db.models import F, Q

from ledger.models.fund import Fund
from ledger.models.item import Item, Lot
from ledger.models.shapes import MOST_UNITS, words_field
from relief.lib.history import tracked
from relief.lib.triggers import AppendOnly, NeverDelete, NoTruncate
from unions.models import Union, User
from unions.scope import ScopedQuerySet


class StockTakingQuerySet(ScopedQuerySet["StockTaking"]):
    def waiting(self) -> Self:
        return self.filter(approved_at__isnull=True, withdrawn_at__isnull=True)


@tracked(exclude=("version",))
class StockTaking(models.Model):
    """A count of the goods of one fund at a union (盘点): counted by one, approved by another.

    Only then are the differences posted.
    """

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", verbose_name="资金")
    taken_on = models.DateField("盘点日期")
    counted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="盘点人")
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="审批人", null=True, blank=True
    )
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("作废时间", null=True, blank=True)
    note = words_field("备注", 200)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StockTakingQuerySet.as_manager()

    class Meta:
        verbose_name = "盘点"
        verbose_name_plural = "盘点"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("counted_by")),
                name="ledger_stocktaking_two_people",
                violation_error_message="盘点和审批必须是两个人。",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    withdrawn_at__isnull=True,
                ),
                name="ledger_stocktaking_approved_whole",
                violation_error_message="审批人和审批时间要一起有。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.union_id} {self.taken_on}"


class StockCount(models.Model):
    """One line of a stock-taking: what the book said then, what was found, and why they differ."""

    taking = models.ForeignKey(StockTaking, models.PROTECT, related_name="+", verbose_name="盘点")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name="物资")
    lot = models.ForeignKey(
        Lot, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="批次"
    )
    booked = models.PositiveIntegerField("账面数")
    counted = models.PositiveIntegerField("实盘数")
    reason = words_field("原因", 200)

    class Meta:
        verbose_name = "盘点明细"
        verbose_name_plural = "盘点明细"
        constraints = [
            models.UniqueConstraint(
                fields=["taking", "item", "lot"],
                nulls_distinct=False,
                name="ledger_stockcount_once",
                violation_error_message="同一物资只盘一次。",
            ),
            models.CheckConstraint(
                condition=Q(booked=F("counted")) | Q(reason__regex=r"\S"),
                name="ledger_stockcount_difference_has_reason",
                violation_error_message="账实不符要写明原因。",
            ),
            models.CheckConstraint(
                condition=Q(booked__lte=MOST_UNITS, counted__lte=MOST_UNITS),
                name="ledger_stockcount_in_range",
                violation_error_message="数量不超过 1,000,000,000。",
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.item_id} {self.counted}"
