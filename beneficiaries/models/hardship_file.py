from datetime import date, timedelta
from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries import lifecycle
from beneficiaries.lifecycle import Status
from beneficiaries.models.beneficiary import Beneficiary
from beneficiaries.models.coded import coded, finite, of_its_list, one_of
from beneficiaries.models.ledger_import import LedgerImport
from beneficiaries.models.workplace import Workplace
from relief.lib.crypto.fields import SealedField, SealedRow, sealed_names
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Union, User
from unions.scope import ScopedQuerySet

_TABLE: Final = "beneficiaries_hardshipfile"
#: Column of the form → its code list (DOMAIN §3.4).
CODED: Final = {
    "hardship_class": "hardship_class",
    "file_standard": "file_standard",
    "file_kind": "file_kind",
    "family_kind": "family_kind",
    "ethnicity": "ethnicity",
    "political_status": "political_status",
    "work_status": "work_status",
    "model_worker": "model_worker",
    "housing": "housing",
    "industry": "industry",
    "marriage": "marriage",
    "household_registration": "household_registration",
    "employer_kind": "employer_kind",
    "employer_state": "employer_state",
    "medical_insurance": "medical_insurance",
    "main_cause": "hardship_cause",
    "region": "region",
    "contract_term": "contract_term",
}
_AMOUNTS: Final = ("own_monthly_income", "other_yearly_income", "yearly_income", "rigid_spending")
YEARLY: Final = timedelta(days=365)

_DAYS: Final = (
    "working_since",
    "contract_signed_on",
    "opened_on",
    "approved_on",
    "reviewed_on",
    "ended_on",
)


def _columns(row: str) -> str:
    keys = {f"{name}_id" if name in CODED else name for name in lifecycle.DECISIVE}
    return ", ".join(f"{row}.{key}" for key in sorted(keys))


# Undoing an import brings the last year's file back that the import's own had followed.
_LEGAL_STEP: Final = f"""
    IF (OLD.status, NEW.status) = ('closed', 'active') AND OLD.exit_reason = 'renewed' THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) NOT IN ({lifecycle.legal_steps_sql()}) THEN
        RAISE EXCEPTION 'no such step: % to %', OLD.status, NEW.status USING ERRCODE = '23R07';
    END IF;
    RETURN NEW;
"""
# Who handed in and who approved belong to a step; what was approved changes by 变更 or a ledger.
_STANDS: Final = f"""
    IF NEW.year <> OLD.year THEN
        RAISE EXCEPTION 'the year stays' USING ERRCODE = '23R10';
    END IF;
    IF NEW.status = OLD.status AND (
        NEW.applied_by_id IS DISTINCT FROM OLD.applied_by_id
        OR NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
        OR NEW.approved_on IS DISTINCT FROM OLD.approved_on
    ) THEN
        RAISE EXCEPTION 'makers stay' USING ERRCODE = '23R10';
    END IF;
    IF NEW.status = OLD.status AND NEW.status NOT IN ('draft', 'applied', 'review')
        AND NEW.ledger_id IS NOT DISTINCT FROM OLD.ledger_id
        AND ({_columns("NEW")}) IS DISTINCT FROM ({_columns("OLD")})
    THEN
        RAISE EXCEPTION 'approved as it stands' USING ERRCODE = '23R10';
    END IF;
    RETURN NEW;
"""
# The members carry what their uniqueness needs: one household has one live file of a year.
_TELL_MEMBERS: Final = """
    UPDATE beneficiaries_householdmember
    SET year = NEW.year, is_live = NEW.status NOT IN ('relieved', 'closed', 'rejected')
    WHERE file_id = NEW.id;
    RETURN NULL;
"""


def _of_person(names: list[str]) -> list[str]:
    return [f"person__{name}" for name in names]


class HardshipFileQuerySet(ScopedQuerySet["HardshipFile"]):
    def live(self) -> Self:
        return self.filter(status__in=lifecycle.LIVE)

    def active(self) -> Self:
        return self.filter(status=Status.ACTIVE)

    def listed(self) -> Self:
        """For lists: no ciphertext leaves the database."""
        sealed = [*sealed_names(HardshipFile), *_of_person(sealed_names(Beneficiary))]
        return self.select_related(
            "person", "union", "hardship_class", "main_cause", "workplace"
        ).defer(*sealed)

    def of_person(self, person: Beneficiary) -> Self:
        return self.filter(person=person).order_by("-year", "-opened_on")

    def due_for_review(self, day: date) -> Self:
        """一年未改: in force, and neither changed nor looked at for a year."""
        limit = day - YEARLY
        return self.due_for_yearly_review(day).filter(changed_at__date__lte=limit)

    def due_for_yearly_review(self, day: date) -> Self:
        """年审到期: in force, and not looked at for a year."""
        return self.active().filter(
            Q(reviewed_on__lte=day - YEARLY)
            | Q(reviewed_on__isnull=True, opened_on__lte=day - YEARLY)
        )

    def due_for_looking_back(self, day: date) -> Self:
        """回头看: relieved, and not asked after for half a year."""
        return self.filter(
            status=Status.RELIEVED,
            reviewed_on__lte=day - YEARLY / 2,
            ended_on__gte=day - 2 * YEARLY,
        )


