"""Kill `import_ledger --apply` at any moment, 200 times: it wrote everything or nothing, each time.

Every round has people of its own. The command runs in a process that is killed (SIGKILL) after a
time by chance within what a whole run takes; then the rows are counted in every table that writing
touches, and the command is run again to its end. It runs on a database of its own:
`.venv/bin/python -m bench.soak_kills [ROUNDS]`; a short form of it is in the suite.
"""

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 (needs the settings)
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection  # noqa: E402
from openpyxl import Workbook  # noqa: E402
from stdnum.cn import ric  # noqa: E402

from audit.chain import breaks  # noqa: E402
from beneficiaries.models import (  # noqa: E402
    Beneficiary,
    CategoryMembership,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    PastAid,
    PersonKey,
    StagedRow,
)
from relief.codes.services import codes_folder, load_codes  # noqa: E402
from tests import cast, database  # noqa: E402
from unions.object_history import event_model  # noqa: E402

ROUNDS: Final = 200
PEOPLE: Final = 300
#: Each has one row for each person, and all but the keys a row of history for each.
TABLES: Final[tuple[Any, ...]] = (
    Beneficiary,
    HardshipFile,
    HouseholdMember,
    CategoryMembership,
    PastAid,
)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder, database.cloned():
        settings.MEDIA_ROOT = folder
        load_codes(codes_folder())
        cast.build()
        soak(Path(folder), rounds)


def soak(folder: Path, rounds: int) -> None:
    chance = Random(20)  # noqa: S311 (repeatable, not secret)
    said: Counter[str] = Counter()
    whole = 1.0
    for number in range(rounds):
        file = ledger(folder, number)
        after = chance.uniform(0, 1.5 * whole)  # a process of its own begins slower
        said["killed" if killed_after(file, after) else "got through"] += 1
        stood = written(number)
        said["all" if stood else "nothing"] += 1
        said[f"status {standing()}"] += 1
        begin = time.perf_counter()
        is_refused = not completed(file)
        if is_refused != stood or not written(number):
            raise SystemExit(
                f"Round {number}: run again it {'was refused' if is_refused else 'wrote'}."
            )
        if not stood:
            whole = 0.8 * whole + 0.2 * (time.perf_counter() - begin)
        if (number + 1) % 20 == 0:
            print(f"{number + 1} rounds, a whole run takes {whole:.2f} s: {dict(said)}", flush=True)
    if found := list(breaks()):
        raise SystemExit(f"The log does not hold: {found}")
    print(f"{rounds} kills of a run with {PEOPLE} people: all or nothing, every chain holds")


def ledger(folder: Path, number: int) -> Path:
    """People whom no other round has."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(["姓名", "身份证号码", "慰问金(元)"])
    for place in range(PEOPLE):
        serial = number * PEOPLE + place
        first = f"110101{1950 + serial % 50}{1 + serial // 50 % 12:02d}{1 + serial // 600 % 28:02d}"
        first += f"{serial // 16_800 + 231:03d}"
        sheet.append([f"张{'伟芳娜秀'[place % 4]}", first + ric.calc_check_digit(f"{first}0"), 500])
    path = folder / f"round-{number}.xlsx"
    book.save(path)
    return path


def run(file: Path) -> None:
    call_command(
        "import_ledger", str(file), "--union", "110101001", "--as", "ben", "--apply",
        stdout=StringIO(),
    )  # fmt: skip


def completed(file: Path) -> bool:
    """False: there is nothing left to write, or only people whom the registry has."""
    try:
        run(file)
    except CommandError:
        return False
    return True


def killed_after(file: Path, seconds: float) -> bool:
    """Whether it was still running then."""
    connection.close()
    begin = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            run(file)
        finally:
            os._exit(0)
    while time.perf_counter() - begin < seconds:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    wait_until_alone()
    return True


def wait_until_alone() -> None:
    """The server goes on with what the dead process had sent, a commit for example."""
    with connection.cursor() as cursor:
        for _ in range(3_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.01)
    raise SystemExit("The server still works for somebody who is dead.")


def written(number: int) -> bool:
    """Whether the people of this round stand, in every table and its history; half is an error."""
    before, after = number * PEOPLE, (number + 1) * PEOPLE
    counts = {model.__name__: model.objects.count() for model in TABLES}
    counts |= {f"history of {one.__name__}": event_model(one).objects.count() for one in TABLES}
    counts["PersonKey"] = PersonKey.objects.count()
    counts["StagedRow"] = StagedRow.objects.filter(written_at__isnull=False).count()
    applied = LedgerImport.objects.filter(status="applied")
    counts["LedgerImport"] = PEOPLE * applied.count()
    if set(counts.values()) not in ({before}, {after}):
        raise SystemExit(f"Round {number}: half of it is written: {counts}")
    return bool(counts["PersonKey"] == after)


def standing() -> str:
    newest = LedgerImport.objects.order_by("-pk").first()
    return newest.status if newest else "none"


if __name__ == "__main__":
    main()
