from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from beneficiaries.models.coded import of_its_list, one_of
from campaigns.models import Campaign
from ledger.models.shapes import filled, in_yuan, words_field, yuan_field
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet, ancestor_paths

if TYPE_CHECKING:
    from datetime import date

    from relief.codes.models import Code


class MoneyLine(models.Model):
    """What a pot of money may be used for (资金科目): the lines never mix.

    Source: DOMAIN §4.6 and §12.10. The rows are data (fixtures/money_lines.json).
    """

    key = models.CharField("代码", max_length=10, primary_key=True)
    name = models.CharField("名称", max_length=40)
    allows_cash = models.BooleanField("可以发现金", default=True)
    allows_cards = models.BooleanField("可以发购物卡", default=False)
    position = models.PositiveSmallIntegerField("次序", default=0)
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "资金科目"
        verbose_name_plural = "资金科目"
        ordering = ["position", "key"]
        constraints = [filled("ledger_moneyline", "name", "请填写名称。")]

    def __str__(self) -> str:
        return self.name


class Eligibility(models.Model):
    """One category of people whom money of the line may help. A line without rows helps anybody."""

    line = models.ForeignKey(MoneyLine, models.PROTECT, related_name="+", verbose_name="资金科目")
    category: "models.ForeignKey[Code, Code]" = models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        related_name="+",
        verbose_name="人员类别",
        limit_choices_to={"list": "category"},
    )
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "资金适用范围"
        verbose_name_plural = "资金适用范围"
        constraints = [
            models.UniqueConstraint(
                fields=["line", "category"],
                name="ledger_eligibility_once",
                violation_error_message="这一类已经登记。",
            ),
            of_its_list("ledger_eligibility", "category", "category"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.category_id}"

    @classmethod
    def allows(cls, line: MoneyLine, category: "Code") -> bool:
        """Whether money of the line may help people of the category, or of the one above it."""
        rows = cls.objects.filter(line=line)
        keys = {category.pk, category.parent_id}
        return not rows.exists() or rows.filter(category__in=keys - {None}).exists()


class FundQuerySet(ScopedQuerySet["Fund"]):
    def visible_to(self, staff: Staff) -> Self:
        """Funds of the own subtree, and those of unions above, from where money comes down."""
        above = Q(union__path__in=ancestor_paths(staff.union.path))
        return self.filter(above | Q(pk__in=self.model.objects.within(staff.union.path)))

    def open(self, day: "date | None" = None) -> Self:
        today = day or timezone.localdate()
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=today))

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign)


@tracked(exclude=("version",))
class Fund(models.Model):
    """One pot (一笔资金): of one campaign, from one source, of one money line.

    It enters the tree at `union` and goes down from there.
    """

    class Qualifier(models.TextChoices):
        EXACT = "", "准确"
        MORE = "余", "余"
        MANY = "多", "多"
        OVER = "超", "超"
        NEARLY = "近", "近"
        ABOUT = "约", "约"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+", verbose_name="活动")
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="入账机构")
    name = models.CharField("名称", max_length=80, validators=[refuse_hidden_characters])
    source: "models.ForeignKey[Code, Code]" = models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        related_name="+",
        verbose_name="资金来源",
        limit_choices_to={"list": "funding_source"},
    )
    line = models.ForeignKey(MoneyLine, models.PROTECT, related_name="+", verbose_name="资金科目")
    document_number = words_field("文号", 60)
    planned_amount = yuan_field("计划金额")
    #: How the paper words the planned amount.
    qualifier = models.CharField(
        "约数", max_length=1, choices=Qualifier, default=Qualifier.EXACT, blank=True
    )
    note = words_field("备注", 500)
    closed_on = models.DateField("关闭日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = "资金"
        verbose_name_plural = "资金"
        constraints = [
            filled("ledger_fund", "name", "请填写名称。"),
            in_yuan("ledger_fund", "planned_amount"),
            of_its_list("ledger_fund", "source", "funding_source"),
            one_of("ledger_fund", "qualifier", ["", "余", "多", "超", "近", "约"]),
            models.UniqueConstraint(
                fields=["campaign", "union", "name"],
                name="ledger_fund_name_once",
                violation_error_message="这个活动里已经有同名的资金。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_on is None or self.closed_on > timezone.localdate()


class FundPlanQuerySet(ScopedQuerySet["FundPlan"]):
    def of(self, fund: Fund) -> Self:
        return self.filter(fund=fund)


@tracked(exclude=("version",))
class FundPlan(models.Model):
    """What a union is to get out of a fund: the base of 预算执行率, no money yet."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", verbose_name="资金")
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    amount: "models.DecimalField[Decimal, Decimal]" = models.DecimalField(
        "计划金额", max_digits=14, decimal_places=2
    )
    note = words_field("备注", 200)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FundPlanQuerySet.as_manager()

    class Meta:
        verbose_name = "资金计划"
        verbose_name_plural = "资金计划"
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "union"],
                name="ledger_fundplan_once",
                violation_error_message="这个机构已经有计划金额。",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=Decimal("9999999999.99")),
                name="ledger_fundplan_amount_in_range",
                violation_error_message="计划金额不能是负数，不超过 9,999,999,999.99 元。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.union_id} {self.amount}"