@tracked(exclude=("version",))
class HardshipFile(SealedRow):
    """困难职工档案 of a household and a year, kept under the name of one person.

    Codes keep their generation: a file of 2015 says 低保边缘户. Amounts are yuan. What says why
    the family is poor is sealed under the person's key, as is everything about the members.
    Source: DOMAIN §3.4, §3.8.
    """

    class Standard(models.TextChoices):
        OLD = "old", "旧标准（低保户、低保边缘户、意外致困户）"
        NEW = "new", "现行标准（深度、相对、意外致困）"

    class Exit(models.TextChoices):
        RELIEVED = "relieved", "脱困"
        RETIRED = "retired", "退休"
        MOVED = "moved", "调离"
        DIED = "died", "死亡"
        UNTRUE = "untrue", "材料不实"
        WITHDRAWN = "withdrawn", "本人撤回"
        RENEWED = "renewed", "转入下一年度"
        UNDONE = "undone", "导入撤销"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="户主申请人"
    )
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="建档机构")
    year = models.PositiveSmallIntegerField("年度")
    number = models.CharField("档案编号", max_length=40, blank=True)
    standard = models.CharField("标准版本", max_length=3, choices=Standard, default=Standard.NEW)
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.DRAFT)
    is_temporary = models.BooleanField("临时救助档案", default=False)
    hardship_class = coded("困难类别", "hardship_class")
    file_standard = coded("建档标准", "file_standard")
    file_kind = coded("档案类别", "file_kind")
    family_kind = coded("家庭类型", "family_kind")
    ethnicity = coded("民族", "ethnicity")
    political_status = coded("政治面貌", "political_status")
    work_status = coded("工作状态", "work_status")
    model_worker = coded("劳模类型", "model_worker")
    housing = coded("住房类型", "housing")
    floor_area = models.DecimalField(
        "建筑面积（平方米）", max_digits=8, decimal_places=2, null=True, blank=True
    )
    industry = coded("所属行业", "industry")
    marriage = coded("婚姻状况", "marriage")
    household_registration = coded("户口类型", "household_registration")
    region = coded("户口所在地", "region")
    postcode = models.CharField("邮政编码", max_length=6, blank=True)
    working_since = models.DateField("参加工作时间", null=True, blank=True)
    workplace = models.ForeignKey(
        Workplace, models.PROTECT, related_name="+", verbose_name="工作单位", null=True, blank=True
    )
    employer_kind = coded("单位性质", "employer_kind")
    employer_state = coded("企业状况", "employer_state")
    contract_signed_on = models.DateField("劳动合同签订时间", null=True, blank=True)
    contract_term = coded("合同期限", "contract_term")
    medical_insurance = coded("医保状况", "medical_insurance")
    is_single_parent = models.BooleanField("是否单亲", null=True, blank=True)
    has_ability = models.BooleanField("有一定自救能力", null=True, blank=True)
    has_no_worker = models.BooleanField("零就业家庭", null=True, blank=True)
    own_monthly_income = models.DecimalField(
        "本人月平均收入", max_digits=14, decimal_places=2, null=True, blank=True
    )
    other_yearly_income = models.DecimalField(
        "家庭其他非薪资年收入", max_digits=14, decimal_places=2, null=True, blank=True
    )
    yearly_income = models.DecimalField(
        "家庭年度总收入", max_digits=14, decimal_places=2, null=True, blank=True
    )
    rigid_spending = models.DecimalField(
        "年度刚性支出", max_digits=14, decimal_places=2, null=True, blank=True
    )
    household_size = models.PositiveSmallIntegerField("家庭人口", null=True, blank=True)
    household_size_reason = models.CharField("家庭人口与成员不符的说明", max_length=200, blank=True)
    main_cause = coded("主要致困原因", "hardship_cause")
    other_causes = ArrayField(
        models.CharField(max_length=80), verbose_name="次要致困原因", default=list, blank=True
    )
    health = SealedField("健康状况")
    disability = SealedField("残疾类别")
    hardship = SealedField("困难情况")
    remark = SealedField("备注")
    opened_on = models.DateField("建档日期", default=timezone.localdate)
    applied_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="申报人"
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="审批人"
    )
    approved_on = models.DateField("审批日期", null=True, editable=False)
    reviewed_on = models.DateField("最近核查", null=True, editable=False)
    #: The ledger that opened the file as 在档, or wrote into it last: it was approved on paper.
    ledger = models.ForeignKey(
        LedgerImport,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name="来自台账",
    )
    exit_reason = models.CharField("退出原因", max_length=10, choices=Exit, blank=True)
    ended_on = models.DateField("退出日期", null=True, editable=False)
    changed_at = models.DateTimeField("最近修改", default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = HardshipFileQuerySet.as_manager()

    class Meta:
        verbose_name = "困难档案"
        verbose_name_plural = "困难档案"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year"],
                condition=Q(status__in=sorted(lifecycle.LIVE)),
                name="beneficiaries_hardshipfile_one_live_a_year",
                violation_error_message="这个人本年度已经有一份档案，一人只能建一份。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(Status.values)),
                name="beneficiaries_hardshipfile_status_known",
                violation_error_message="没有这种档案状态。",
            ),
            models.CheckConstraint(
                condition=Q(standard__in=["new", "old"]),
                name="beneficiaries_hardshipfile_standard_known",
                violation_error_message="没有这个标准版本。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=1990, year__lte=2100),
                name="beneficiaries_hardshipfile_year_plausible",
                violation_error_message="年度要在 1990 到 2100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(household_size__isnull=True) | Q(household_size__gte=1),
                name="beneficiaries_hardshipfile_household_counts",
                violation_error_message="家庭人口至少是 1。",
            ),
            models.CheckConstraint(
                condition=Q(floor_area__isnull=True) | Q(floor_area__gte=0),
                name="beneficiaries_hardshipfile_floor_area_not_negative",
                violation_error_message="建筑面积不能是负数。",
            ),
            models.CheckConstraint(
                condition=Q(postcode="") | Q(postcode__regex=r"^[0-9]{6}$"),
                name="beneficiaries_hardshipfile_postcode_shape",
                violation_error_message="邮政编码是 6 位数字。",
            ),
            models.CheckConstraint(
                condition=Q(other_causes__len__lte=3),
                name="beneficiaries_hardshipfile_other_causes_few",
                violation_error_message="次要致困原因最多选 3 项。",
            ),
            models.CheckConstraint(
                condition=Q(applied_by__isnull=True)
                | Q(approved_by__isnull=True)
                | ~Q(applied_by=F("approved_by")),
                name="beneficiaries_hardshipfile_maker_is_not_checker",
                violation_error_message="申报和审批不能是同一个人。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["relieved", "closed"], ended_on__isnull=False)
                & ~Q(exit_reason="")
                | (
                    ~Q(status__in=["relieved", "closed"]) & Q(ended_on__isnull=True, exit_reason="")
                ),
                name="beneficiaries_hardshipfile_exit_has_reason",
                violation_error_message="脱困或注销要写明原因和日期。",
            ),
            one_of(
                "beneficiaries_hardshipfile",
                "exit_reason",
                [
                    "",
                    "relieved",
                    "retired",
                    "moved",
                    "died",
                    "untrue",
                    "withdrawn",
                    "renewed",
                    "undone",
                ],
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0}),
                    name=f"beneficiaries_hardshipfile_{name}_not_negative",
                    violation_error_message="金额不能是负数。",
                )
                for name in _AMOUNTS
            ],
            *[of_its_list(_TABLE, name, key) for name, key in CODED.items()],
            models.CheckConstraint(
                condition=~Q(status__in=["active", "relieved"])
                | Q(ledger__isnull=False)
                | Q(applied_by__isnull=False, approved_by__isnull=False, approved_on__isnull=False),
                name="beneficiaries_hardshipfile_in_force_was_approved",
                violation_error_message="在档的档案要有申报人和审批人，或者来自台账。",
            ),
            finite(_TABLE, "amounts", (*_AMOUNTS, "floor_area")),
            finite(_TABLE, "days", _DAYS),
        ]
        indexes = [
            models.Index(fields=["union", "status", "year"], name="beneficiaries_hardshipfile_idx"),
        ]
        triggers = [
            Guard(
                name="illegal_step_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]  # their signature
                condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
                func=_LEGAL_STEP,
            ),
            Guard(
                name="beginning_midway_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status__in=sorted(lifecycle.BEGINNINGS)),
                func="RAISE EXCEPTION 'begins midway' USING ERRCODE = '23R07';",
            ),
            Guard(
                name="approved_as_it_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_STANDS,
            ),
            Guard(
                name="members_follow",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status", "year"),  # type: ignore[no-untyped-call]  # their signature
                func=_TELL_MEMBERS,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_status_display()}"

    @property
    def is_live(self) -> bool:
        return self.status in lifecycle.LIVE

    @property
    def is_unreviewed(self) -> bool:
        """In force because a ledger says so; nobody approved it here."""
        return self.ledger_id is not None and self.approved_on is None

    @property
    def is_editable(self) -> bool:
        """Live, and not in the hands of a reviewer."""
        return self.status in lifecycle.LIVE - lifecycle.UNDER_REVIEW
