"""PostgreSQL is killed (-9) again and again under four writers of the ledger.

What was acknowledged must be there, nothing may be half done, and what was sent and not answered
can be sent again under its key. A server of its own, as durable as in production:
`.venv/bin/python -m bench.crash [rounds]`.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import django

_FOLDER = Path(tempfile.mkdtemp(prefix="relief-crash-"))
_FOLDER.chmod(0o755)  # the server's own user passes through
os.environ["RELIEF_TEST_VAR"] = str(_FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402 (needs the settings)
from django.db import Error, connection  # noqa: E402

from ledger.checks import breaches  # noqa: E402
from ledger.models import Entry, Posting  # noqa: E402
from relief.embedded import Server  # noqa: E402
from tests import cast as casting  # noqa: E402
from tests import database  # noqa: E402
from tests import settings as suite  # noqa: E402
from tests.ledger.world import World, build, yuan  # noqa: E402

WRITERS = 4
SECONDS = 2.0


def act(world: World, dice: Random) -> Posting:
    """One posting by chance, under a key that only this number gives."""
    key = UUID(int=dice.getrandbits(128), version=4)
    choice = dice.randrange(4)
    if choice == 0:
        return world.receive(yuan(100), key=key)
    if choice == 1:
        return world.allot(yuan(10), "east-1", "east-2", key=key)
    if choice == 2:
        return world.give_back(yuan(1), key=key)
    return world.pay(yuan(1), key=key)


def write(world: World, seed: int, told: Any) -> None:
    """Post until the server is gone; say the number of each act that was acknowledged."""
    number = 0
    try:
        while True:
            dice = chance(seed, number)
            try:
                act(world, dice)
            except ValidationError:
                number += 1
                continue
            told.send(number)
            number += 1
    except Error:
        told.send(-number - 1)  # sent, and not answered


def kill_server() -> None:
    """The postmaster first, so that nobody tidies up; then its children."""
    pid = int((_FOLDER / "postgres" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(pid, signal.SIGKILL)
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except ProcessLookupError:
            continue


def everything(pipe: Any) -> Iterator[int]:
    try:
        while True:
            yield pipe.recv()
    except EOFError:
        return


def chance(seed: int, number: int) -> Random:
    return Random(f"{seed}-{number}")  # noqa: S311 (repeatable, not secret)


def one_round(world: World, turn: int) -> tuple[int, int, int]:
    """(acknowledged, of these missing, not answered)."""
    connection.close()
    context = get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(WRITERS)]
    seeds = [turn * 1000 + number for number in range(WRITERS)]
    workers = [
        context.Process(target=write, args=(world, seed, pipe[1]))
        for seed, pipe in zip(seeds, pipes, strict=True)
    ]
    for worker in workers:
        worker.start()
    for _, end in pipes:
        end.close()
    time.sleep(SECONDS + chance(0, turn).random())
    kill_server()
    told = [
        (seed, number)
        for seed, (pipe, _) in zip(seeds, pipes, strict=True)
        for number in everything(pipe)
    ]
    acknowledged = [done for done in told if done[1] >= 0]
    open_acts = [(seed, -number - 1) for seed, number in told if number < 0]
    for worker in workers:
        worker.join()
    server = suite.TEST_EMBEDDED
    assert server is not None
    server.ensure_running()
    missing = sum(not _is_there(*done) for done in acknowledged)
    for seed, number in open_acts:
        try:
            act(world, chance(seed, number))
        except ValidationError:
            continue
        assert _is_there(seed, number)
    return len(acknowledged), missing, len(open_acts)


def _is_there(seed: int, number: int) -> bool:
    key = UUID(int=chance(seed, number).getrandbits(128), version=4)
    posting = Posting.objects.filter(key=key).first()
    return posting is not None and Entry.objects.filter(posting=posting).exists()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    suite.TEST_EMBEDDED = Server(_FOLDER, durable=True)
    with database.cloned():
        world = build(casting.build())
        world.receive(yuan(1_000_000))
        world.allot(yuan(100_000), "east-1", "east-2")
        for turn in range(1, rounds + 1):
            acknowledged, missing, unanswered = one_round(world, turn)
            found = list(breaches())
            print(
                f"round {turn}: {acknowledged} acknowledged, {missing} missing, {unanswered} not"
                f" answered and sent again; {Entry.objects.count()} entries, breaches:"
                f" {found or 'none'}"
            )
    suite.TEST_EMBEDDED.stop()
    shutil.rmtree(_FOLDER)


if __name__ == "__main__":
    main()
