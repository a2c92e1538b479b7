"""What verifying the audit log costs, and whether honest writing by many ever raises an alarm.

Sixteen writers append 50,000 events, two to a transaction as services do; then every chain is
recomputed. The baseline is reading the same rows and computing nothing. It runs on a database of
its own: `.venv/bin/python -m bench.verify_audit`. Source: SECURITY §6, row 23.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 (needs the settings)

from audit.chain import breaks  # noqa: E402
from audit.models import Event  # noqa: E402
from audit.services import Actor, record_event  # noqa: E402
from tests import database  # noqa: E402

EVENTS = 50_000
WRITERS = 16
CHAINS = 40
ROUNDS = 5
#: A check that costs more than this many plain readings would not be run every night.
LIMIT = 5.0


def write(number: int) -> None:
    """Append two events in one transaction, to a chain by chance."""
    code = f"UNION{Random(number).randrange(CHAINS)}"  # noqa: S311 (repeatable, not secret)
    actor = Actor(user_id=number, staff_id=number, role="maker", union_code=code)
    with transaction.atomic():
        for step in (1, 2):
            record_event(
                actor=actor,
                action=Event.Action.CHANGE,
                reason=f"第 {number} 次",
                details={"step": step},
            )


def read() -> None:
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT * FROM audit_event ORDER BY chain, seq")
        while cursor.fetchmany(2000):
            pass


def verify() -> None:
    found = list(breaks())
    if found:
        raise SystemExit(f"False alarm: {found}")


def seconds(action: Callable[[], None]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def write_all() -> None:
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(EVENTS // 2)))


def main() -> None:
    with database.cloned():
        writing = seconds(write_all)
        count = Event.objects.count()
        if count != EVENTS:
            raise SystemExit(f"{count} events instead of {EVENTS}.")
        rounds = [(seconds(read), seconds(verify)) for _ in range(ROUNDS)]
    reading, verifying = (median(times) for times in zip(*rounds, strict=True))
    print(f"{EVENTS} events of {WRITERS} writers in {CHAINS} chains: no false alarm")
    print(f"write   {writing:8.2f} s   {EVENTS / writing:8.0f} events/s")
    print(f"read    {reading:8.2f} s   {EVENTS / reading:8.0f} events/s   (baseline)")
    print(f"verify  {verifying:8.2f} s   {EVENTS / verifying:8.0f} events/s")
    print(f"verify / read = {verifying / reading:.1f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
