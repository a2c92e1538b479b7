from typing import Any

from django.db import models

from unions.models.staff import Staff
from unions.scope import ScopedQuerySet


class UnionUploadQuerySet(ScopedQuerySet["UnionUpload"]):
    union_lookup = "uploaded_by__union__"


class UnionUpload(models.Model):
    """A union list that was read and previewed; applied once, from these very rows."""

    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField("文件", max_length=200)
    sha256 = models.CharField(max_length=64)
    headings = models.JSONField(default=list)
    #: One [row number in the file, [cells as text]] per filled row.
    rows = models.JSONField(default=list)
    #: What applying would do, one per row: {"state": …, "problems": […]}.
    outcomes = models.JSONField(default=list)
    applied_at = models.DateTimeField("写入时间", null=True, blank=True)

    objects = UnionUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "机构导入"
        verbose_name_plural = "机构导入"

    def __str__(self) -> str:
        return self.file_name

    @property
    def preview(self) -> list[tuple[int, list[str], dict[str, Any]]]:
        """Returns (row number in the file, cells, outcome) per row, in the order of the file."""
        pairs = zip(self.rows, self.outcomes, strict=True)
        return [(number, cells, outcome) for (number, cells), outcome in pairs]

    @property
    def counts(self) -> dict[str, int]:
        states = [outcome["state"] for outcome in self.outcomes]
        return {state: states.count(state) for state in ("new", "changed", "same", "bad")}
