import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.jobs import kinds

Worker = subprocess.Popen[bytes]


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def start_worker(transactional_db: None, media: Path) -> Iterator[Callable[..., Worker]]:
    """Start `manage.py work` as a process of its own on the test's database."""
    with ExitStack() as running:

        def start(*arguments: str, before: Sequence[str] = ()) -> Worker:
            environment = os.environ | {
                "DJANGO_SETTINGS_MODULE": "tests.jobs.worker_settings",
                "RELIEF_TEST_CONNECTION": json.dumps(connection_settings()),
                "RELIEF_TEST_MEDIA": str(media),
            }
            worker = subprocess.Popen(
                [*before, sys.executable, "manage.py", "work", "--interval", "0.1", *arguments],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            running.callback(_end, worker)
            return worker

        yield start


def connection_settings() -> dict[str, Any]:
    """The test's connection as JSON; a worker process has no test options of Django's."""
    return {name: value for name, value in connection.settings_dict.items() if name != "TEST"}


def _end(worker: Worker) -> None:
    worker.kill()
    worker.communicate()


@pytest.fixture
def gate(transactional_db: None) -> Iterator["Gate"]:
    """Closed: jobs that come to it stand still until `open()`."""
    held = Gate()
    yield held
    held.open()
    with connection.cursor() as cursor:
        cursor.execute("UNLISTEN *")


class Gate:
    def __init__(self) -> None:
        self._closed = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [kinds.GATE])
            cursor.execute(f"LISTEN {kinds.CHANNEL}")

    def open(self) -> None:
        if self._closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [kinds.GATE])
        self._closed = False

    def wait_for_arrival(self) -> None:
        """Until a job stands before the gate; fails after a minute."""
        assert connection.connection is not None
        arrived = list(connection.connection.notifies(timeout=60, stop_after=1))
        assert arrived, "no job came to the gate"
