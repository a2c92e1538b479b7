from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from beneficiaries.models.coded import coded, finite, of_its_list, one_of
from beneficiaries.models.hardship_file import HardshipFile
from beneficiaries.models.living_standard import LivingStandard
from relief.lib.history import tracked
from relief.lib.triggers import AppendOnly, NeverDelete, NoTruncate
from unions.models import Staff
from unions.scope import ScopedQuerySet


class FileExclusionQuerySet(ScopedQuerySet["FileExclusion"]):
    union_lookup = "file__union__"

    def of_file(self, file: HardshipFile) -> Self:
        return self.filter(file=file).order_by("kind")


@tracked()
class FileExclusion(models.Model):
    """One line of the negative list (负面清单), looked into: found or not, and by what evidence."""

    class Kind(models.TextChoices):
        HOUSES = "houses", "两套（含）以上住宅"
        BUSINESS = "business", "商业店铺、厂房，或雇人经营"
        PRIVATE_SCHOOL = "private_school", "子女高收费私立学校或自费留学"
        VEHICLE = "vehicle", "经常使用或已购机动车辆"
        UNLAWFUL = "unlawful", "违法犯罪或参与非法组织"
        RETIRED = "retired", "离退休人员（本地不纳入）"
        NO_EMPLOYER = "no_employer", "没有工作单位（本地不纳入）"
        IDLE = "idle", "有劳动能力而无故不工作"

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    kind = models.CharField("情形", max_length=16, choices=Kind)
    is_found = models.BooleanField("存在")
    evidence = models.CharField("核查依据", max_length=200)
    checked_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", verbose_name="核查人", editable=False
    )
    checked_on = models.DateField("核查日期", default=timezone.localdate)

    objects = FileExclusionQuerySet.as_manager()

    class Meta:
        verbose_name = "负面清单核查"
        verbose_name_plural = "负面清单核查"
        constraints = [
            models.UniqueConstraint(
                fields=["file", "kind"],
                name="beneficiaries_fileexclusion_once",
                violation_error_message="这种情形已经核查过。",
            ),
            models.CheckConstraint(
                condition=~Q(evidence=""),
                name="beneficiaries_fileexclusion_evidence_given",
                violation_error_message="请写明核查依据。",
            ),
            one_of(
                "beneficiaries_fileexclusion",
                "kind",
                [
                    "houses",
                    "business",
                    "private_school",
                    "vehicle",
                    "unlawful",
                    "retired",
                    "no_employer",
                    "idle",
                ],
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.kind}: {self.is_found}"


class IncomeCalculationQuerySet(ScopedQuerySet["IncomeCalculation"]):
    union_lookup = "file__union__"

    def newest(self, file: HardshipFile) -> "IncomeCalculation | None":
        return self.filter(file=file).order_by("-id").first()


class IncomeCalculation(models.Model):
    """Net income of the household as it was worked out once, with everything that went in.

    Source: DOMAIN §3.2: (12 months' income − rigid spending) ÷ household size ÷ 12.
    """

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    yearly_income = models.DecimalField("家庭年度总收入", max_digits=14, decimal_places=2)
    rigid_spending = models.DecimalField("年度刚性支出", max_digits=14, decimal_places=2)
    household_size = models.PositiveSmallIntegerField("家庭人口")
    gross_monthly = models.DecimalField("家庭月人均收入", max_digits=14, decimal_places=2)
    net_monthly = models.DecimalField("家庭月人均纯收入", max_digits=14, decimal_places=2)
    living_standard = models.ForeignKey(
        LivingStandard, models.PROTECT, related_name="+", verbose_name="低保标准"
    )
    standard_amount = models.DecimalField("低保标准（元/月）", max_digits=14, decimal_places=2)
    multiplier = models.DecimalField("相对困难倍数", max_digits=3, decimal_places=1)
    suggested_class = coded("按标准应为", "hardship_class")
    decided_class = coded("认定为", "hardship_class")
    override_reason = models.CharField("与标准不符的理由", max_length=200, blank=True)
    day = models.DateField("计算日期")
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="计算人")
    at = models.DateTimeField("计算时间", default=timezone.now, editable=False)

    objects = IncomeCalculationQuerySet.as_manager()

    class Meta:
        verbose_name = "收入核算"
        verbose_name_plural = "收入核算"
        constraints = [
            models.CheckConstraint(
                condition=Q(household_size__gte=1),
                name="beneficiaries_incomecalculation_household_counts",
                violation_error_message="家庭人口至少是 1。",
            ),
            models.CheckConstraint(
                condition=Q(multiplier__gte=1),
                name="beneficiaries_incomecalculation_multiplier_at_least_one",
                violation_error_message="倍数至少是 1。",
            ),
            models.CheckConstraint(
                condition=Q(
                    suggested_class__isnull=False,
                    decided_class__isnull=False,
                    suggested_class=models.F("decided_class"),
                )
                | Q(suggested_class__isnull=True, decided_class__isnull=True)
                | ~Q(override_reason=""),
                name="beneficiaries_incomecalculation_override_has_reason",
                violation_error_message="认定与标准不符时，请写明理由。",
            ),
            models.CheckConstraint(
                condition=Q(
                    yearly_income__gte=0,
                    rigid_spending__gte=0,
                    gross_monthly__gte=0,
                    standard_amount__gt=0,
                ),
                name="beneficiaries_incomecalculation_amounts_not_negative",
                violation_error_message="收入、支出不能是负数，标准要大于 0 元。",
            ),
            finite(
                "beneficiaries_incomecalculation",
                "amounts",
                (
                    "yearly_income",
                    "rigid_spending",
                    "gross_monthly",
                    "net_monthly",
                    "standard_amount",
                    "multiplier",
                ),
            ),
            finite("beneficiaries_incomecalculation", "days", ("day",)),
            of_its_list("beneficiaries_incomecalculation", "suggested_class", "hardship_class"),
            of_its_list("beneficiaries_incomecalculation", "decided_class", "hardship_class"),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.file_id} {self.net_monthly}"


