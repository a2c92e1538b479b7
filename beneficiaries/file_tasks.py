"""What hardship files and imports put onto the landing page."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from beneficiaries import ledger_stand, waiting
from beneficiaries.models import HardshipFile
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import Task


def tasks(staff: Staff) -> Iterator[Task]:
    """Step by step what waits for this posting, and what its own union has to look at again."""
    files = reverse("file-list")
    for entry in waiting.counts(staff):
        yield Task(
            label=f"困难档案：{entry.label}",
            url=f"{files}?work=waiting&status={entry.status}",
            state="todo",
            note=f"{entry.number:,} 份",
        )
    if has(staff, Capability.ENTER_RECORDS):
        own = HardshipFile.objects.visible_to(staff).filter(union=staff.union)
        if due := own.due_for_yearly_review(timezone.localdate()).count():
            yield Task(
                label="困难档案：年审到期",
                url=f"{files}?work=yearly&union={staff.union_id}",
                state="todo",
                note=f"{due:,} 份，每年至少核查一次",
            )
    ledgers = reverse("ledger-list")
    for waits in ledger_stand.counts(staff):
        yield Task(
            label=f"台账导入：{waits.label}",
            url=f"{ledgers}?status={waits.status}",
            state="doing",
            note=f"{waits.number:,} 次",
        )
