"""Job kinds for the tests. What a job keeps is a `NightlyRun` row: a table that is at hand."""

import threading

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from relief.jobs.models import NightlyRun
from relief.jobs.registry import job_kind
from relief.jobs.running import Running

#: An advisory lock the test holds while a job shall stand still.
GATE = 7_421_001
CHANNEL = "relief_test"


def kept(running: Running) -> str:
    return f"kept by {running.job_id}"


def keep(running: Running) -> None:
    day = timezone.localdate()
    NightlyRun.objects.create(name=f"{kept(running)} {running.attempt}"[:60], day=day)


def tell_arrival() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def stand_still() -> None:
    """Tell the test that we are here, then wait until it opens the gate."""
    tell_arrival()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [GATE])
        cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [GATE])


@job_kind("test-count")
def count(running: Running) -> None:
    total = running.arguments["total"]
    for done in range(1, total + 1):
        running.advance(done, total, "正在处理")
    path = running.new_path(".csv")
    path.write_text("姓名\n", encoding="utf-8")
    with running.commit():
        keep(running)
        running.attach(path, "困难职工台账 2026.csv")
    running.conclusion = f"写出 {total} 人。"


@job_kind("test-wait")
def wait(running: Running) -> None:
    """Stands still before its commit."""
    running.advance(1, 2)
    stand_still()
    running.advance(2, 2)
    with running.commit():
        keep(running)


@job_kind("test-wait-inside")
def wait_inside(running: Running) -> None:
    """Stands still in the middle of its commit, with something already written."""
    with running.commit():
        keep(running)
        # Of another connection: a notification of this transaction would wait for its end.
        messenger = threading.Thread(target=tell_arrival)
        messenger.start()
        messenger.join()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [GATE])


@job_kind("test-fail")
def fail(running: Running) -> None:
    raise LookupError("王五 110101199003072316")


@job_kind("test-timeout")
def tell_timeout(running: Running) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (timeout,) = cursor.fetchone()
    raise ValidationError(timeout)
