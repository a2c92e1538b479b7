import hashlib
import json
from datetime import UTC
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, transaction

from audit.chain import breaks
from audit.models import GENESIS, SYSTEM_CHAIN, ChainHead, Event
from audit.services import Actor, record_event
from relief import roles
from relief.lib.history import acting
from tests.audit.attacker import as_owner, as_superuser, rows, run

pytestmark = pytest.mark.django_db

EAST = Actor(user_id=7, staff_id=8, role="maker", union_code="EAST", union_path="CITY/EAST/")

INSERT = """
    INSERT INTO audit_event (id, chain, seq, previous_hash, hash, at, action, result, role,
        union_path, object_type, object_id, request_id, reason, details)
    VALUES (%s, 'EAST', %s, %s, %s, '2001-01-01', 'log_in', 'done', '', '', '', '', '', '', '{}')
"""


def write(action: Event.Action = Event.Action.CHANGE, **values: Any) -> Event:
    event = record_event(actor=EAST, action=action, **values)
    event.refresh_from_db()
    return event


def hash_of(event: Event) -> str:
    """The hash as docs/decisions/0004-audit.md describes it, from the row as Django reads it."""
    details = rows("SELECT details::text FROM audit_event WHERE id = %s", [event.pk])[0][0]
    values = [
        event.chain,
        str(event.seq),
        event.previous_hash,
        event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        event.action,
        event.result,
        *(None if key is None else str(key) for key in (event.actor_id, event.staff_id)),
        event.role,
        event.union_path,
        event.object_type,
        event.object_id,
        event.request_id,
        event.address,
        event.reason,
        details,
        str(event.pk),
    ]
    netstrings = (
        b"-" if value is None else b"%d:%s," % (len(value.encode()), value.encode())
        for value in values
    )
    return hashlib.sha256(b"".join(netstrings)).hexdigest()


def test_every_event_names_the_one_before():
    first, second, third = write(), write(), write()
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash
    assert third.previous_hash == second.hash
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    head = ChainHead.objects.get(chain="EAST")
    assert (head.seq, head.hash) == (3, third.hash)


def test_the_hash_can_be_recomputed_from_the_row():
    with acting(user_id=7, staff_id=8, request_id="r-1", address="2001:db8::1"):
        full = write(reason="区总〔2026〕3 号", details={"次数": 3, "b": [1, None], "a": "é"})
    with acting(user_id=7, staff_id=8, request_id="r-2", address="10.0.0.9"):
        system = record_event(actor=Actor(), action=Event.Action.LOG_IN_FAILED)
    system.refresh_from_db()
    assert full.hash == hash_of(full)
    assert system.hash == hash_of(system)
    assert system.chain == SYSTEM_CHAIN


def test_a_letter_cannot_move_from_one_column_into_the_next():
    event = write(reason="理由")
    statement = "UPDATE audit_event SET request_id = %s, reason = %s WHERE id = %s"
    with as_superuser(silent=True):
        run(statement, ["理", "由", event.pk])
        run("UPDATE audit_event SET address = NULL WHERE id = %s", [event.pk])
    assert [single.seq for single in breaks()] == [1]


def test_chains_of_two_unions_are_independent():
    write()
    west = record_event(actor=Actor(union_code="WEST"), action=Event.Action.CREATE)
    write()
    west.refresh_from_db()
    assert (west.seq, west.previous_hash) == (1, GENESIS)
    assert not list(breaks())


def test_what_is_rolled_back_was_not_done_and_breaks_nothing():
    write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert write().seq == 2
    assert not list(breaks())


FORBIDDEN = (
    "UPDATE audit_event SET reason = 'x'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "UPDATE audit_chainhead SET seq = 0",
    "INSERT INTO audit_chainhead (chain, seq, hash) VALUES ('X', 0, '')",
    "DELETE FROM audit_chainhead",
    "TRUNCATE audit_chainhead",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "SELECT setval('audit_event_id_seq', 1)",
    "DROP FUNCTION audit_event_hash(audit_event)",
)


@pytest.mark.django_db(transaction=True)
def test_the_app_role_has_no_right_to_change_the_log(
    app_login: roles.Connection, subtests: pytest.Subtests
):
    write()
    for statement in FORBIDDEN:
        with subtests.test(statement), pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_login.execute(statement)
    assert not list(breaks())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"],
)
@pytest.mark.parametrize("escape", ["", "*", "{audit_event:pgtrigger_append_only_7d947}"])
def test_even_the_owner_is_stopped_by_the_trigger(statement: str, escape: str):
    write()
    run("SELECT set_config('pgtrigger.ignore', %s, true)", [escape])
    with pytest.raises(DatabaseError, match="append-only: audit_event") as refusal, as_owner():
        run(statement)
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "23R01"


@pytest.mark.django_db(transaction=True)
def test_the_escape_of_pgtrigger_opens_nothing_to_the_app(app_login: roles.Connection):
    previous = GENESIS
    escapes = ("*", "{*}", "{audit_event:pgtrigger_link_into_chain_51655}")
    for seq, escape in enumerate(escapes, start=1):
        app_login.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [escape])
        app_login.execute(INSERT, [999, 500, "f" * 64, "e" * 64])
        event = Event.objects.newest_first()[0]
        assert (event.seq, event.previous_hash, event.hash) == (seq, previous, hash_of(event))
        previous = event.hash


@pytest.mark.django_db(transaction=True)
def test_forged_key_number_hash_and_time_are_overruled(app_login: roles.Connection):
    real = write()
    app_login.execute(INSERT, [real.pk, 500, "f" * 64, "e" * 64])
    app_login.execute(INSERT, [real.pk + 1000, 1, GENESIS, real.hash])
    forged = Event.objects.exclude(pk=real.pk).order_by("seq")
    assert [event.seq for event in forged] == [2, 3]
    assert all(event.at >= real.at for event in forged)
    assert all(event.pk != real.pk + 1000 for event in forged)
    assert not list(breaks())


@pytest.mark.django_db(transaction=True)
def test_on_conflict_cannot_advance_the_chain_without_a_row(app_login: roles.Connection):
    real = write()
    for conflict in ("(id)", "(chain, seq)", ""):
        app_login.execute(
            f"{INSERT} ON CONFLICT {conflict} DO NOTHING", [real.pk, 1, GENESIS, real.hash]
        )
    head = ChainHead.objects.get(chain="EAST")
    assert head.seq == Event.objects.count() == 4
    assert not list(breaks())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_login.execute(
            f"{INSERT} ON CONFLICT (id) DO UPDATE SET reason = 'x'",
            [real.pk, 1, GENESIS, real.hash],
        )


def test_a_reason_stays_on_one_line():
    event = write(reason="好\n2026-01-01 伪造的一行")
    assert "\n" not in event.reason
    event.reason, event.pk = "好\n伪造", None
    with pytest.raises(DatabaseError, match="audit_event_reason_one_line"), transaction.atomic():
        event.save(force_insert=True)


def test_verify_audit_says_how_much_it_read(capsys: pytest.CaptureFixture[str]):
    write()
    call_command("verify_audit")
    assert "1 events, every chain holds." in capsys.readouterr().out


def test_details_survive_the_way_into_the_database_and_back():
    details = {"数": 1, "list": [1, 2], "none": None}
    assert write(details=json.loads(json.dumps(details))).details == details


def test_the_reader_role_cannot_write_events():
    with as_superuser():
        run(f"SET LOCAL ROLE {roles.READER}")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(INSERT, [1, 1, "", ""])
