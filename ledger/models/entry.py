from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from audit.models import GENESIS
from beneficiaries.models.coded import one_of
from ledger.models.commitment import Commitment
from ledger.models.donation import Donation
from ledger.models.fund import Fund
from ledger.models.item import Item, Lot
from ledger.models.posting import Posting
from ledger.models.shapes import in_units, in_yuan, words_field, yuan_field
from ledger.models.sql import ADDED, KEEP_SUMS, STAMP
from relief.lib.triggers import AppendOnly, Guard, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class EntryQuerySet(ScopedQuerySet["Entry"]):
    def visible_to(self, staff: Staff) -> Self:
        """Entries of the own subtree, and what came to it from above."""
        below = Union.objects.visible_to(staff).values("pk")
        return self.filter(Q(union__in=below) | Q(to_union__in=below))

    def of_posting(self, posting: Posting) -> Self:
        return self.filter(posting=posting).order_by("pk")

    def cash(self) -> Self:
        return self.filter(item__isnull=True)

    def goods(self) -> Self:
        return self.filter(item__isnull=False)

    def standing(self) -> Self:
        """Without reversals and without what was reversed."""
        reversed_ones = self.model.objects.filter(reverses__isnull=False).values("reverses")
        return self.filter(reverses__isnull=True).exclude(pk__in=reversed_ones)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Entry(models.Model):
    """One movement of a union's share of a fund (一笔账): written once, never changed.

    Money has an amount; goods have a quantity, and their value as amount unless 未计价. A reversal
    is the same movement once more, with `reverses`, and takes it back. The database sets key,
    moment and place in the union's chain, and keeps the balances.
    """

    class Kind(models.TextChoices):
        RECEIVE = "receive", "收入"
        PURCHASE = "purchase", "采购"
        ALLOT = "allot", "下拨"
        RETURN = "return", "退回"
        DISBURSE = "disburse", "发放"
        WRITE_OFF = "write_off", "核销"

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    fund = models.ForeignKey(
        Fund, models.PROTECT, related_name="+", db_index=False, verbose_name="资金"
    )
    union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", db_index=False, verbose_name="机构"
    )
    to_union = models.ForeignKey(
        Union,
        models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name="对方机构",
    )
    item = models.ForeignKey(
        Item,
        models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name="物资",
    )
    lot = models.ForeignKey(
        Lot,
        models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name="批次",
    )
    amount = yuan_field("金额")
    quantity = models.PositiveIntegerField("数量", null=True, blank=True)
    is_unpriced = models.BooleanField("未计价", default=False)
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        blank=True,
        verbose_name="冲销",
    )
    donation = models.ForeignKey(
        Donation, models.PROTECT, related_name="+", db_index=False, null=True, blank=True
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="+", db_index=False, null=True, blank=True
    )
    #: Empty only where the paper says no day (补录).
    occurred_on = models.DateField("发生日期", null=True, blank=True)
    is_backfilled = models.BooleanField("补录", default=False)
    #: What it was for, in the words of the app that posted it (`line:17`).
    subject = words_field("用途", 80)
    voucher_number = words_field("凭证号", 40)
    note = words_field("备注", 200)
    recorded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", db_index=False, null=True, verbose_name="记账人"
    )
    recorded_at = models.DateTimeField("记账时间", auto_now_add=True, editable=False)
    link = models.BigIntegerField("链内序号", default=0, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "账目"
        verbose_name_plural = "账目"
        constraints = [
            one_of(
                "ledger_entry",
                "kind",
                ["receive", "purchase", "allot", "return", "disburse", "write_off"],
            ),
            in_yuan("ledger_entry"),
            in_units("ledger_entry"),
            models.CheckConstraint(
                condition=Q(
                    item__isnull=True,
                    lot__isnull=True,
                    quantity__isnull=True,
                    amount__isnull=False,
                    is_unpriced=False,
                )
                | Q(
                    Q(amount__isnull=False, is_unpriced=False)
                    | Q(amount__isnull=True, is_unpriced=True),
                    item__isnull=False,
                    quantity__isnull=False,
                ),
                name="ledger_entry_cash_or_goods",
                violation_error_message="资金要有金额；物资要有数量，没有价值的注明未计价。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["allot", "return"], to_union__isnull=False)
                & ~Q(to_union=F("union"))
                | Q(
                    kind__in=["receive", "purchase", "disburse", "write_off"],
                    to_union__isnull=True,
                ),
                name="ledger_entry_two_unions",
                violation_error_message="下拨和退回要有对方机构，其他账目没有。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="purchase") | Q(item__isnull=False, amount__isnull=False),
                name="ledger_entry_purchase_has_price",
                violation_error_message="采购要有物资和金额。",
            ),
            models.CheckConstraint(
                condition=Q(donation__isnull=True) | Q(kind="receive"),
                name="ledger_entry_donation_is_received",
                violation_error_message="只有收入可以是捐赠。",
            ),
            models.CheckConstraint(
                condition=Q(commitment__isnull=True) | Q(kind="disburse"),
                name="ledger_entry_commitment_is_disbursed",
                violation_error_message="承诺只用于发放。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="write_off") | Q(note__regex=r"\S"),
                name="ledger_entry_write_off_has_reason",
                violation_error_message="核销要写明原因。",
            ),
            models.CheckConstraint(
                condition=Q(is_backfilled=True)
                | Q(occurred_on__isnull=False, recorded_by__isnull=False),
                name="ledger_entry_known_unless_backfilled",
                violation_error_message="除了补录，每笔账都要有日期和记账人。",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="ledger_entry_reversed_once",
                violation_error_message="这一笔已经冲销过。",
            ),
        ]
        indexes = [
            models.Index(fields=["union", "link"], name="ledger_entry_union_link_idx"),
            models.Index(fields=["fund", "union", "kind"], name="ledger_entry_fund_idx"),
            models.Index(fields=["posting"], name="ledger_entry_posting_idx"),
            models.Index(
                fields=["to_union", "fund"],
                condition=Q(to_union__isnull=False),
                name="ledger_entry_to_union_idx",
            ),
            models.Index(
                fields=["item", "union"],
                condition=Q(item__isnull=False),
                name="ledger_entry_item_idx",
            ),
            models.Index(
                fields=["commitment"],
                condition=Q(commitment__isnull=False),
                name="ledger_entry_commitment_idx",
            ),
            models.Index(
                fields=["donation"],
                condition=Q(donation__isnull=False),
                name="ledger_entry_donation_idx",
            ),
            models.Index(
                fields=["subject"], condition=~Q(subject=""), name="ledger_entry_subject_idx"
            ),
        ]
        triggers = [
            AppendOnly(),
            NoTruncate(),
            Guard(
                name="stamp",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "bigint"), ("original", "ledger_entry%ROWTYPE")],
                func=STAMP,
            ),
            Guard(
                name="keep_sums",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=ADDED,
                declare=[("want", "record"), ("previous", "text"), ("following", "text")],
                func=KEEP_SUMS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount or self.quantity}"

    @property
    def size(self) -> Decimal:
        """Yuan of money, units of goods."""
        return Decimal(self.quantity or 0) if self.item_id else (self.amount or Decimal(0))


class SealQuerySet(ScopedQuerySet["Seal"]):
    pass


class Seal(models.Model):
    """One link of a union's chain: the hash over all entries that one statement gave the union.

    Source: SECURITY §3.4. Written by a trigger only.
    """

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    entries = models.IntegerField()
    first_entry = models.BigIntegerField()
    last_entry = models.BigIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = SealQuerySet.as_manager()

    class Meta:
        verbose_name = "账链"
        verbose_name_plural = "账链"
        constraints = [
            models.UniqueConstraint(
                fields=["union", "seq"],
                name="ledger_seal_one_row_per_link",
                violation_error_message="链上这一环已经有了。",
            )
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.union_id}#{self.seq}"


class Head(models.Model):
    """Where a union's chain ends. Written by a trigger only."""

    union = models.OneToOneField(Union, models.PROTECT, related_name="+", primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        verbose_name = "账链头"
        verbose_name_plural = "账链头"

    def __str__(self) -> str:
        return f"{self.union_id}#{self.seq}"