class SpotCheckQuerySet(ScopedQuerySet["SpotCheck"]):
    union_lookup = "file__union__"

    def of_year(self, year: int) -> Self:
        return self.filter(year=year)

    def open(self) -> Self:
        """Drawn, and not looked at in that year."""
        looked_at = FileReview.objects.filter(
            file=OuterRef("file"), kind=FileReview.Kind.SPOT, on__year=OuterRef("year")
        )
        return self.filter(~Exists(looked_at))


class SpotCheck(models.Model):
    """That a file in force was drawn for the 抽查 of a year: by lot, so that nobody chooses.

    Source: DOMAIN §3.8 (at least 30 % a year).
    """

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    year = models.PositiveSmallIntegerField("年度")
    drawn_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="抽取人")
    drawn_at = models.DateTimeField("抽取时间", default=timezone.now, editable=False)

    objects = SpotCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "抽查名单"
        verbose_name_plural = "抽查名单"
        constraints = [
            models.UniqueConstraint(
                fields=["file", "year"],
                name="beneficiaries_spotcheck_once_a_year",
                violation_error_message="这份档案本年度已经抽到过。",
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.file_id} {self.year}"


class FileReviewQuerySet(ScopedQuerySet["FileReview"]):
    union_lookup = "file__union__"

    def spot_checks_of(self, year: int) -> Self:
        """抽查 of a year: what the share of 30 % is counted from."""
        return self.filter(kind=FileReview.Kind.SPOT, on__year=year)


class FileReview(models.Model):
    """Somebody looked at a file in force again, or asked after a family that was relieved."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", "年度核查"
        SPOT = "spot", "抽查"
        LOOK_BACK = "look_back", "回头看"

    class Finding(models.TextChoices):
        UNCHANGED = "unchanged", "情况未变"
        CLASS_CHANGED = "class_changed", "类别要调整"
        RELIEVED = "relieved", "已脱困"
        RELAPSED = "relapsed", "返困"
        NOT_REACHED = "not_reached", "联系不上"

    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    kind = models.CharField("方式", max_length=10, choices=Kind)
    finding = models.CharField("结果", max_length=14, choices=Finding)
    note = models.CharField("说明", max_length=200, blank=True)
    on = models.DateField("日期", default=timezone.localdate)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="核查人")

    objects = FileReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "档案核查"
        verbose_name_plural = "档案核查"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="look_back", finding__in=["unchanged", "relapsed", "not_reached"])
                | Q(
                    kind__in=["yearly", "spot"],
                    finding__in=["unchanged", "class_changed", "relieved", "not_reached"],
                ),
                name="beneficiaries_filereview_finding_fits_kind",
                violation_error_message="这种核查没有这个结果。",
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.file_id} {self.kind} {self.on}"
