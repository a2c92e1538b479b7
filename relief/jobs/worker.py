"""The worker process: the queue's own loop, and beside it a caretaker thread."""

import logging
import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django_tasks_db.management.commands.db_worker import Worker

from relief.jobs import nightly, running, services

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 30.0
_TICK_SECONDS = 1.0
_GRACE_SECONDS = 10.0


class JobWorker(Worker):
    """Tells the running job to stop when the process is told to end."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        running.stopping.set()
        super().shutdown(signum, frame)


class Caretaker(threading.Thread):
    """Sweeps stalled jobs, puts nightly tasks into the queue, ends the worker with its parent.

    A thread, so that a long job delays nothing of this; with a connection of its own.
    """

    def __init__(self, *, parent: int | None, sweep_seconds: float = SWEEP_SECONDS) -> None:
        super().__init__(name="caretaker", daemon=True)
        self._parent = parent
        self._sweep_seconds = sweep_seconds
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        next_sweep = time.monotonic()
        while not self._over.wait(_TICK_SECONDS):
            if self._parent is not None and os.getppid() != self._parent:
                self._end_worker()
                break
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + self._sweep_seconds
                self._try_sweep()
        connections.close_all()

    def _end_worker(self) -> None:
        """Once kindly: the job stops at its next report. Then at once: it is marked interrupted."""
        logger.warning("the parent process is gone, the worker ends")
        os.kill(os.getpid(), signal.SIGTERM)
        if not self._over.wait(_GRACE_SECONDS):
            os.kill(os.getpid(), signal.SIGTERM)

    def _try_sweep(self) -> None:
        try:
            sweep()
        except (OperationalError, InterfaceError) as error:
            # The server is being restarted: the next sweep opens a new connection.
            logger.warning("no sweep: %s", error)
            connections.close_all()


def sweep() -> None:
    interrupted = services.interrupt_stalled()
    if interrupted:
        logger.warning("stalled jobs interrupted", extra={"rows": interrupted})
    requeued = services.requeue_lost()
    if requeued:
        logger.warning("lost jobs queued again", extra={"rows": requeued})
    nightly.enqueue_due()


def new_worker(*, worker_id: str, batch: bool, interval: float) -> JobWorker:
    options: dict[str, Any] = {
        "queue_names": ["default"],
        "excluded_queue_names": [],
        "backend_name": "default",
        "startup_delay": False,
        "max_tasks": None,
    }
    return JobWorker(worker_id=worker_id, batch=batch, interval=interval, **options)
