"""Which nightly tasks are due, and taking them on once over all machines."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from relief.jobs import registry, services, tasks
from relief.jobs.models import NightlyRun

#: A task that was taken on and is not through after this time is given to somebody else.
UNFINISHED_AFTER = timedelta(hours=1)


@registry.nightly("jobs-delete-expired")
def delete_expired() -> None:
    services.delete_expired()


def enqueue_due() -> list[str]:
    """Put every task into the queue that is due today and that nobody took on; returns names."""
    now = timezone.localtime()
    due = [entry.name for entry in registry.nightly_tasks() if now.hour >= entry.hour]
    return [name for name in due if _take_on(name)]


@transaction.atomic
def _take_on(name: str) -> bool:
    now = timezone.now()
    day = timezone.localdate()
    run, is_new = NightlyRun.objects.get_or_create(name=name, day=day, defaults={"started_at": now})
    if not is_new:
        left = NightlyRun.objects.filter(
            pk=run.pk, finished_at__isnull=True, started_at__lt=now - UNFINISHED_AFTER
        )
        if not left.update(started_at=now):
            return False
    tasks.run_nightly.enqueue(name=name, day=day.isoformat())
    return True
