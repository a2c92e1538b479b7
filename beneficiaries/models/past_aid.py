from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from beneficiaries.models.beneficiary import Beneficiary
from beneficiaries.models.coded import finite
from beneficiaries.models.staged_row import StagedRow
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class PastAidQuerySet(ScopedQuerySet["PastAid"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def of_person(self, person: Beneficiary) -> Self:
        """历年慰问, the newest year first."""
        return self.standing().filter(person=person).order_by("-year", "-recorded_at", "-pk")


@tracked()
class PastAid(models.Model):
    """Aid of a year that is only known from a ledger (未核): shown, and offered as roster lines.

    Nothing was paid or handed over by this system, so it counts in no sum of it. `amount` is money,
    `value` what the goods are worth, both in yuan; goods may have none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="慰问机构")
    year = models.PositiveSmallIntegerField("年度")
    amount = models.DecimalField(
        "慰问金（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    goods = models.CharField("慰问品", max_length=100, blank=True)
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField("计量单位", max_length=20, blank=True)
    value = models.DecimalField(
        "慰问品折价（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    #: The row of the ledger that says so.
    row = models.ForeignKey(
        StagedRow, models.PROTECT, related_name="+", null=True, verbose_name="来源", editable=False
    )
    is_verified = models.BooleanField("已核", default=False)
    recorded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间", default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, editable=False)

    objects = PastAidQuerySet.as_manager()

    class Meta:
        verbose_name = "历年慰问"
        verbose_name_plural = "历年慰问"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | ~Q(goods=""),
                name="beneficiaries_pastaid_something_given",
                violation_error_message="请填写慰问金或慰问品。",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="beneficiaries_pastaid_amount_not_negative",
                violation_error_message="慰问金不能是负数。",
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gte=0),
                name="beneficiaries_pastaid_quantity_not_negative",
                violation_error_message="数量不能是负数。",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | (Q(value__gte=0) & ~Q(goods="")),
                name="beneficiaries_pastaid_value_of_goods",
                violation_error_message="慰问品折价不能是负数，并且要写明慰问品。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=1990, year__lte=2100),
                name="beneficiaries_pastaid_year_plausible",
                violation_error_message="年度要在 1990 到 2100 之间。",
            ),
            finite("beneficiaries_pastaid", "amounts", ("amount", "quantity", "value")),
        ]
        triggers = [
            Guard(
                name="withdrawn_stays_so",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
                func="RAISE EXCEPTION 'withdrawn' USING ERRCODE = '23R07';",
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year}"
