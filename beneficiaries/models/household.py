from collections.abc import Sequence
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import Q

from beneficiaries.models.beneficiary import ID_NUMBER, Beneficiary
from beneficiaries.models.coded import coded, finite, of_its_list
from beneficiaries.models.hardship_file import HardshipFile
from relief.lib.crypto.fields import SealedField, SealedRow
from relief.lib.crypto.keys import blind_index
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard
from unions.scope import ScopedQuerySet

_TABLE: Final = "beneficiaries_householdmember"
CODED: Final = {
    "relationship": "relationship",
    "identity": "member_identity",
    "medical_insurance": "medical_insurance",
    "ethnicity": "ethnicity",
    "political_status": "political_status",
    "marriage": "marriage",
}

_TAKE_FROM_FILE: Final = """
    SELECT year, status NOT IN ('relieved', 'closed', 'rejected') INTO NEW.year, NEW.is_live
    FROM beneficiaries_hardshipfile WHERE id = NEW.file_id FOR NO KEY UPDATE;
    RETURN NEW;
"""


class HouseholdMemberQuerySet(ScopedQuerySet["HouseholdMember"]):
    union_lookup = "file__union__"

    def of_file(self, file: HardshipFile) -> Self:
        return self.filter(file=file).order_by("position", "id")

    def live(self) -> Self:
        return self.filter(is_live=True)

    def naming(self, people: Sequence[Beneficiary], indexes: Sequence[bytes]) -> Self:
        """Rows that are these people, or have one of these numbers."""
        return self.filter(Q(person__in=people) | Q(id_index__in=indexes))

    def with_id_number(self, number: str) -> Self:
        return self.filter(id_index=blind_index(ID_NUMBER).of(number))


@tracked(
    exclude=("birth_on", "id_index", "id_tail", "year", "is_live"),
    noticed=("birth_on", "id_index", "id_tail"),
)
class HouseholdMember(SealedRow):
    """One person of the household of a file; the applicant is one of them.

    Sealed under the applicant's key. `year` and `is_live` follow the file by trigger: together
    with the blind index they let one person be in one live file of a year only (一户一档).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(
        HardshipFile, models.PROTECT, related_name="+", verbose_name="困难档案"
    )
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_applicant = models.BooleanField("申请人本人", default=False)
    #: The same person's own row, when there is one in the registry.
    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="人员"
    )
    name = SealedField("姓名")
    relationship = coded("关系", "relationship")
    sex = models.CharField("性别", max_length=6, choices=Beneficiary.Sex, blank=True)
    birth_on = models.DateField("出生日期", null=True, blank=True)
    id_number = SealedField("证件号码")
    id_index = models.BinaryField(null=True)
    id_tail = models.CharField(max_length=4, blank=True, editable=False)
    phone = SealedField("手机号码")
    health = SealedField("健康状况")
    disability = SealedField("残疾类别")
    workplace_or_school = SealedField("单位或学校")
    identity = coded("身份", "member_identity")
    medical_insurance = coded("医保状况", "medical_insurance")
    ethnicity = coded("民族", "ethnicity")
    political_status = coded("政治面貌", "political_status")
    marriage = coded("婚姻状况", "marriage")
    monthly_income = models.DecimalField(
        "月收入", max_digits=14, decimal_places=2, null=True, blank=True
    )
    year = models.PositiveSmallIntegerField(editable=False, default=0)
    is_live = models.BooleanField(editable=False, default=True)

    objects = HouseholdMemberQuerySet.as_manager()

    class Meta:
        verbose_name = "家庭成员"
        verbose_name_plural = "家庭成员"
        constraints = [
            models.UniqueConstraint(
                fields=["id_index", "year"],
                condition=Q(is_live=True),
                name="beneficiaries_householdmember_one_live_file",
                violation_error_message="这个证件号码本年度已在另一份档案里，一户只能建一份档案。",
            ),
            models.UniqueConstraint(
                fields=["file"],
                condition=Q(is_applicant=True),
                name="beneficiaries_householdmember_one_applicant",
                violation_error_message="一份档案只有一个申请人。",
            ),
            models.CheckConstraint(
                condition=Q(id_number__isnull=True, id_index__isnull=True, id_tail="")
                | Q(id_number__isnull=False, id_index__isnull=False),
                name="beneficiaries_householdmember_id_number_whole",
                violation_error_message="证件号码没有存完整，请重新填写。",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["", "male", "female"]),
                name="beneficiaries_householdmember_sex_known",
                violation_error_message="性别只能是男或女，不知道就不填。",
            ),
            models.CheckConstraint(
                condition=Q(monthly_income__isnull=True) | Q(monthly_income__gte=0),
                name="beneficiaries_householdmember_income_not_negative",
                violation_error_message="月收入不能是负数。",
            ),
            *[of_its_list(_TABLE, name, key) for name, key in CODED.items()],
            finite(_TABLE, "amounts", ("monthly_income",)),
            finite(_TABLE, "days", ("birth_on",)),
        ]
        triggers = [
            Guard(
                name="taken_from_file",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("file_id", "year", "is_live"),  # type: ignore[no-untyped-call]  # their signature
                func=_TAKE_FROM_FILE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} #{self.position}"
