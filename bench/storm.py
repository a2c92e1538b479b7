"""The long form of what the suite runs short: many at once on the same money, round after round.

`.venv/bin/python -m bench.storm [rounds]`; a breach, an error that nobody worded or a deadlock that
three tries did not settle ends it.
"""

import os
import sys
import time
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 (needs the settings)
from django.db import connection, transaction  # noqa: E402
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402

from ledger.checks import breaches  # noqa: E402
from tests import cast as casting  # noqa: E402
from tests import database  # noqa: E402
from tests.ledger import test_machine  # noqa: E402
from tests.ledger.storm import SCENARIOS, Size  # noqa: E402
from tests.ledger.world import build  # noqa: E402

LONG = Size(workers=16, each=25)


def deadlocks() -> int:
    """How many PostgreSQL has counted in this database, those that a second try settled too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int((cursor.fetchone() or (0,))[0])


def machine(examples: int) -> None:
    """Any order of any acts, far longer than in the suite."""
    begin = time.perf_counter()
    call_command("flush", interactive=False, verbosity=0)
    with transaction.atomic():
        test_machine.begin(casting.build())
        run_state_machine_as_test(
            test_machine.LedgerMachine, settings=test_machine.sized(examples, 40)
        )
        transaction.set_rollback(True)
    print(
        f"{'state machine':>22}  {time.perf_counter() - begin:6.1f} s  {examples} walks of 40 acts"
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with database.cloned():
        for scenario in SCENARIOS:
            outcomes: Counter[str] = Counter()
            begin, before = time.perf_counter(), deadlocks()
            for _ in range(rounds):
                call_command("flush", interactive=False, verbosity=0)
                outcomes += scenario(build(casting.build()), LONG)
                found = list(breaches())
                if found:
                    raise SystemExit(f"{scenario.__name__}: {found}")
            took = time.perf_counter() - begin
            told = ", ".join(f"{code or 'done'} {n}" for code, n in outcomes.most_common())
            print(
                f"{scenario.__name__:>22}  {took:6.1f} s  {told};"
                f" deadlocks {deadlocks() - before}, busy {outcomes['busy']}, breaches 0"
            )
        machine(rounds * 25)


if __name__ == "__main__":
    main()
