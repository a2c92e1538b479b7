"""What a campaign plans for its unions: deadlines, targets, goods packages."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple, Self

from django.db import models
from django.db.models import Q

from beneficiaries.models.coded import coded, finite, of_its_list, one_of
from campaigns.course import Step
from campaigns.models.campaign import Campaign
from campaigns.models.guards import ended_as_it_stands
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet

#: Counters of a target; 户, 人, 家 and yuan never add up.
MEASURES: Final = ("households", "people", "workplaces", "amount")


class DeadlineQuerySet(ScopedQuerySet["Deadline"]):
    union_lookup = "campaign__host__"

    def visible_to(self, staff: Staff) -> Self:
        """Those of every campaign that the posting sees."""
        return self.filter(campaign__in=Campaign.objects.visible_to(staff))

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign)


@tracked()
class Deadline(models.Model):
    """Until when the unions of a campaign have taken a step."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name="活动", db_index=False
    )
    step = models.CharField("工作步骤", max_length=12, choices=Step)
    due_on = models.DateField("截止日期")
    note = models.CharField(
        "要求", max_length=100, blank=True, validators=[refuse_hidden_characters]
    )

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = "时间节点"
        verbose_name_plural = "时间节点"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "step"],
                name="campaigns_deadline_once_a_step",
                violation_error_message="这一步已经有时间节点。",
            ),
            one_of("campaigns_deadline", "step", sorted(Step.values)),
            finite("campaigns_deadline", "days", ("due_on",)),
        ]
        triggers = [ended_as_it_stands()]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.due_on}"


class TargetQuerySet(ScopedQuerySet["Target"]):
    def visible_to(self, staff: Staff) -> Self:
        """Of unions of the own subtree, in campaigns that the posting sees."""
        visible = Campaign.objects.visible_to(staff)
        return self.within(staff.union.path).filter(campaign__in=visible)

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign).order_by("union__path")


@tracked(exclude=("version",))
class Target(models.Model):
    """What a union is to reach in a campaign, itself and with everything below it.

    Each counter stands for itself: None is 未定, not 0. `amount` is yuan.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name="活动", db_index=False
    )
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    households = models.PositiveIntegerField("困难职工（户）", null=True, blank=True)
    people = models.PositiveIntegerField("慰问职工（人）", null=True, blank=True)
    workplaces = models.PositiveIntegerField("走访单位（家）", null=True, blank=True)
    amount = models.DecimalField(
        "款物（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "目标"
        verbose_name_plural = "目标"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "union"],
                name="campaigns_target_once_a_union",
                violation_error_message="这个机构在这个活动里已经有目标。",
            ),
            models.CheckConstraint(
                condition=Q(households__isnull=False)
                | Q(people__isnull=False)
                | Q(workplaces__isnull=False)
                | Q(amount__isnull=False),
                name="campaigns_target_says_something",
                violation_error_message="目标至少要填一项。",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="campaigns_target_amount_not_negative",
                violation_error_message="金额不能是负数。",
            ),
            finite("campaigns_target", "amounts", ("amount",)),
        ]
        triggers = [ended_as_it_stands()]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.union_id}"


class GoodsPackageQuerySet(ScopedQuerySet["GoodsPackage"]):
    union_lookup = "campaign__host__"

    def visible_to(self, staff: Staff) -> Self:
        """Those of every campaign that the posting sees."""
        return self.filter(campaign__in=Campaign.objects.visible_to(staff))

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign).order_by("name")


@tracked(exclude=("version",))
class GoodsPackage(models.Model):
    """慰问品套餐: what is put together and handed over as one (米 1 袋、油 1 桶)."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name="活动", db_index=False
    )
    name = models.CharField("套餐名称", max_length=60, validators=[refuse_hidden_characters])
    category = coded("给哪类对象", "category")
    note = models.CharField(
        "说明", max_length=200, blank=True, validators=[refuse_hidden_characters]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = GoodsPackageQuerySet.as_manager()

    class Meta:
        verbose_name = "慰问品套餐"
        verbose_name_plural = "慰问品套餐"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "name"],
                name="campaigns_goodspackage_name_once",
                violation_error_message="这个活动里已经有同名套餐。",
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^\S(.*\S)?$"),
                name="campaigns_goodspackage_name_filled",
                violation_error_message="请填写套餐名称，前后不要空格。",
            ),
            of_its_list("campaigns_goodspackage", "category", "category"),
        ]
        triggers = [ended_as_it_stands()]

    def __str__(self) -> str:
        return self.name


class Worth(NamedTuple):
    """What a package is worth, as far as its lines have a price."""

    amount: Decimal
    unpriced: int


class PackageLineQuerySet(ScopedQuerySet["PackageLine"]):
    union_lookup = "package__campaign__host__"

    def visible_to(self, staff: Staff) -> Self:
        return self.filter(package__campaign__in=Campaign.objects.visible_to(staff))

    def of_package(self, package: GoodsPackage) -> Self:
        return self.filter(package=package).order_by("position", "pk")


@tracked()
class PackageLine(models.Model):
    """One thing of a package. Without a price it is 未计价, not 0 yuan."""

    package = models.ForeignKey(
        GoodsPackage, models.PROTECT, related_name="+", verbose_name="套餐", db_index=False
    )
    position = models.PositiveSmallIntegerField("次序")
    item = models.CharField("物品", max_length=60, validators=[refuse_hidden_characters])
    quantity = models.PositiveIntegerField("数量")
    unit = models.CharField("单位", max_length=10, validators=[refuse_hidden_characters])
    unit_price = models.DecimalField(
        "单价（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )

    objects = PackageLineQuerySet.as_manager()

    class Meta:
        verbose_name = "套餐物品"
        verbose_name_plural = "套餐物品"
        constraints = [
            models.UniqueConstraint(
                fields=["package", "item"],
                name="campaigns_packageline_item_once",
                violation_error_message="同一样物品只写一行，请把数量加起来。",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000),
                name="campaigns_packageline_quantity_counts",
                violation_error_message="数量要在 1 到 1,000,000 之间。",
            ),
            models.CheckConstraint(
                condition=~Q(item="") & ~Q(unit=""),
                name="campaigns_packageline_item_and_unit_given",
                violation_error_message="请填写物品和单位。",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__isnull=True) | Q(unit_price__gt=0),
                name="campaigns_packageline_price_positive",
                violation_error_message="单价要大于 0；不知道就不填，算未计价。",
            ),
            finite("campaigns_packageline", "amounts", ("unit_price",)),
        ]
        triggers = [ended_as_it_stands(through_package=True)]

    def __str__(self) -> str:
        return f"{self.item} {self.quantity} {self.unit}"

    @property
    def amount(self) -> Decimal | None:
        return None if self.unit_price is None else self.unit_price * self.quantity


def worth_of(lines: Iterable[PackageLine]) -> Worth:
    """The sum of what has a price, and how many lines have none."""
    amounts = [line.amount for line in lines]
    priced = [amount for amount in amounts if amount is not None]
    return Worth(sum(priced, Decimal(0)), len(amounts) - len(priced))
