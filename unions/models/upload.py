from collections import Counter
from dataclasses import dataclass, field

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact

from unions.models.staff import Staff
from unions.scope import ScopedQuerySet


@dataclass(frozen=True)
class Outcome:
    """What applying would do with one row, and why not."""

    state: str
    problems: list[str] = field(default_factory=list)
    #: Heading → old and new, for what would be changed.
    changes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class PreviewRow:
    #: As the spreadsheet shows it.
    number: int
    outcome: Outcome
    #: (old, new) per column; equal where nothing changes.
    cells: list[tuple[str, str]]


def _length(name: str) -> Func:
    """Of a JSON list."""
    return Func(F(name), function="jsonb_array_length", output_field=models.IntegerField())


class UnionUploadQuerySet(ScopedQuerySet["UnionUpload"]):
    union_lookup = "uploaded_by__union__"


class UnionUpload(models.Model):
    """A union list that was read and previewed; applied once, from these very rows."""

    class State(models.TextChoices):
        """Of one row."""

        NEW = "new", "新建"
        CHANGED = "changed", "修改"
        SAME = "same", "无变化"
        BAD = "bad", "要改"

    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField("文件", max_length=200)
    sha256 = models.CharField(max_length=64)
    headings = models.JSONField(default=list)
    #: One [row number in the file, [cells as text]] per filled row.
    rows = models.JSONField(default=list)
    #: One `Outcome` per row.
    outcomes = models.JSONField(default=list)
    applied_at = models.DateTimeField("写入时间", null=True, blank=True)

    objects = UnionUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "机构导入"
        verbose_name_plural = "机构导入"
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"),
                name="unions_unionupload_sha256_shape",
                violation_error_message="文件的校验值不对，请重新上传。",
            ),
            models.CheckConstraint(
                condition=Func(
                    F("outcomes"),
                    template="NOT jsonb_path_exists(%(expressions)s, '$[*].state ? "
                    '(@ != "new" && @ != "changed" && @ != "same" && @ != "bad")\')',
                    output_field=models.BooleanField(),
                ),
                name="unions_unionupload_states_known",
                violation_error_message="核对结果不在规定的几种之内，请重新上传。",
            ),
            models.CheckConstraint(
                condition=Exact(_length("rows"), _length("outcomes")),
                name="unions_unionupload_outcome_per_row",
                violation_error_message="核对结果与表里的行数不一致，请重新上传。",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | ~Q(outcomes__contains=[{"state": "bad"}]),
                name="unions_unionupload_applied_without_bad_rows",
                violation_error_message="表里还有要改的行，全部改好后再写入。",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def preview(self, state: str = "") -> list[PreviewRow]:
        """The rows in this state (all of them without one): those to mend first."""
        rows = [
            PreviewRow(number, outcome, self._cells(cells, outcome))
            for (number, cells), outcome in zip(self.rows, self._outcomes(), strict=True)
            if state in {"", outcome.state}
        ]
        return sorted(rows, key=lambda row: row.outcome.state != self.State.BAD)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(outcome.state for outcome in self._outcomes())
        return {state: found[state] for state in self.State.values}

    def _outcomes(self) -> list[Outcome]:
        return [Outcome(**outcome) for outcome in self.outcomes]

    def _cells(self, cells: list[str], outcome: Outcome) -> list[tuple[str, str]]:
        pairs = zip(self.headings, cells, strict=True)
        shown = (outcome.changes.get(heading, [cell, cell]) for heading, cell in pairs)
        return [(old, new) for old, new in shown]
