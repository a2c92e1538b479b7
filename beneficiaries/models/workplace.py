from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from beneficiaries.models.coded import coded, of_its_list
from relief.lib.history import tracked
from relief.lib.triggers import NeverDelete, NoTruncate
from unions.models import Union
from unions.scope import ScopedQuerySet

CREDIT_CODE_PATTERN = r"^[0-9A-HJ-NPQRTUWXY]{18}$"


class WorkplaceQuerySet(ScopedQuerySet["Workplace"]):
    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)

    def matching(self, text: str) -> Self:
        """Search by name, credit code, pinyin or pinyin initials."""
        wanted = text.strip()
        latin = wanted.lower().replace(" ", "")
        return self.filter(
            Q(name__icontains=wanted)
            | Q(credit_code=wanted.upper())
            | Q(pinyin__startswith=latin)
            | Q(initials__startswith=latin)
        )


@tracked(exclude=("pinyin", "initials", "version"))
class Workplace(models.Model):
    """Where people work or are visited: a firm, hospital, site, village. Many have no union."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", "企业"
        HOSPITAL = "hospital", "医疗机构"
        SCHOOL = "school", "学校"
        SITE = "site", "工地、项目部"
        VILLAGE = "village", "村"
        STATION_HOST = "station_host", "驿站依托单位"
        OFFICE = "office", "机关、事业单位"
        OTHER = "other", "其他"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="所属机构")
    name = models.CharField("单位名称", max_length=100)
    kind = models.CharField("类型", max_length=20, choices=Kind, default=Kind.ENTERPRISE)
    #: The union of this workplace, where it has one.
    own_union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="本单位工会", null=True, blank=True
    )
    credit_code = models.CharField(
        "统一社会信用代码",
        max_length=18,
        blank=True,
        validators=[RegexValidator(CREDIT_CODE_PATTERN, "统一社会信用代码是 18 位。")],
    )
    address = models.CharField("地址", max_length=200, blank=True)
    employer_kind = coded("单位性质", "employer_kind")
    employer_state = coded("企业状况", "employer_state")
    industry = coded("所属行业", "industry")
    worker_count = models.PositiveIntegerField("职工人数", null=True, blank=True)
    closed_on = models.DateField("注销日期", null=True, blank=True)
    pinyin = models.CharField(max_length=600, editable=False, blank=True)
    initials = models.CharField(max_length=100, editable=False, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WorkplaceQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="beneficiaries_workplace_name_given",
                violation_error_message="请填写单位名称。",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "enterprise",
                        "hospital",
                        "school",
                        "site",
                        "village",
                        "station_host",
                        "office",
                        "other",
                    ]
                ),
                name="beneficiaries_workplace_kind_known",
                violation_error_message="没有这种单位类型。",
            ),
            models.CheckConstraint(
                condition=Q(credit_code="") | Q(credit_code__regex=CREDIT_CODE_PATTERN),
                name="beneficiaries_workplace_credit_code_shape",
                violation_error_message="统一社会信用代码是 18 位。",
            ),
            models.UniqueConstraint(
                fields=["union", "name"],
                condition=Q(closed_on__isnull=True),
                name="beneficiaries_workplace_name_once_in_union",
                violation_error_message="本机构已经登记了同名单位。",
            ),
            models.UniqueConstraint(
                fields=["union", "credit_code"],
                condition=Q(closed_on__isnull=True) & ~Q(credit_code=""),
                name="beneficiaries_workplace_credit_code_once_in_union",
                violation_error_message="本机构已经登记了这个统一社会信用代码。",
            ),
            of_its_list("beneficiaries_workplace", "employer_kind", "employer_kind"),
            of_its_list("beneficiaries_workplace", "employer_state", "employer_state"),
            of_its_list("beneficiaries_workplace", "industry", "industry"),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return self.name
