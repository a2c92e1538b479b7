from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from beneficiaries.models.coded import one_of
from ledger.models.fund import Fund
from ledger.models.item import Item, Lot
from ledger.models.shapes import filled, in_units, in_yuan, words_field, yuan_field
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Union, User
from unions.scope import ScopedQuerySet


class DonorQuerySet(ScopedQuerySet["Donor"]):
    pass


@tracked(exclude=("version",))
class Donor(models.Model):
    """Who gives (爱心单位、爱心人士): a firm, a foundation, a person, or another union."""

    class Kind(models.TextChoices):
        FIRM = "firm", "企业"
        FOUNDATION = "foundation", "基金会、社会组织"
        OFFICE = "office", "机关、事业单位"
        UNION = "union", "工会"
        PERSON = "person", "个人"
        OTHER = "other", "其他"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="登记机构")
    name = models.CharField("名称", max_length=100, validators=[refuse_hidden_characters])
    kind = models.CharField("种类", max_length=10, choices=Kind, default=Kind.FIRM)
    #: The donor itself, where it is a union of the tree.
    as_union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="系统内的工会", null=True, blank=True
    )
    note = words_field("备注", 200)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DonorQuerySet.as_manager()

    class Meta:
        verbose_name = "捐赠方"
        verbose_name_plural = "捐赠方"
        constraints = [
            filled("ledger_donor", "name", "请填写捐赠方名称。"),
            one_of(
                "ledger_donor", "kind", ["firm", "foundation", "office", "union", "person", "other"]
            ),
            models.CheckConstraint(
                condition=Q(as_union__isnull=True) | Q(kind="union"),
                name="ledger_donor_union_is_union",
                violation_error_message="选了系统内的工会，种类就要选“工会”。",
            ),
            models.UniqueConstraint(
                fields=["union", "name"],
                name="ledger_donor_name_once",
                violation_error_message="本机构已经登记了同名的捐赠方。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return self.name


class DonationQuerySet(ScopedQuerySet["Donation"]):
    def waiting(self) -> Self:
        """Registered by one person, not yet counted by another."""
        return self.filter(counted_at__isnull=True, withdrawn_at__isnull=True)

    def counted(self) -> Self:
        return self.filter(counted_at__isnull=False)

    def unpriced(self) -> Self:
        return self.filter(amount__isnull=True)


#: What was counted stays as it was counted; a mistake is reversed and registered anew.
_COUNTED_STAYS = """
    IF OLD.counted_at IS NOT NULL AND (
        (OLD.union_id, OLD.fund_id, OLD.donor_id, OLD.kind, OLD.received_on, OLD.counted_at)
            IS DISTINCT FROM
        (NEW.union_id, NEW.fund_id, NEW.donor_id, NEW.kind, NEW.received_on, NEW.counted_at)
        OR (OLD.item_id, OLD.lot_id, OLD.quantity, OLD.amount, OLD.receipt_number)
            IS DISTINCT FROM
           (NEW.item_id, NEW.lot_id, NEW.quantity, NEW.amount, NEW.receipt_number)
        OR (OLD.registered_by_id, OLD.counted_by_id) IS DISTINCT FROM
           (NEW.registered_by_id, NEW.counted_by_id)
    ) THEN
        RAISE EXCEPTION 'a counted donation stays' USING ERRCODE = '23R10';
    END IF;
    RETURN NEW;
"""


@tracked(exclude=("version",))
class Donation(models.Model):
    """One gift: registered by one person, counted by another, and only then in the ledger.

    Without `amount` it is 未计价. Source: DOMAIN §8.3.
    """

    class Kind(models.TextChoices):
        CASH = "cash", "现金"
        GOODS = "goods", "物资"
        SERVICE = "service", "服务"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="受赠机构")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", verbose_name="资金")
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="+", verbose_name="捐赠方")
    kind = models.CharField("捐赠种类", max_length=10, choices=Kind, default=Kind.CASH)
    item = models.ForeignKey(
        Item, models.PROTECT, related_name="+", verbose_name="物资", null=True, blank=True
    )
    lot = models.ForeignKey(
        Lot, models.PROTECT, related_name="+", verbose_name="批次", null=True, blank=True
    )
    quantity = models.PositiveIntegerField("数量", null=True, blank=True)
    amount = yuan_field("金额或价值")
    value_basis = words_field("价值依据", 100)
    directed_to = words_field("定向用途", 200)
    directed_union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="定向机构", null=True, blank=True
    )
    agreement_number = words_field("协议编号", 60)
    receipt_number = words_field("票据号", 60)
    received_on = models.DateField("收到日期", null=True, blank=True)
    is_backfilled = models.BooleanField("补录", default=False)
    registered_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="登记人", null=True, blank=True
    )
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)
    counted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="清点人", null=True, blank=True
    )
    counted_at = models.DateTimeField("清点时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    thanked_on = models.DateField("致谢日期", null=True, blank=True)
    note = words_field("备注", 500)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = "捐赠"
        verbose_name_plural = "捐赠"
        constraints = [
            in_yuan("ledger_donation"),
            in_units("ledger_donation"),
            one_of("ledger_donation", "kind", ["cash", "goods", "service"]),
            models.CheckConstraint(
                condition=Q(
                    kind="cash",
                    item__isnull=True,
                    lot__isnull=True,
                    quantity__isnull=True,
                    amount__isnull=False,
                )
                | Q(kind__in=["goods", "service"], item__isnull=False, quantity__isnull=False),
                name="ledger_donation_cash_or_goods",
                violation_error_message="现金要有金额；物资和服务要有名称和数量。",
            ),
            models.CheckConstraint(
                condition=Q(counted_by__isnull=True)
                | Q(registered_by__isnull=True)
                | ~Q(counted_by=F("registered_by")),
                name="ledger_donation_two_people",
                violation_error_message="登记和清点必须是两个人。",
            ),
            models.CheckConstraint(
                condition=Q(is_backfilled=True)
                | Q(registered_by__isnull=False, received_on__isnull=False),
                name="ledger_donation_known_unless_backfilled",
                violation_error_message="请填写收到日期。",
            ),
            models.CheckConstraint(
                condition=Q(is_backfilled=True)
                | Q(counted_at__isnull=True)
                | Q(counted_by__isnull=False),
                name="ledger_donation_counted_by_somebody",
                violation_error_message="清点要有清点人。",
            ),
            models.CheckConstraint(
                condition=Q(counted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="ledger_donation_withdrawn_before_counted",
                violation_error_message="清点过的捐赠不能撤回。",
            ),
            models.UniqueConstraint(
                fields=["union", "receipt_number"],
                condition=~Q(receipt_number="") & Q(withdrawn_at__isnull=True),
                name="ledger_donation_receipt_once",
                violation_error_message="本机构已经用过这个票据号。",
            ),
        ]
        indexes = [
            models.Index(fields=["union", "-id"], name="ledger_donation_union_idx"),
        ]
        triggers = [
            NeverDelete(),
            NoTruncate(),
            Guard(
                name="counted_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_COUNTED_STAYS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.donor_id} {self.get_kind_display()} {self.amount or self.quantity}"

    @property
    def value(self) -> Decimal:
        """0 where it has no price."""
        return self.amount or Decimal(0)
