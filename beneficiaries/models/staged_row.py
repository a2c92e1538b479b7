from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from beneficiaries.models.beneficiary import Beneficiary
from beneficiaries.models.hardship_file import HardshipFile
from beneficiaries.models.ledger_import import LedgerImport
from relief.lib.crypto.fields import SealedField, SealedRow
from relief.lib.ids import uuid7
from relief.lib.triggers import Guard
from unions.models import Union
from unions.scope import ScopedQuerySet


class StagedRowQuerySet(ScopedQuerySet["StagedRow"]):
    union_lookup = "ledger__union__"

    def of_ledger(self, ledger: LedgerImport) -> Self:
        """In the order of the file."""
        return self.filter(ledger=ledger).order_by("position")

    def to_write(self) -> Self:
        return self.filter(
            outcome__in=[StagedRow.Outcome.NEW, StagedRow.Outcome.CHANGED], written_at__isnull=True
        )

    def held(self) -> Self:
        """What writing leaves where it is until somebody settles it."""
        return self.filter(
            outcome__in=[StagedRow.Outcome.MEND, StagedRow.Outcome.DUPLICATE],
            written_at__isnull=True,
        )

    def with_problem(self, code: str, field: str) -> Self:
        return self.filter(open_problems__contains=[problem_key(code, field)])

    def naming(self, indexes: list[bytes]) -> Self:
        """Rows in which one of these blind indexes stands, of a person or a family member."""
        return self.filter(indexes__overlap=indexes)


def problem_key(code: str, field: str) -> str:
    """How an open problem stands in `open_problems`: what the page groups by."""
    return f"{code}:{field}"


class StagedRow(SealedRow):
    """One row of a ledger between reading and writing; afterwards, what writing made of it.

    In clear stands what pages group and count by. `content` is the JSON of
    `services.ledgers.content`, `written` what writing put in place of what, both under the key of
    the import. `person` and
    `file` are what the row was matched with, or what writing made; the versions tell whether
    somebody touched them since. `indexes` are blind indexes: of all ID numbers of the row, and of
    name with birth date and name with phone (`services.ledgers.alike`).
    """

    class Outcome(models.TextChoices):
        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "无变化"
        MEND = "mend", "要处理"
        DUPLICATE = "duplicate", "重复"
        SKIPPED = "skipped", "跳过"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ledger = models.ForeignKey(LedgerImport, models.PROTECT, related_name="+", db_index=False)
    #: Where it stands in the file: the rows of one sheet below those of the one before.
    position = models.PositiveIntegerField("次序")
    sheet = models.CharField("工作表", max_length=100, blank=True)
    #: As Excel counts.
    number = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    #: One of the reader's reasons, or that somebody chose so; what was typed is in `content`.
    skip_reason = models.CharField("跳过的原因", max_length=20, blank=True)
    #: code:field of each problem that nobody has settled.
    open_problems = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    content = SealedField()
    written = SealedField()
    union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", null=True, verbose_name="所属机构", db_index=False
    )
    id_index = models.BinaryField(null=True)
    indexes = ArrayField(models.BinaryField(), default=list, blank=True)
    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", null=True, verbose_name="帮扶对象"
    )
    person_version = models.PositiveIntegerField(null=True)
    file = models.ForeignKey(
        HardshipFile,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name="困难档案",
        db_index=False,
    )
    file_version = models.PositiveIntegerField(null=True)
    #: What writing made, so that undoing knows what to take away and what to put back.
    made_person = models.BooleanField(default=False)
    made_file = models.BooleanField(default=False)
    written_at = models.DateTimeField("写入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    #: Undoing left it as it is: person or file were touched since.
    is_kept = models.BooleanField("撤销时保留", default=False)

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        verbose_name = "台账的一行"
        verbose_name_plural = "台账的行"
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "position"],
                name="beneficiaries_stagedrow_position_once",
                violation_error_message="同一行只能核对一次。",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["new", "changed", "same", "mend", "duplicate", "skipped"]),
                name="beneficiaries_stagedrow_outcome_known",
                violation_error_message="核对结果不在规定的几种之内。",
            ),
            models.CheckConstraint(
                condition=Q(outcome="skipped") & ~Q(skip_reason="")
                | (~Q(outcome="skipped") & Q(skip_reason="")),
                name="beneficiaries_stagedrow_skipped_has_reason",
                violation_error_message="跳过的行要有原因。",
            ),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True)
                | Q(outcome__in=["new", "changed"], person__isnull=False),
                name="beneficiaries_stagedrow_written_has_person",
                violation_error_message="写入的行必须对应一个人。",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(written_at__isnull=False),
                name="beneficiaries_stagedrow_undone_was_written",
                violation_error_message="没有写入的行不能撤销。",
            ),
        ]
        indexes = [
            models.Index(fields=["ledger", "outcome"], name="beneficiaries_stagedrow_outc"),
            models.Index(fields=["ledger", "id_index"], name="beneficiaries_stagedrow_id"),
            GinIndex(fields=["indexes"], name="beneficiaries_stagedrow_named"),
        ]
        triggers = [
            Guard(
                name="written_row_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__written_at__isnull=False),
                func="RAISE EXCEPTION 'written row' USING ERRCODE = '23R02';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"
