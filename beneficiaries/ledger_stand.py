"""Where an import stands: its step, the job that works on it, the page that comes next, who waits.

The job belongs to whoever started it; of somebody else's only how it stands is told.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import Count, Q
from django.urls import reverse

from beneficiaries.models import LedgerImport
from beneficiaries.models.ledger_import import LedgerImportQuerySet
from beneficiaries.services.ledgers.receiving import READ_JOB
from relief.jobs.models import Job
from unions.models import Staff
from unions.permissions import Capability, has

Status = LedgerImport.Status
STEPS: Final = ("上传文件", "认列", "核对问题与变化", "写入")
_STEP: Final = {
    Status.UPLOADED: 1,
    Status.DISCARDED: 1,
    Status.LAID_OUT: 2,
    Status.STAGED: 3,
    Status.SUBMITTED: 3,
    Status.UNDONE: 0,
}
#: The tint of a status.
KINDS: Final = {
    Status.UPLOADED: "mute",
    Status.LAID_OUT: "gold",
    Status.STAGED: "gold",
    Status.SUBMITTED: "info",
    Status.APPLIED: "ok",
    Status.PARTLY: "warn",
    Status.UNDONE: "mute",
    Status.DISCARDED: "mute",
}


@dataclass(frozen=True)
class Stand:
    """An import with the job that worked on it last."""

    ledger: LedgerImport
    job: Job | None
    is_mine: bool

    @property
    def steps(self) -> tuple[str, ...]:
        return STEPS

    @property
    def step(self) -> int:
        """From 1; one more than there are once it is written, 0 once that was taken back."""
        return _STEP.get(Status(self.ledger.status), len(STEPS) + 1)

    @property
    def is_working(self) -> bool:
        return self.job is not None and not self.job.is_over

    @property
    def failure(self) -> Job | None:
        """The job, when it ended without what it was for."""
        is_broken = self.job is not None and self.job.status in {
            Job.Status.FAILED,
            Job.Status.INTERRUPTED,
        }
        return self.job if is_broken else None

    @property
    def may_restart(self) -> bool:
        """A job signs what it writes with whoever started it; reading a file signs nothing."""
        return self.failure is not None and (self.is_mine or self.failure.kind == READ_JOB)

    @property
    def has_page(self) -> bool:
        """Whether there is nothing to do but to look: at the progress, or at how it ended."""
        return self.is_working or self.ledger.status not in {
            Status.LAID_OUT,
            Status.STAGED,
            Status.SUBMITTED,
        }

    @property
    def url(self) -> str:
        """The page of the present step."""
        return step_url(self.ledger) if not self.has_page else reverse_of(self.ledger)


def stand_of(staff: Staff, ledger: LedgerImport) -> Stand:
    job = Job.objects.filter(pk=ledger.job).first() if ledger.job else None
    return Stand(ledger, job, job is not None and job.owner_id == staff.user_id)


def reverse_of(ledger: LedgerImport) -> str:
    return reverse("ledger-detail", args=[ledger.pk])


def step_url(ledger: LedgerImport) -> str:
    name = "ledger-columns" if ledger.status == Status.LAID_OUT else "ledger-check"
    return reverse(name, args=[ledger.pk])


def earlier_of(staff: Staff, ledger: LedgerImport) -> LedgerImport | None:
    """The import of exactly this file that was there before, as far as the posting may see it."""
    same = LedgerImport.objects.visible_to(staff).of_same_file(ledger.sha256)
    before = same.filter(uploaded_at__lt=ledger.uploaded_at).exclude(pk=ledger.pk)
    return before.select_related("uploaded_by__user", "union").first()


class Waiting(NamedTuple):
    """So many imports wait; `status` is what the list is filtered by."""

    status: str
    label: str
    number: int


def waiting_for(staff: Staff) -> LedgerImportQuerySet:
    """What this posting can bring on: its own imports, and those it may release."""
    condition = Q(pk__in=[])
    if has(staff, Capability.ENTER_RECORDS):
        condition |= Q(status__in=[Status.LAID_OUT, Status.STAGED], uploaded_by__user=staff.user_id)
    if has(staff, Capability.CHECK_RECORDS):
        makers = ("uploaded_by", "staged_by", "submitted_by")
        own = Q(pk__in=[])
        for maker in makers:
            own |= Q(**{f"{maker}__user": staff.user_id})
        condition |= Q(status=Status.SUBMITTED) & ~own
    return LedgerImport.objects.visible_to(staff).filter(condition)


def counts(staff: Staff) -> list[Waiting]:
    """Status by status, in their order; one query, none for who only reads."""
    if not (has(staff, Capability.ENTER_RECORDS) or has(staff, Capability.CHECK_RECORDS)):
        return []
    rows = waiting_for(staff).order_by().values_list("status").annotate(number=Count("pk"))
    found: dict[str, Any] = dict(rows)
    return [
        Waiting(status, str(status.label), found[status]) for status in Status if found.get(status)
    ]
