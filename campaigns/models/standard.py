from datetime import date
from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from beneficiaries.models.coded import coded, finite, of_its_list, one_of
from campaigns.models.campaign import Campaign
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import Guard
from unions.models import Staff, Union, User
from unions.scope import ScopedQuerySet, ancestor_paths

_TABLE: Final = "campaigns_standard"
#: Sums of a standard, in yuan.
SUMS: Final = ("cash", "goods_value", "cap_once", "cap_year", "item_ceiling", "collective_above")

# Somebody else agreed to it: from then on it may only be ended.
_STANDS: Final = """
    IF OLD.approved_by_id IS NULL THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'never deleted: campaigns_standard' USING ERRCODE = '23R02';
    END IF;
    IF to_jsonb(NEW) - 'ends_on' - 'version' IS DISTINCT FROM to_jsonb(OLD) - 'ends_on' - 'version'
    THEN
        RAISE EXCEPTION 'approved as it stands' USING ERRCODE = '23R10';
    END IF;
    RETURN NEW;
"""


class StandardQuerySet(ScopedQuerySet["Standard"]):
    def visible_to(self, staff: Staff) -> Self:
        """Those of the own subtree, and approved ones from above that hold for the own union."""
        above = self.filter(
            Q(campaign__isnull=True) | Q(campaign__in=Campaign.objects.from_above(staff.union)),
            union__path__in=ancestor_paths(staff.union.path)[:-1],
            approved_by__isnull=False,
        )
        return self.within(staff.union.path) | above

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign)

    def for_union(self, union: Union) -> Self:
        """Set by the union or by one above it."""
        return self.filter(union__path__in=ancestor_paths(union.path))

    def in_force(self, day: date) -> Self:
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
            approved_by__isnull=False,
            starts_on__lte=day,
        )

    def waiting(self) -> Self:
        """Nobody has agreed to it yet."""
        return self.filter(approved_by__isnull=True)

    def with_words(self) -> Self:
        return self.select_related("union", "campaign", "category", "funding_source", "region")


@tracked(exclude=("version",))
class Standard(models.Model):
    """标准和上限: a rule row. What it leaves open (category, source, region, campaign) is any.

    Sums are yuan. Which row holds is decided in `campaigns/which_standard.py`. A row holds once
    somebody else than its maker has agreed; then it can only be ended, and another one set.
    Source: DOMAIN §4.3 (no national number fits), DESIGN §4.
    """

    class Level(models.TextChoices):
        WARN = "warn", "提醒"
        FORBID = "forbid", "禁止"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="制定机构")
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name="活动", null=True, blank=True
    )
    category = coded("对象类别", "category")
    funding_source = coded("资金来源", "funding_source")
    region = coded("地区", "region")
    cash = models.DecimalField("建议慰问金", max_digits=14, decimal_places=2, null=True, blank=True)
    goods_value = models.DecimalField(
        "建议慰问品折价", max_digits=14, decimal_places=2, null=True, blank=True
    )
    cap_once = models.DecimalField(
        "每人每次上限", max_digits=14, decimal_places=2, null=True, blank=True
    )
    cap_year = models.DecimalField(
        "每人每年上限", max_digits=14, decimal_places=2, null=True, blank=True
    )
    caps_count_goods = models.BooleanField("上限包括慰问品折价", default=False)
    level = models.CharField("超过上限时", max_length=6, choices=Level, default=Level.WARN)
    cash_allowed = models.BooleanField("可以发现金", default=True)
    item_ceiling = models.DecimalField(
        "单件慰问品上限", max_digits=14, decimal_places=2, null=True, blank=True
    )
    collective_above = models.DecimalField(
        "超过多少要集体研究", max_digits=14, decimal_places=2, null=True, blank=True
    )
    evidence = ArrayField(
        models.CharField(max_length=80), verbose_name="必须附的材料", default=list, blank=True
    )
    starts_on = models.DateField("生效日期")
    ends_on = models.DateField("失效日期", null=True, blank=True)
    source = models.CharField("文号或出处", max_length=200, validators=[refuse_hidden_characters])
    note = models.CharField(
        "说明", max_length=200, blank=True, validators=[refuse_hidden_characters]
    )
    made_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name="制定人"
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="批准人"
    )
    approved_on = models.DateField("批准日期", null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = "慰问标准"
        verbose_name_plural = "慰问标准"
        constraints = [
            models.UniqueConstraint(
                fields=["union", "campaign", "category", "funding_source", "region", "starts_on"],
                nulls_distinct=False,
                name="campaigns_standard_once_a_day",
                violation_error_message="同样的范围在这一天已经有一条标准。",
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": 0}),
                    name=f"campaigns_standard_{name}_positive",
                    violation_error_message="金额要大于 0；没有就不填。",
                )
                for name in SUMS
            ],
            models.CheckConstraint(
                condition=Q(cash__isnull=False)
                | Q(goods_value__isnull=False)
                | Q(cap_once__isnull=False)
                | Q(cap_year__isnull=False)
                | Q(item_ceiling__isnull=False)
                | Q(collective_above__isnull=False)
                | Q(cash_allowed=False)
                | Q(evidence__len__gt=0),
                name="campaigns_standard_says_something",
                violation_error_message="至少要写一项：建议金额、上限、单件上限、材料或者不发现金。",
            ),
            models.CheckConstraint(
                condition=Q(cap_once__isnull=True)
                | Q(cap_year__isnull=True)
                | Q(cap_year__gte=F("cap_once")),
                name="campaigns_standard_year_not_below_once",
                violation_error_message="每年上限不能低于每次上限。",
            ),
            models.CheckConstraint(
                condition=Q(cash__isnull=True)
                | Q(cap_once__isnull=True)
                | Q(cap_once__gte=F("cash")),
                name="campaigns_standard_cash_within_cap",
                violation_error_message="建议慰问金不能超过每次上限。",
            ),
            models.CheckConstraint(
                condition=Q(cash_allowed=True) | Q(cash__isnull=True),
                name="campaigns_standard_no_cash_without_leave",
                violation_error_message="不能发现金的，不要填建议慰问金。",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="campaigns_standard_period_in_order",
                violation_error_message="失效日期不能早于生效日期。",
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="campaigns_standard_source_given",
                violation_error_message="请写明文号或出处。",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_on__isnull=True)
                | Q(approved_by__isnull=False, approved_on__isnull=False)
                & ~Q(approved_by=F("made_by")),
                name="campaigns_standard_maker_is_not_checker",
                violation_error_message="制定和批准不能是同一个人。",
            ),
            one_of(_TABLE, "level", ["warn", "forbid"]),
            of_its_list(_TABLE, "category", "category"),
            of_its_list(_TABLE, "funding_source", "funding_source"),
            of_its_list(_TABLE, "region", "region"),
            finite(_TABLE, "amounts", SUMS),
            finite(_TABLE, "days", ("starts_on", "ends_on", "approved_on")),
        ]
        triggers = [
            Guard(
                name="approved_as_it_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category or '全部类别'} {self.starts_on}"

    @property
    def is_approved(self) -> bool:
        return self.approved_by_id is not None

    def holds_on(self, day: date) -> bool:
        return (
            self.is_approved
            and self.starts_on <= day
            and (self.ends_on is None or self.ends_on >= day)
        )
