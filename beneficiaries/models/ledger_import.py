from datetime import timedelta
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from relief.lib.crypto.fields import SealedField, SealedRow
from relief.lib.crypto.keys import ring
from relief.lib.crypto.sealing import DataKey
from relief.lib.crypto.wrapped import WrappedKey, WrappedKeyQuerySet
from relief.lib.history import tracked
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet, ancestor_paths

#: As long as this an import can be taken back.
UNDO_FOR: Final = timedelta(hours=24)

#: Status → where an import may go from there.
STEPS: Final = {
    "uploaded": ("laid_out", "discarded"),
    "laid_out": ("staged", "discarded"),
    "staged": ("laid_out", "submitted", "applied", "partly", "discarded"),
    "submitted": ("staged", "applied", "partly", "discarded"),
    "applied": ("undone",),
    "partly": ("undone",),
}
_LEGAL: Final = ", ".join(f"('{one}', '{two}')" for one, ends in STEPS.items() for two in ends)
_WRITTEN: Final = ["applied", "partly", "undone"]


class LedgerImportQuerySet(ScopedQuerySet["LedgerImport"]):
    def of_same_file(self, sha256: str) -> Self:
        """Earlier imports of exactly this file, the newest first."""
        return self.filter(sha256=sha256).order_by("-uploaded_at", "-pk")

    def newest_first(self) -> Self:
        return self.order_by("-uploaded_at", "-pk")

    def waiting_for_release(self) -> Self:
        return self.filter(status=LedgerImport.Status.SUBMITTED)

    def with_content(self) -> Self:
        """Those whose file and rows have not been thrown away."""
        return self.filter(emptied_at__isnull=True)


