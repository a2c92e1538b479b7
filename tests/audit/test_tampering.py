"""Every trace of a superuser's hand is found; honest writing by many at once leaves none."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from audit.chain import breaks
from audit.models import ChainHead, Event
from audit.services import Actor, record_event
from tests.audit.attacker import as_superuser, rows, run

CHAINS = ("CITY", "EAST", "WEST", "system")
LENGTH = 12
CHANGES = {
    "action": "'export'",
    "result": "'refused'",
    "actor_id": "coalesce(actor_id, 0) + 1",
    "staff_id": "NULL",
    "role": "role || 'x'",
    "union_path": "union_path || 'X/'",
    "object_type": "'unions.Union'",
    "object_id": "object_id || '1'",
    "request_id": "'forged'",
    "address": "'10.9.9.9'",
    "reason": "reason || '。'",
    "details": "details || '{\"count\": 99}'",
    "at": "at + interval '1 second'",
    "id": "id + 100000",
    "hash": "repeat('a', 64)",
    "previous_hash": "repeat('b', 64)",
}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def write(chain: str, number: int) -> None:
    code = "" if chain == "system" else chain
    actor = Actor(user_id=number, staff_id=number, role="maker", union_code=code)
    record_event(
        actor=actor, action=Event.Action.CHANGE, reason=f"第 {number} 次", details={"count": number}
    )


@pytest.fixture
def log(db: None) -> None:
    for number in range(1, LENGTH + 1):
        for chain in CHAINS:
            write(chain, number)


def change(chain: str, seq: int, column: str) -> tuple[str, int]:
    statement = f"UPDATE audit_event SET {column} = {CHANGES[column]} WHERE chain = %s AND seq = %s"
    assert run(statement, [chain, seq]) == 1
    return chain, seq


def delete(chain: str, seq: int) -> tuple[str, int]:
    run("DELETE FROM audit_event WHERE chain = %s AND seq = %s", [chain, seq])
    return chain, seq


def cut_off(chain: str, seq: int) -> tuple[str, int]:
    run("DELETE FROM audit_event WHERE chain = %s AND seq >= %s", [chain, seq])
    return chain, seq


def insert(chain: str, seq: int) -> tuple[str, int]:
    """A copy of link `seq` at the end of the chain."""
    run(
        "CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM audit_event"
        " WHERE chain = %s AND seq = %s",
        [chain, seq],
    )
    run("UPDATE copy SET id = id + 100000, seq = %s", [LENGTH + 1])
    run("INSERT INTO audit_event SELECT * FROM copy")
    run("DROP TABLE copy")
    return chain, LENGTH + 1


def exchange(chain: str, seq: int) -> tuple[str, int]:
    """Two neighbours take each other's number."""
    first = min(seq, LENGTH - 1)
    statement = "UPDATE audit_event SET seq = %s WHERE chain = %s AND seq = %s"
    for old, new in ((first, 1000), (first + 1, first), (1000, first + 1)):
        run(statement, [new, chain, old])
    return chain, first


def rewrite_and_rehash(chain: str, seq: int) -> tuple[str, int]:
    """Change a row and give it the right hash: then the next link, or the head, tells."""
    run("UPDATE audit_event SET reason = '改' WHERE chain = %s AND seq = %s", [chain, seq])
    run(
        "UPDATE audit_event e SET hash = audit_event_hash(e) WHERE chain = %s AND seq = %s",
        [chain, seq],
    )
    return chain, seq + 1


def move_head(chain: str, seq: int) -> tuple[str, int]:
    run("UPDATE audit_chainhead SET seq = seq + 1 WHERE chain = %s", [chain])
    return chain, LENGTH + 1


def drop_head(chain: str, seq: int) -> tuple[str, int]:
    run("DELETE FROM audit_chainhead WHERE chain = %s", [chain])
    return chain, LENGTH


TRICKS = (delete, cut_off, insert, exchange, rewrite_and_rehash, move_head, drop_head)


def tamper(dice: random.Random) -> tuple[str, int]:
    """One forgery somewhere; returns the chain and the link where it must show."""
    chain, seq = dice.choice(CHAINS), dice.randint(1, LENGTH)
    if dice.random() < 0.5:
        return change(chain, seq, dice.choice(list(CHANGES)))
    return dice.choice(TRICKS)(chain, seq)


def test_each_of_100_random_forgeries_is_found_at_its_link(log: None):
    dice = random.Random(20261122)
    for number in range(100):
        with undone(), as_superuser(silent=True):
            expected = tamper(dice)
            found = [(single.chain, single.seq) for single in breaks()]
            assert found == [expected], f"forgery {number}"
    assert not list(breaks())


@pytest.mark.parametrize("column", CHANGES)
def test_no_column_can_be_changed_unseen(log: None, column: str):
    with as_superuser(silent=True):
        expected = change("EAST", 5, column)
    assert [(single.chain, single.seq) for single in breaks()] == [expected]


def test_no_column_of_the_table_is_forgotten():
    assert {field.column for field in Event._meta.concrete_fields} == CHANGES.keys() | {
        "chain",
        "seq",
    }


def test_verify_audit_names_the_first_broken_link_of_each_chain(
    log: None, capsys: pytest.CaptureFixture[str]
):
    with as_superuser(silent=True):
        change("EAST", 9, "reason")
        change("EAST", 4, "reason")
        cut_off("WEST", 11)
    with pytest.raises(CommandError, match="2 chain") as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1
    assert capsys.readouterr().err.splitlines() == [
        "EAST #4: the row was changed after it was written",
        "WEST #11: the chain ends at 10, its head says 12",
    ]


def test_a_chain_that_was_deleted_whole_is_missed(log: None):
    with as_superuser(silent=True):
        run("DELETE FROM audit_event WHERE chain = 'EAST'")
    assert [(single.chain, single.seq) for single in breaks()] == [("EAST", 1)]


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_leave_whole_chains_and_no_deadlock():
    threads, each = 16, 40
    start = Barrier(threads)

    def work(number: int) -> int:
        dice = random.Random(number)
        try:
            start.wait(timeout=30)
            for count in range(each // 2):
                with transaction.atomic():  # two events of one act, as services write them
                    chain = dice.choice(CHAINS)
                    write(chain, count)
                    write(chain, count)
            return each
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        written = sum(pool.map(work, range(threads)))
    assert Event.objects.count() == written == threads * each
    assert list(breaks()) == []
    lengths: dict[str, Any] = dict(rows("SELECT chain, max(seq) FROM audit_event GROUP BY chain"))
    heads = ChainHead.objects.filter(seq__gt=0)
    assert dict(heads.values_list("chain", "seq")) == lengths
    assert sum(lengths.values()) == threads * each
