"""`manage.py work`: the background worker."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils.crypto import get_random_string

from relief import env
from relief.jobs.worker import Caretaker, new_worker

#: Milliseconds for one statement of a job; a page gets 15 seconds.
STATEMENT_TIMEOUT = 600_000


def widen_timeouts(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    milliseconds = getattr(settings, "JOB_STATEMENT_TIMEOUT", STATEMENT_TIMEOUT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [str(milliseconds)])


class Command(BaseCommand):
    help = "Run background jobs and nightly tasks until told to end (SIGTERM, Ctrl-C)."
    requires_system_checks = ()  # the web server's start runs them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when the queue is empty")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        connection_created.connect(widen_timeouts, dispatch_uid="relief.jobs.work")
        connection.close()  # one that was opened before, by a system check, is still a page's
        parent = env.whole("RELIEF_PARENT_PID", 0) or None
        worker = new_worker(
            worker_id=f"{os.getpid()}-{get_random_string(12)}",
            batch=options["once"],
            interval=options["interval"],
        )
        caretaker = Caretaker(parent=parent)
        worker.configure_signals()
        caretaker.start()
        try:
            worker.run()
        finally:
            caretaker.stop()
            connection_created.disconnect(dispatch_uid="relief.jobs.work")
