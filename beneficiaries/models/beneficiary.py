import re
import unicodedata
from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.identity import lengthened
from beneficiaries.models.coded import finite
from beneficiaries.models.workplace import Workplace
from beneficiaries.names import longest_grams
from relief.lib.crypto.fields import SealedField, SealedRow, sealed_names
from relief.lib.crypto.keys import blind_index
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet

_ID_NUMBER: Final = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]").fullmatch
_MOBILE: Final = re.compile(r"1[0-9]{10}").fullmatch
_ID_TAIL: Final = re.compile(r"[0-9]{3}[0-9X]").fullmatch

#: Kinds of the blind index. The same ID number is found as a person and as a family member.
ID_NUMBER = "id_number"
PHONE = "phone"


class BeneficiaryQuerySet(ScopedQuerySet["Beneficiary"]):
    def visible_to(self, staff: Staff) -> Self:
        """People of the subtree, and those whom a union of the subtree is linked to.

        Only the owner edits (`owned_by`); a linked person is for the rosters of the other union.
        Source: DESIGN §8.12.
        """
        path = staff.union.path
        links = BeneficiaryLink.objects.standing().within(path).values("beneficiary")
        return self.filter(Q(union__in=Union.objects.within(path)) | Q(pk__in=links))

    def owned_by(self, staff: Staff) -> Self:
        """People whose records the posting's subtree keeps."""
        return self.within(staff.union.path)

    def for_rosters_of(self, union: Union) -> Self:
        """Whom the union itself may put on a roster: its own subtree and those linked to it."""
        linked = BeneficiaryLink.objects.standing().filter(union=union).values("beneficiary")
        return self.current().filter(
            Q(union__in=Union.objects.within(union.path)) | Q(pk__in=linked)
        )

    def current(self) -> Self:
        """Without those that were merged into another row or erased."""
        return self.filter(merged_into__isnull=True, erased_at__isnull=True)

    def listed(self) -> Self:
        """For lists: no ciphertext leaves the database."""
        return self.select_related("union", "workplace").defer(*sealed_names(Beneficiary))

    def with_id_number(self, number: str) -> Self:
        """The one with exactly this number (18 digits where the paper has them)."""
        return self.filter(id_index=blind_index(ID_NUMBER).of(number))

    def with_phone(self, phone: str) -> Self:
        return self.filter(phone_index=blind_index(PHONE).of(phone))

    def matching(self, text: str) -> Self:
        """Search by name, pinyin, initials, the last four of the ID number, ID number or phone."""
        wanted = unicodedata.normalize("NFKC", text).replace(" ", "")
        number = wanted.upper()
        if _ID_NUMBER(number):
            return self.with_id_number(lengthened(number) if len(number) == 15 else number)
        if _MOBILE(number):
            return self.with_phone(number)
        if _ID_TAIL(number):
            return self.filter(id_tail=number)
        if wanted.isascii() and wanted.isalpha():
            return self.sounding_like(wanted.lower())
        return self.named_like(wanted) if wanted else self.none()

    def named_like(self, text: str) -> Self:
        """The name contains the text."""
        found = self.filter(grams__contains=sorted(longest_grams(text)))
        return found if len(text) <= 3 else found.filter(name__contains=text)

    def sounding_like(self, latin: str) -> Self:
        """The pinyin of the name, or its initials, begin with these letters."""
        return self.filter(Q(pinyin__startswith=latin) | Q(initials__startswith=latin))


