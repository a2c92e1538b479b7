from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from ledger.models.fund import Fund
from ledger.models.item import Item, Lot
from ledger.models.posting import Posting
from ledger.models.shapes import MOST_YUAN, words_field
from ledger.models.sql import ADDED, RELEASE, RESERVE
from relief.lib.triggers import AppendOnly, Guard, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class CommitmentQuerySet(ScopedQuerySet["Commitment"]):
    def about(self, subject: str) -> Self:
        return self.filter(subject=subject)

    def open(self) -> Self:
        return self.filter(
            pk__in=CommitmentLeft.objects.filter(remaining__gt=0).values("commitment")
        )


class Commitment(models.Model):
    """What an approved roster will take (承诺): it stays there, and nobody else gets it.

    `size` is yuan of money, units of goods. What of it is still open stands in CommitmentLeft.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+", db_index=False)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", db_index=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", null=True, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", null=True, db_index=False)
    size = models.DecimalField("额度", max_digits=14, decimal_places=2)
    #: What it is for, in the words of the app that asked (`roster:17`).
    subject = models.CharField("用途", max_length=80)
    recorded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, db_index=False
    )
    recorded_at = models.DateTimeField("时间", auto_now_add=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = "承诺"
        verbose_name_plural = "承诺"
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=MOST_YUAN),
                name="ledger_commitment_size_positive",
                violation_error_message="承诺的额度要大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(lot__isnull=True) | Q(item__isnull=False),
                name="ledger_commitment_lot_of_goods",
                violation_error_message="批次只用于物资。",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], name="ledger_commitment_subject_idx"),
            models.Index(fields=["union", "fund"], name="ledger_commitment_union_idx"),
            models.Index(fields=["posting"], name="ledger_commitment_posting_idx"),
        ]
        triggers = [
            AppendOnly(),
            NoTruncate(),
            Guard(
                name="reserve",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=ADDED,
                declare=[("want", "record")],
                func=RESERVE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.size}"


class CommitmentRelease(models.Model):
    """That a part of a commitment is not needed any more (void, sent back, less handed over)."""

    commitment = models.ForeignKey(
        Commitment, models.PROTECT, related_name="+", verbose_name="承诺"
    )
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+", db_index=False)
    size = models.DecimalField("额度", max_digits=14, decimal_places=2)
    reason = words_field("理由", 200)
    recorded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, db_index=False
    )
    recorded_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "释放承诺"
        verbose_name_plural = "释放承诺"
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=MOST_YUAN),
                name="ledger_commitmentrelease_size_positive",
                violation_error_message="释放的额度要大于 0。",
            ),
        ]
        triggers = [
            AppendOnly(),
            NoTruncate(),
            Guard(
                name="release",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=ADDED,
                declare=[("want", "record")],
                func=RELEASE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.size}"


class CommitmentLeft(models.Model):
    """How much of a commitment is still open. Written by triggers only."""

    commitment = models.OneToOneField(
        Commitment, models.PROTECT, related_name="+", primary_key=True
    )
    remaining = models.DecimalField("未发放", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "承诺余额"
        verbose_name_plural = "承诺余额"
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0),
                name="ledger_commitmentleft_not_negative",
                violation_error_message="超出了承诺的额度。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.remaining}"
