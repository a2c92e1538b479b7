from django.db import models
from django.db.models import Q
from django.utils import timezone

from unions.models import Staff
from unions.scope import ScopedQuerySet


class StandardUploadQuerySet(ScopedQuerySet["StandardUpload"]):
    union_lookup = "uploaded_by__union__"


class StandardUpload(models.Model):
    """低保标准 that were read from a workbook; written once, from these very rows.

    What would become of a row is judged whenever it is looked at: the table may have changed.
    """

    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now, editable=False)
    file_name = models.CharField("文件", max_length=200)
    sha256 = models.CharField("文件校验值", max_length=64)
    #: One [row number in the file, {field: text}] per filled row.
    rows = models.JSONField(default=list)
    applied_at = models.DateTimeField("写入时间", null=True, editable=False)

    objects = StandardUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "低保标准导入"
        verbose_name_plural = "低保标准导入"
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"),
                name="beneficiaries_standardupload_sha256_shape",
                violation_error_message="文件的校验值不对，请重新上传。",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
