"""What the queue carries: the id of a job, or the name of a nightly task."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from relief.jobs import registry
from relief.jobs.heartbeat import Heartbeat
from relief.jobs.models import Job, NightlyRun
from relief.jobs.running import Running, Stopped, Superseded
from relief.lib import logs
from relief.lib.history import acting

logger = logging.getLogger(__name__)


@task()
def run_job(job_id: str) -> None:
    """Run one waiting job to its end. A row that another worker took is left alone."""
    job = claim(job_id)
    if job is None:
        return
    running = Running(job)
    facts = logs.RequestContext(actor=job.owner_id, posting=job.staff_id, union=job.union_code)
    token = logs.start(facts)
    try:
        with (
            acting(
                user_id=job.owner_id,
                staff_id=job.staff_id,
                request_id=f"job-{job.pk.hex[-8:]}",
            ),
            outcome(running),
            Heartbeat(running),
        ):
            registry.function_of(job.kind)(running)
    finally:
        logs.stop(token)


@task()
def run_nightly(name: str, day: str) -> None:
    """Run one nightly task and note that it is through; a failed one is due again in an hour."""
    facts = {"job": name}
    try:
        registry.nightly_task(name).run()
    except Exception:
        logger.exception("nightly task failed", extra=facts)
    else:
        NightlyRun.objects.filter(name=name, day=day).update(finished_at=timezone.now())
        logger.info("nightly task done", extra=facts)


@transaction.atomic
def claim(job_id: str) -> Job | None:
    """Take the job for a new attempt, or None where it does not wait any more."""
    waiting = Job.objects.select_for_update().filter(pk=job_id, status=Job.Status.QUEUED)
    job = waiting.order_by("pk").first()
    if job is None:
        return None
    job.status = Job.Status.RUNNING
    job.attempt += 1
    job.started_at = job.heartbeat_at = timezone.now()
    job.finished_at = None
    job.save()
    return job


@contextmanager
def outcome(running: Running) -> Iterator[None]:
    """Write how an attempt ended, behind the same fence as its other writes.

    The end of a job is where its failures are dealt with, so nothing goes on from here: the queue
    would keep a traceback with the values in it.
    """
    facts = {"job": running.kind, "attempt": running.attempt}
    try:
        yield
    except Superseded:
        logger.warning("job superseded", extra=facts)
    except Stopped:
        _release(running)
        logger.info("job back to the queue", extra=facts)
    except ValidationError as error:
        message = "".join(error.messages)[:200]
        _end(running, Job.Status.FAILED, message=message, is_refused=True, arguments={})
        logger.info("job refused", extra=facts)
    except Exception:
        _end(running, Job.Status.FAILED, message="处理时出了错，已经记下，请联系系统管理员。")
        logger.exception("job failed", extra=facts)
    except BaseException:  # the process is told to exit at once
        _end(running, Job.Status.INTERRUPTED, message="处理时中断了，可以重新开始。")
        raise
    else:
        _end(running, Job.Status.DONE, message=running.conclusion, arguments={})
        logger.info("job done", extra=facts)


def _end(running: Running, status: Job.Status, **values: Any) -> None:
    """Arguments of what cannot be started again are dropped: a filter may hold typed words."""
    mine = Job.objects.running_attempt(running.job_id, running.attempt)
    if not mine.update(status=status, finished_at=timezone.now(), **values):
        logger.warning("job superseded at its end", extra={"job": running.kind})


@transaction.atomic
def _release(running: Running) -> None:
    """Back to the queue, for the next worker."""
    mine = Job.objects.running_attempt(running.job_id, running.attempt)
    if mine.update(status=Job.Status.QUEUED, queued_at=timezone.now(), done_count=0, message=""):
        queue_id = run_job.enqueue(job_id=str(running.job_id)).id
        Job.objects.filter(pk=running.job_id).update(queue_id=queue_id)