@tracked(
    exclude=(
        "name",
        "pinyin",
        "initials",
        "grams",
        "birth_on",
        "id_index",
        "id_tail",
        "phone_index",
        "phone_tail",
        "bank_tail",
        "version",
    ),
    # Nothing of them is kept, and still nobody changes them without a trace.
    noticed=("name", "pinyin", "birth_on", "id_index", "id_tail", "phone_index", "bank_tail"),
)
class Beneficiary(SealedRow):
    """A person who is helped. History keeps ciphertext only, so erasing reaches it, too.

    `union` owns the record. What is sealed stands twice where a list needs a part of it: the last
    four in clear for the mask, a blind index for search. `name_sealed` is the name as history
    keeps it.
    """

    class Sex(models.TextChoices):
        UNKNOWN = "", "未知"
        MALE = "male", "男"
        FEMALE = "female", "女"

    class IdKind(models.TextChoices):
        NONE = "", "没有证件"
        RESIDENT = "resident", "居民身份证"
        RESIDENCE_PERMIT = "residence_permit", "港澳台居民居住证"
        FOREIGN_RESIDENT = "foreign_resident", "外国人永久居留身份证"
        OTHER = "other", "护照或其他证件"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="所属机构")
    workplace = models.ForeignKey(
        Workplace, models.PROTECT, related_name="+", verbose_name="工作单位", null=True, blank=True
    )
    name = models.CharField("姓名", max_length=60)
    name_sealed = SealedField("姓名")
    pinyin = models.CharField(max_length=400, editable=False, blank=True, db_collation="C")
    initials = models.CharField(max_length=60, editable=False, blank=True, db_collation="C")
    grams = ArrayField(models.CharField(max_length=3), default=list, editable=False, blank=True)
    sex = models.CharField("性别", max_length=6, choices=Sex, blank=True)
    birth_on = models.DateField("出生日期", null=True, blank=True)
    id_kind = models.CharField("证件类型", max_length=16, choices=IdKind, blank=True)
    id_number = SealedField("证件号码")
    id_index = models.BinaryField(null=True)
    id_tail = models.CharField(max_length=4, blank=True, editable=False)
    phone = SealedField("手机号码")
    phone_index = models.BinaryField(null=True)
    phone_tail = models.CharField(max_length=4, blank=True, editable=False)
    other_contact = SealedField("其他联系方式")
    address = SealedField("家庭住址")
    bank_name = SealedField("开户银行")
    bank_account = SealedField("银行卡号")
    bank_tail = models.CharField(max_length=4, blank=True, editable=False)
    health = SealedField("健康状况")
    is_invented = models.BooleanField("虚构人物", default=False, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="+", verbose_name="合并到", null=True, editable=False
    )
    erased_at = models.DateTimeField("删除个人信息时间", null=True, editable=False)
    created_at = models.DateTimeField("登记时间", default=timezone.now, editable=False)
    changed_at = models.DateTimeField("最近修改", default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BeneficiaryQuerySet.as_manager()

    class Meta:
        verbose_name = "帮扶对象"
        verbose_name_plural = "帮扶对象"
        constraints = [
            models.UniqueConstraint(
                fields=["id_index"],
                name="beneficiaries_beneficiary_id_number_once",
                violation_error_message="这个证件号码已经登记过。",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="beneficiaries_beneficiary_name_given",
                violation_error_message="请填写姓名。",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["", "male", "female"]),
                name="beneficiaries_beneficiary_sex_known",
                violation_error_message="性别只能是男或女，不知道就不填。",
            ),
            models.CheckConstraint(
                condition=Q(
                    id_kind__in=["", "resident", "residence_permit", "foreign_resident", "other"]
                ),
                name="beneficiaries_beneficiary_id_kind_known",
                violation_error_message="没有这种证件类型。",
            ),
            models.CheckConstraint(
                condition=Q(id_number__isnull=True, id_index__isnull=True, id_kind="", id_tail="")
                | (Q(id_number__isnull=False, id_index__isnull=False) & ~Q(id_kind="")),
                name="beneficiaries_beneficiary_id_number_whole",
                violation_error_message="证件类型和证件号码要一起填写。",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_index__isnull=True, phone_tail="")
                | Q(phone__isnull=False, phone_index__isnull=False),
                name="beneficiaries_beneficiary_phone_whole",
                violation_error_message="手机号码没有存完整，请重新填写。",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="beneficiaries_beneficiary_not_merged_into_itself",
                violation_error_message="不能合并到自己。",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    name_sealed__isnull=True,
                    id_number__isnull=True,
                    phone__isnull=True,
                    other_contact__isnull=True,
                    address__isnull=True,
                    bank_name__isnull=True,
                    bank_account__isnull=True,
                    health__isnull=True,
                    birth_on__isnull=True,
                    id_index__isnull=True,
                    phone_index__isnull=True,
                    id_tail="",
                    pinyin="",
                    bank_tail="",
                ),
                name="beneficiaries_beneficiary_erased_is_empty",
                violation_error_message="个人信息已经删除，不能再填写。",
            ),
            finite("beneficiaries_beneficiary", "days", ("birth_on",)),
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="beneficiaries_beneficiary_phon"),
            models.Index(fields=["name", "birth_on"], name="beneficiaries_beneficiary_name"),
            models.Index(fields=["pinyin", "id"], name="beneficiaries_beneficiary_piny"),
            models.Index(fields=["initials"], name="beneficiaries_beneficiary_init"),
            models.Index(fields=["id_tail"], name="beneficiaries_beneficiary_tail"),
            GinIndex(fields=["grams"], name="beneficiaries_beneficiary_gram"),
        ]
        triggers = [
            Guard(
                name="erased_stays_so",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("erased_at", "name"),  # type: ignore[no-untyped-call]  # their signature
                condition=pgtrigger.Q(old__erased_at__isnull=False)
                & (
                    pgtrigger.Q(new__erased_at__df=pgtrigger.F("old__erased_at"))
                    | pgtrigger.Q(new__name__df=pgtrigger.F("old__name"))
                ),
                func="RAISE EXCEPTION 'erased' USING ERRCODE = '23R05';",
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return self.name


class BeneficiaryLinkQuerySet(ScopedQuerySet["BeneficiaryLink"]):
    def visible_to(self, staff: Staff) -> Self:
        """Seen from both sides: by who is linked and by who keeps the record."""
        unions = Union.objects.within(staff.union.path)
        return self.filter(Q(union__in=unions) | Q(beneficiary__union__in=unions))

    def standing(self) -> Self:
        return self.filter(ended_on__isnull=True)


@tracked()
class BeneficiaryLink(models.Model):
    """A union that helps a person of another union: masked there, and never a second row."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="关联机构")
    linked_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="关联人")
    linked_on = models.DateField("关联日期", default=timezone.localdate)
    ended_on = models.DateField("解除日期", null=True, blank=True)

    objects = BeneficiaryLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "关联"
        verbose_name_plural = "关联"
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "union"],
                condition=Q(ended_on__isnull=True),
                name="beneficiaries_beneficiarylink_once",
                violation_error_message="这个人已经与本机构关联。",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("linked_on")),
                name="beneficiaries_beneficiarylink_period_in_order",
                violation_error_message="解除日期不能早于关联日期。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.beneficiary_id} · {self.union_id}"
