from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.lifecycle import Status
from beneficiaries.models.coded import finite, one_of
from beneficiaries.models.hardship_file import HardshipFile
from relief.lib.history import tracked
from relief.lib.triggers import AppendOnly, Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet, ancestor_paths


class FileStepQuerySet(ScopedQuerySet["FileStep"]):
    union_lookup = "file__union__"

    def of_file(self, file: HardshipFile) -> Self:
        return self.filter(file=file).order_by("id")


class FileStep(models.Model):
    """One step of a file through its life: from where to where, by whom, why."""

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    from_status = models.CharField("原状态", max_length=12, choices=Status)
    to_status = models.CharField("新状态", max_length=12, choices=Status)
    reason = models.CharField("理由", max_length=200, blank=True)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="经手人")
    at = models.DateTimeField("时间", default=timezone.now, editable=False)

    objects = FileStepQuerySet.as_manager()

    class Meta:
        verbose_name = "档案流转"
        verbose_name_plural = "档案流转"
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_status__in=["rejected", "closed", "relieved", "draft"])
                & ~Q(from_status="active", to_status="review")
                | ~Q(reason=""),
                name="beneficiaries_filestep_backwards_has_reason",
                violation_error_message="退回、不予建档或退出要写明理由。",
            ),
            one_of("beneficiaries_filestep", "from_status", Status.values),
            one_of("beneficiaries_filestep", "to_status", Status.values),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class PublicityRuleQuerySet(ScopedQuerySet["PublicityRule"]):
    def for_union(self, union: Union) -> "PublicityRule":
        """The union's own rule, else that of the nearest union above, else the usual one."""
        above = self.filter(union__path__in=ancestor_paths(union.path))
        return above.order_by("-union__path").first() or PublicityRule(union=union)


@tracked()
class PublicityRule(models.Model):
    """When the unions below post a file before it goes on, and for how many working days."""

    union = models.OneToOneField(
        Union, models.PROTECT, related_name="+", verbose_name="机构", primary_key=True
    )
    after_first_review = models.BooleanField("初审后公示", default=True)
    after_comparison = models.BooleanField("核对后公示", default=False)
    working_days = models.PositiveSmallIntegerField("公示工作日", default=5)

    objects = PublicityRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "公示规则"
        verbose_name_plural = "公示规则"
        constraints = [
            models.CheckConstraint(
                condition=Q(working_days__gte=5, working_days__lte=30),
                name="beneficiaries_publicityrule_days_enough",
                violation_error_message="公示要 5 到 30 个工作日。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.union_id}: {self.working_days}"


# The days of a posting are what people were told. Its last day is one of China's, wherever the
# server stands.
_POSTED = """
    IF OLD.outcome <> '' OR (NEW.file_id, NEW.follows, NEW.starts_on, NEW.ends_on, NEW.working_days)
        IS DISTINCT FROM (OLD.file_id, OLD.follows, OLD.starts_on, OLD.ends_on, OLD.working_days)
    THEN
        RAISE EXCEPTION 'posted as announced' USING ERRCODE = '23R10';
    END IF;
    IF NEW.outcome IN ('none', 'dismissed')
        AND NEW.ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date
    THEN
        RAISE EXCEPTION 'posting still runs' USING ERRCODE = '23R10';
    END IF;
    RETURN NEW;
"""


class FilePublicityQuerySet(ScopedQuerySet["FilePublicity"]):
    union_lookup = "file__union__"

    def running(self) -> Self:
        return self.filter(outcome="")


@tracked()
class FilePublicity(models.Model):
    """One posting of a file (公示). `ends_on` is its last day, counted in working days."""

    class Outcome(models.TextChoices):
        NONE = "none", "无异议"
        DISMISSED = "dismissed", "有异议，查无此事"
        UPHELD = "upheld", "有异议，属实"
        STOPPED = "stopped", "中止（档案退回或不予建档）"

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    follows = models.CharField("在哪一步之后", max_length=12, choices=Status)
    place = models.CharField("公示地点", max_length=100)
    starts_on = models.DateField("公示开始")
    ends_on = models.DateField("公示截止")
    working_days = models.PositiveSmallIntegerField("工作日")
    #: The State Council's calendar of that year was not out yet: weekdays were counted.
    is_estimated = models.BooleanField("按周一至周五估算", default=False)
    outcome = models.CharField("公示结果", max_length=10, choices=Outcome, blank=True)
    note = models.CharField("结果说明", max_length=200, blank=True)

    objects = FilePublicityQuerySet.as_manager()

    class Meta:
        verbose_name = "档案公示"
        verbose_name_plural = "档案公示"
        constraints = [
            models.UniqueConstraint(
                fields=["file"],
                condition=Q(outcome=""),
                name="beneficiaries_filepublicity_one_running",
                violation_error_message="这份档案正在公示。",
            ),
            one_of(
                "beneficiaries_filepublicity",
                "outcome",
                ["", "none", "dismissed", "upheld", "stopped"],
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="beneficiaries_filepublicity_period_in_order",
                violation_error_message="公示截止要晚于公示开始。",
            ),
            models.CheckConstraint(
                condition=Q(follows__in=["applied", "comparison"]),
                name="beneficiaries_filepublicity_follows_review_or_comparison",
                violation_error_message="公示只在初审或核对之后。",
            ),
            models.CheckConstraint(
                condition=~Q(place=""),
                name="beneficiaries_filepublicity_place_given",
                violation_error_message="请填写公示地点。",
            ),
            finite("beneficiaries_filepublicity", "days", ("starts_on", "ends_on")),
        ]
        triggers = [
            Guard(
                name="posted_as_announced",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_POSTED,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.starts_on}"
