from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.models.beneficiary import Beneficiary
from beneficiaries.models.coded import coded, of_its_list, one_of
from beneficiaries.models.hardship_file import HardshipFile
from relief.lib.crypto.fields import SealedField, SealedRow
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import NeverDelete, NoTruncate
from unions.models import Staff
from unions.scope import ScopedQuerySet


class AttachmentQuerySet(ScopedQuerySet["Attachment"]):
    union_lookup = "person__union__"

    def of_person(self, person: Beneficiary) -> Self:
        return self.filter(person=person, removed_at__isnull=True).order_by("-added_at", "pk")


@tracked(exclude=("file_key",))
class Attachment(SealedRow):
    """A photo or scan about a person. The file lies encrypted under its id, outside the web root.

    Its own key is sealed under the person's, so moving it to another person moves no file; history
    does not keep that key, so removing the paper destroys it.
    Source: SECURITY §4.5, DOMAIN §3.7.
    """

    class ContentType(models.TextChoices):
        JPEG = "image/jpeg", "照片"
        PDF = "application/pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    file = models.ForeignKey(
        HardshipFile,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="困难档案",
    )
    kind = coded("附件种类", "evidence")
    name = SealedField("文件名")
    file_key = SealedField("文件密钥")
    content_type = models.CharField("类型", max_length=20, choices=ContentType)
    size = models.PositiveIntegerField("字节")
    #: Of the encrypted bytes: shows damage without a key, and says nothing about the content.
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间", default=timezone.now, editable=False)
    removed_at = models.DateTimeField("删除时间", null=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=["image/jpeg", "application/pdf"]),
                name="beneficiaries_attachment_content_type_known",
                violation_error_message="附件只能是照片或 PDF。",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="beneficiaries_attachment_sha256_shape",
                violation_error_message="附件没有存完整，请重新上传。",
            ),
            of_its_list("beneficiaries_attachment", "kind", "evidence"),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return str(self.pk)


class ConsentQuerySet(ScopedQuerySet["Consent"]):
    union_lookup = "person__union__"

    def standing(self) -> Self:
        return self.filter(withdrawn_on__isnull=True)


@tracked()
class Consent(models.Model):
    """A person agreed to something, in a certain wording; withdrawing leaves the row.

    Source: DOMAIN §9.1 (单独同意; under 14 the guardian agrees).
    """

    class Kind(models.TextChoices):
        SENSITIVE = "sensitive", "处理敏感个人信息"
        COMPARISON = "comparison", "家庭经济状况核对授权"
        PUBLICITY = "publicity", "公示"
        PHOTO = "photo", "使用照片"

    class Signer(models.TextChoices):
        SELF = "self", "本人"
        GUARDIAN = "guardian", "监护人"
        PROXY = "proxy", "受托人"

    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    kind = models.CharField("同意事项", max_length=10, choices=Kind)
    wording = models.CharField("文本版本", max_length=20)
    signer = models.CharField("签署人", max_length=10, choices=Signer, default=Signer.SELF)
    given_on = models.DateField("签署日期", default=timezone.localdate)
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True)
    paper = models.ForeignKey(
        Attachment, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="签字件"
    )
    recorded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="登记人")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "同意书"
        verbose_name_plural = "同意书"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(withdrawn_on__isnull=True),
                name="beneficiaries_consent_one_standing",
                violation_error_message="这个人已经签过这项同意书。",
            ),
            one_of(
                "beneficiaries_consent", "kind", ["sensitive", "comparison", "publicity", "photo"]
            ),
            one_of("beneficiaries_consent", "signer", ["self", "guardian", "proxy"]),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
                name="beneficiaries_consent_period_in_order",
                violation_error_message="撤回日期不能早于签署日期。",
            ),
            models.CheckConstraint(
                condition=~Q(wording=""),
                name="beneficiaries_consent_wording_given",
                violation_error_message="请填写同意书的文本版本。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