@tracked(exclude=("layout", "counts", "is_invented", "version"))
class LedgerImport(SealedRow):
    """A 困难职工台账 on its way into the registry; written once, all or nothing, taken back once.

    `decisions` is what people chose about the whole file, `layout` (sealed: it holds samples) what
    was understood of its sheets, `counts` the equation: read = the sum of all outcomes. Held rows
    of a partly written one may still be mended and written; it stays 部分写入 for ever.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "已上传，正在读取"
        LAID_OUT = "laid_out", "待认列"
        STAGED = "staged", "待写入"
        SUBMITTED = "submitted", "待复核放行"
        APPLIED = "applied", "已写入"
        PARTLY = "partly", "部分写入"
        UNDONE = "undone", "已撤销"
        DISCARDED = "discarded", "已作废"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="所属机构")
    year = models.PositiveSmallIntegerField("年度")
    file_name = models.CharField("文件", max_length=200)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("文件校验值", max_length=64)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.UPLOADED)
    #: Why the file could not be read: the sentence that the person was told.
    refusal = models.CharField("读不了的原因", max_length=200, blank=True)
    decisions = models.JSONField(default=dict, blank=True)
    layout = SealedField("认列")
    counts = models.JSONField(default=dict, blank=True)
    #: The job that reads or checks it; `relief.jobs` lies below and is asked by this id.
    job = models.UUIDField(null=True, editable=False)
    #: Of the demo: the people whom it writes are marked as invented.
    is_invented = models.BooleanField("虚构台账", default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    uploaded_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    staged_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="核对人"
    )
    staged_at = models.DateTimeField("核对时间", null=True, editable=False)
    submitted_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="提交人"
    )
    submitted_at = models.DateTimeField("提交时间", null=True, editable=False)
    released_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="放行人"
    )
    released_at = models.DateTimeField("放行时间", null=True, editable=False)
    applied_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="写入人"
    )
    applied_at = models.DateTimeField("写入时间", null=True, editable=False)
    undone_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="撤销人"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, editable=False)
    discarded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="作废人"
    )
    discarded_at = models.DateTimeField("作废时间", null=True, editable=False)
    #: File and rows were thrown away; the counts stay.
    emptied_at = models.DateTimeField("内容清除时间", null=True, editable=False)

    objects = LedgerImportQuerySet.as_manager()

    class Meta:
        verbose_name = "台账导入"
        verbose_name_plural = "台账导入"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[*STEPS, "undone", "discarded"]),
                name="beneficiaries_ledgerimport_status_known",
                violation_error_message="没有这种导入状态。",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"),
                name="beneficiaries_ledgerimport_sha256_shape",
                violation_error_message="文件的校验值不对，请重新上传。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=1990, year__lte=2100),
                name="beneficiaries_ledgerimport_year_plausible",
                violation_error_message="年度要在 1990 到 2100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_WRITTEN, applied_at__isnull=False, applied_by__isnull=False)
                | (~Q(status__in=_WRITTEN) & Q(applied_at__isnull=True, applied_by__isnull=True)),
                name="beneficiaries_ledgerimport_writing_has_author",
                violation_error_message="写入要有写入人和时间。",
            ),
            models.CheckConstraint(
                condition=Q(status="undone", undone_at__isnull=False, undone_by__isnull=False)
                | (~Q(status="undone") & Q(undone_at__isnull=True, undone_by__isnull=True)),
                name="beneficiaries_ledgerimport_undoing_has_author",
                violation_error_message="撤销要有撤销人和时间。",
            ),
            models.CheckConstraint(
                condition=Q(status="discarded", discarded_at__isnull=False)
                | (~Q(status="discarded") & Q(discarded_at__isnull=True)),
                name="beneficiaries_ledgerimport_discarding_has_time",
                violation_error_message="作废要有时间。",
            ),
            models.CheckConstraint(
                condition=~Q(status="submitted")
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="beneficiaries_ledgerimport_submitting_has_author",
                violation_error_message="提交要有提交人和时间。",
            ),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="beneficiaries_ledgerimport_sha"),
            models.Index(fields=["union", "-uploaded_at"], name="beneficiaries_ledgerimport_new"),
        ]
        triggers = [
            Guard(
                name="import_goes_forward",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]  # their signature
                condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
                func=f"""
                    IF (OLD.status, NEW.status) NOT IN ({_LEGAL}) THEN
                        RAISE EXCEPTION 'no such step: % to %', OLD.status, NEW.status
                            USING ERRCODE = '23R07';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A person may hold several postings; maker and checker are two people.
            Guard(
                name="releaser_is_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("released_by_id", "submitted_by_id"),  # type: ignore[no-untyped-call]  # their signature
                condition=pgtrigger.Q(new__released_by__isnull=False),
                func="""
                    IF (SELECT user_id FROM unions_staff WHERE id = NEW.released_by_id) IN (
                        SELECT user_id FROM unions_staff
                        WHERE id IN (NEW.submitted_by_id, NEW.staged_by_id, NEW.uploaded_by_id)
                    ) THEN
                        RAISE EXCEPTION 'maker is checker' USING ERRCODE = '23R08';
                    END IF;
                    RETURN NEW;
                """,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_written(self) -> bool:
        return self.status in {self.Status.APPLIED, self.Status.PARTLY}

    @property
    def is_open(self) -> bool:
        """Rows may still be decided about: before writing, or held back by it."""
        return self.status in {self.Status.STAGED, self.Status.PARTLY} and self.emptied_at is None

    @property
    def can_be_undone(self) -> bool:
        return (
            self.is_written
            and self.emptied_at is None
            and self.applied_at is not None
            and timezone.now() - self.applied_at < UNDO_FOR
        )


class LedgerKeyQuerySet(WrappedKeyQuerySet["LedgerKey"]):
    pass


@tracked(exclude=("wrapped",), is_new_told=False)
class LedgerKey(WrappedKey):
    """The data key of one import: of its layout, its rows while they wait, and of its file.

    Destroying it throws all of that away, also what a backup still holds of it.
    """

    ledger = models.OneToOneField(
        LedgerImport, models.PROTECT, related_name="+", primary_key=True, verbose_name="台账导入"
    )
    destroyed_at = models.DateTimeField("销毁时间", null=True, editable=False)

    objects = LedgerKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "台账密钥"
        verbose_name_plural = "台账密钥"
        constraints = [
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, wrapped__isnull=False) & ~Q(ring_key="")
                | Q(destroyed_at__isnull=False, wrapped__isnull=True, ring_key=""),
                name="beneficiaries_ledgerkey_kept_or_destroyed",
                violation_error_message="密钥要么完整，要么已经销毁。",
            ),
        ]
        triggers = [
            Guard(
                name="destroyed_key_stays_so",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__destroyed_at__isnull=False),
                func="RAISE EXCEPTION 'key destroyed' USING ERRCODE = '23R05';",
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def unwrapped(self) -> DataKey:
        """Raises LedgerEmptiedError; SealError: the ring lacks the secret."""
        if self.wrapped is None:
            raise LedgerEmptiedError(self.pk)
        return ring().unwrap(bytes(self.wrapped), self.ring_key, self.place)


class LedgerEmptiedError(Exception):
    """File and rows of this import were thrown away: there is nothing to read any more."""


def key_of_ledger(ledger: LedgerImport) -> DataKey:
    return LedgerKey.objects.get(pk=ledger.pk).unwrapped()


class ImportRuleQuerySet(ScopedQuerySet["ImportRule"]):
    def for_union(self, union: Union) -> "ImportRule":
        """The union's own rule, else that of the nearest union above, else the usual one."""
        above = self.filter(union__path__in=ancestor_paths(union.path))
        return above.order_by("-union__path").first() or ImportRule(union=union)


@tracked()
class ImportRule(models.Model):
    """Whether a reviewer releases what a clerk of the union or below it has checked."""

    union = models.OneToOneField(
        Union, models.PROTECT, related_name="+", verbose_name="机构", primary_key=True
    )
    needs_release = models.BooleanField("写入前要由复核放行", default=False)

    objects = ImportRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "导入规则"
        verbose_name_plural = "导入规则"
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.union_id}: {self.needs_release}"
