from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.models.beneficiary import Beneficiary
from relief.lib.history import tracked
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class KeptApartQuerySet(ScopedQuerySet["KeptApart"]):
    union_lookup = "first__union__"

    def visible_to(self, staff: Staff) -> Self:
        """Of people whose records the posting's subtree keeps, both of them."""
        return self.within(staff.union.path).filter(
            second__union__in=Union.objects.within(staff.union.path)
        )

    def about(self, person: Beneficiary) -> Self:
        return self.filter(Q(first=person) | Q(second=person))

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


@tracked()
class KeptApart(models.Model):
    """Somebody looked at two people who seemed to be one, and found that they are two.

    It stands until it is taken back; the same pair may be decided again after that.
    """

    first = models.ForeignKey(Beneficiary, models.PROTECT, related_name="+", verbose_name="甲")
    second = models.ForeignKey(Beneficiary, models.PROTECT, related_name="+", verbose_name="乙")
    reason = models.CharField("理由", max_length=200)
    decided_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="认定人")
    decided_at = models.DateTimeField("认定时间", default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, verbose_name="撤回人", editable=False
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, editable=False)
    withdrawn_reason = models.CharField("撤回理由", max_length=200, blank=True, editable=False)

    objects = KeptApartQuerySet.as_manager()

    class Meta:
        verbose_name = "认定不是同一人"
        verbose_name_plural = "认定不是同一人"
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(withdrawn_at__isnull=True),
                name="beneficiaries_keptapart_once",
                violation_error_message="这两个人已经认定不是同一人。",
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="beneficiaries_keptapart_in_order",
                violation_error_message="要选两个不同的人。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="beneficiaries_keptapart_reason_given",
                violation_error_message="请写明理由。",
            ),
            models.CheckConstraint(
                condition=Q(
                    withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason=""
                )
                | (
                    Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                    & ~Q(withdrawn_reason="")
                ),
                name="beneficiaries_keptapart_withdrawal_whole",
                violation_error_message="撤回要有撤回人、时间和理由。",
            ),
        ]
        triggers = [
            Guard(
                name="only_taken_back",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.withdrawn_at IS NOT NULL OR
                        (NEW.id, NEW.first_id, NEW.second_id, NEW.reason, NEW.decided_by_id,
                         NEW.decided_at) IS DISTINCT FROM
                        (OLD.id, OLD.first_id, OLD.second_id, OLD.reason, OLD.decided_by_id,
                         OLD.decided_at)
                    THEN
                        RAISE EXCEPTION 'only taken back' USING ERRCODE = '23R07';
                    END IF;
                    RETURN NEW;
                """,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class TransferQuerySet(ScopedQuerySet["Transfer"]):
    def visible_to(self, staff: Staff) -> Self:
        """Seen from both sides: by who asks and by who owns."""
        unions = Union.objects.within(staff.union.path)
        return self.filter(Q(from_union__in=unions) | Q(to_union__in=unions))

    def waiting(self) -> Self:
        return self.filter(status=Transfer.Status.REQUESTED)

    def asked_by(self, staff: Staff) -> Self:
        return self.filter(to_union__in=Union.objects.within(staff.union.path))

    def to_decide(self, staff: Staff) -> Self:
        return self.waiting().filter(from_union__in=Union.objects.within(staff.union.path))


@tracked()
class Transfer(models.Model):
    """A union asks for a person of another union; the owner accepts or declines."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "待对方同意"
        ACCEPTED = "accepted", "已转移"
        DECLINED = "declined", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    person = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    from_union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="转出机构")
    to_union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="转入机构")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.REQUESTED)
    reason = models.CharField("申请理由", max_length=200)
    answer = models.CharField("答复", max_length=200, blank=True)
    requested_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间", default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, verbose_name="答复人", editable=False
    )
    decided_at = models.DateTimeField("答复时间", null=True, editable=False)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "转移申请"
        verbose_name_plural = "转移申请"
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status="requested"),
                name="beneficiaries_transfer_one_waiting",
                violation_error_message="这个人已有一份转移申请在等答复。",
            ),
            models.CheckConstraint(
                condition=~Q(from_union=F("to_union")),
                name="beneficiaries_transfer_somewhere_else",
                violation_error_message="这个人已经在这个机构。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "accepted", "declined", "withdrawn"]),
                name="beneficiaries_transfer_status_known",
                violation_error_message="没有这种状态。",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_at__isnull=True)
                | (~Q(status="requested") & Q(decided_at__isnull=False)),
                name="beneficiaries_transfer_answer_has_time",
                violation_error_message="答复要有时间。",
            ),
            models.CheckConstraint(
                condition=Q(status="requested") | Q(decided_by__isnull=False),
                name="beneficiaries_transfer_answer_has_author",
                violation_error_message="答复要有答复人。",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(answer=""),
                name="beneficiaries_transfer_refusal_has_reason",
                violation_error_message="不同意时请写明理由。",
            ),
        ]
        triggers = [
            Guard(
                name="answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="requested"),
                func="RAISE EXCEPTION 'answered' USING ERRCODE = '23R07';",
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.from_union_id} → {self.to_union_id}"
