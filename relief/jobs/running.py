"""The handle with which a job function reports, keeps its result, and is held back when too late.

Every write goes through the fence `id + attempt + running`. A worker that slept through its
interruption and wakes up after a restart matches no row: its report raises, its `commit()` raises
before anything was written.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from relief.jobs.models import Job, folder_of

RESULT_AGE = timedelta(days=30)
#: Seconds between two writes of the counts; the page asks every two.
REPORT_SECONDS = 1.0
#: Set when the worker was told to end: jobs stop at their next report and go back to the queue.
stopping = threading.Event()


class Superseded(Exception):  # noqa: N818  # what happened, not what went wrong
    """This attempt no longer owns the job: it was interrupted and perhaps started again."""


class Stopped(Exception):  # noqa: N818  # as above
    """The worker ends; the job goes back to the queue."""


class Running:
    """One attempt at one job, with the job's own `arguments`, owner, posting and union."""

    def __init__(self, job: Job, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.job_id = job.pk
        self.kind = job.kind
        self.attempt = job.attempt
        self.owner_id = job.owner_id
        self.staff_id = job.staff_id
        self.union_code = job.union_code
        self.arguments: dict[str, Any] = job.arguments
        #: What the person reads when it is done ("新增 14 人，更新 3 人"); the function sets it.
        self.conclusion = ""
        self._clock = clock
        self._last_report: float | None = None

    def advance(self, done: int, total: int, message: str = "", *, problems: int = 0) -> None:
        """Report counts, at most once a second except for the last. Call it often.

        Raises Superseded, Stopped: let them through.
        """
        if stopping.is_set():
            raise Stopped
        now = self._clock()
        recent = self._last_report is not None and now - self._last_report < REPORT_SECONDS
        if recent and done < total:
            return
        self._last_report = now
        self._write(
            done_count=done,
            total_count=total,
            problem_count=problems,
            message=message,
            heartbeat_at=timezone.now(),
        )

    @contextmanager
    def commit(self) -> Iterator[None]:
        """All that the job keeps, in one transaction that only the current attempt can open.

        The job's row stays locked until the end, so nobody can start the job again meanwhile.
        """
        with transaction.atomic():
            if not list(self._mine().select_for_update().values_list("pk")):
                raise Superseded
            yield

    def new_path(self, suffix: str) -> Path:
        """A fresh path under the media folder for a result; `suffix` like `.xlsx`."""
        folder = folder_of(self.job_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{self.attempt}{suffix}"

    def attach(self, path: Path, name: str, *, age: timedelta = RESULT_AGE) -> None:
        """Make the file at a `new_path` the job's result, shown as `name`; 30 days unless said."""
        if path.parent != folder_of(self.job_id):
            raise ValueError("A result lies in the folder of its job.")
        self._write(
            result_file=path.name,
            result_name=name,
            expires_at=timezone.now() + age,
        )

    def _mine(self) -> QuerySet[Job]:
        return Job.objects.running_attempt(self.job_id, self.attempt)

    def _write(self, **values: Any) -> None:
        if not self._mine().update(**values):
            raise Superseded
