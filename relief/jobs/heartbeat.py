"""The pulse of a running job: a thread that says every few seconds that its process lives."""

import logging
import threading
from types import TracebackType
from typing import Self

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from relief.jobs.models import Job
from relief.jobs.running import Running

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0


class Heartbeat:
    """Beats while the block runs, on a connection of its own.

    It says that the process is alive, not that the job gets on: long calls into a library report
    nothing. What hangs is ended by the database's time-outs and the job's own limits.
    """

    def __init__(self, running: Running, *, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._running = running
        self._seconds = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._over.wait(self._seconds):
                self._try()
        finally:
            connections.close_all()

    def _try(self) -> None:
        try:
            beat(self._running)
        except (OperationalError, InterfaceError) as error:
            # The server is being restarted: try again on a new connection.
            logger.warning("no heartbeat: %s", error)
            connections.close_all()


@transaction.atomic
def beat(running: Running) -> bool:
    """Write the time, unless the row is locked by the job's own commit or no longer the job's."""
    mine = Job.objects.running_attempt(running.job_id, running.attempt)
    if not list(mine.select_for_update(skip_locked=True).values_list("pk")):
        return False
    return bool(mine.update(heartbeat_at=timezone.now()))
