"""Starting, restarting and sweeping jobs."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from relief.jobs import registry, tasks
from relief.jobs.models import Job

#: A running job that has not reported for so long has lost its worker.
STALLED_AFTER = timedelta(minutes=2)
#: A queued job whose queue row is gone for so long is queued again.
LOST_AFTER = timedelta(minutes=2)
QUEUE_ROWS_KEPT = timedelta(days=7)


@transaction.atomic
def enqueue(
    kind: str,
    title: str,
    *,
    by_user_id: int,
    by_staff_id: int | None = None,
    union_code: str = "",
    arguments: dict[str, Any] | None = None,
    total: int = 0,
) -> Job:
    """Record a job and put it into the queue, both or neither.

    `arguments` holds keys and choices as JSON, never a value of a person.
    """
    if not registry.is_kind(kind):
        raise ValueError(f"No job kind is called {kind}.")
    job = Job(
        kind=kind,
        title=title,
        owner_id=by_user_id,
        staff_id=by_staff_id,
        union_code=union_code,
        arguments=arguments or {},
        total_count=total,
    )
    job.full_clean()
    job.save(force_insert=True)
    _put_into_queue(job)
    return job


def note_done(
    kind: str,
    title: str,
    *,
    by_user_id: int,
    by_staff_id: int | None = None,
    union_code: str = "",
    total: int = 0,
    message: str = "",
) -> Job:
    """Keep what was done while the person waited beside what the worker did; nothing is queued."""
    now = timezone.now()
    job = Job(
        kind=kind,
        title=title,
        owner_id=by_user_id,
        staff_id=by_staff_id,
        union_code=union_code,
        status=Job.Status.DONE,
        done_count=total,
        total_count=total,
        message=message,
        started_at=now,
        finished_at=now,
    )
    job.full_clean()
    job.save(force_insert=True)
    return job


@transaction.atomic
def restart(job: Job) -> Job:
    """Queue an interrupted or failed job again, from its start.

    Raises ValidationError: job_not_restartable. Two clicks start it once.
    """
    fresh = Job.objects.select_for_update().get(pk=job.pk)
    if not fresh.can_restart:
        raise ValidationError(
            "这项任务正在排队、处理，或者已经有了结果，不用再点。", code="job_not_restartable"
        )
    fresh.done_count = 0
    fresh.problem_count = 0
    fresh.message = ""
    fresh.started_at = fresh.finished_at = None
    _forget_result(fresh)
    _put_into_queue(fresh)
    return fresh


@transaction.atomic
def interrupt_stalled() -> int:
    """Mark running jobs without a recent heartbeat as interrupted; returns how many.

    A job that is in the middle of its `commit()` holds its row and is skipped: it is alive, or the
    server will roll it back as soon as it notices that its worker is gone.
    """
    stalled = Job.objects.select_for_update(skip_locked=True).filter(
        status=Job.Status.RUNNING, heartbeat_at__lt=timezone.now() - STALLED_AFTER
    )
    return Job.objects.filter(pk__in=[job.pk for job in stalled.order_by("pk")]).update(
        status=Job.Status.INTERRUPTED,
        finished_at=timezone.now(),
        message="处理时中断了，没有留下半份数据，可以重新开始。",
    )


@transaction.atomic
def requeue_lost() -> int:
    """Queue jobs again that wait while nothing in the queue carries them; returns how many.

    That happens when a worker is killed between taking the queue's row and starting the job.
    """
    carried = DBTaskResult.objects.filter(pk=OuterRef("queue_id"), status=TaskResultStatus.READY)
    lost = Job.objects.select_for_update(skip_locked=True, of=("self",)).queued_before(
        timezone.now() - LOST_AFTER
    )
    jobs = list(lost.filter(~Exists(carried)).order_by("queued_at"))
    for job in jobs:
        _put_into_queue(job)
    return len(jobs)


def delete_expired() -> int:
    """Remove result files whose 30 days are over; the job's row stays. Returns how many."""
    removed = 0
    for job in Job.objects.expired().order_by("pk"):
        job.result_path.unlink(missing_ok=True)
        removed += Job.objects.filter(pk=job.pk).update(result_file="")
    finished = DBTaskResult.objects.filter(enqueued_at__lt=timezone.now() - QUEUE_ROWS_KEPT)
    finished.exclude(status=TaskResultStatus.READY).delete()
    return removed


def _put_into_queue(job: Job) -> None:
    """Set the job waiting. The queue's row is written in the same transaction as the job's own."""
    job.status = Job.Status.QUEUED
    job.queued_at = timezone.now()
    job.queue_id = uuid.UUID(tasks.run_job.enqueue(job_id=str(job.pk)).id)
    job.save()


def _forget_result(job: Job) -> None:
    if job.result_file:
        path = job.result_path
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    job.result_file = job.result_name = ""
    job.expires_at = None
