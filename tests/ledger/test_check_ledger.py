"""Whatever a superuser breaks, check_ledger names."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from ledger.anchors import write_anchor
from ledger.checks import breaches
from ledger.models import Commitment, Entry
from ledger.models.sql import HASHED
from ledger.portions import Portion
from ledger.services import donations
from ledger.services.alarm import report_breaches
from ledger.services.receipts import acknowledge
from tests.audit.attacker import as_superuser, run
from tests.ledger.test_movements import buy
from tests.ledger.world import World, entry_of, yuan
from unions.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_ledger]


@pytest.fixture
def full(world: World) -> World:
    """Every kind of movement once, everything that can be counted, promised, reversed."""
    world.receive(yuan(1000))
    buy(world, Portion(Decimal(100), world.rice, quantity=10))
    allotted = entry_of(world.allot(yuan(300), "east-1"))
    acknowledge(by=world.staff("ben"), entry=allotted)
    commitment = Commitment.objects.get(posting=world.promise(100))
    world.pay(yuan(40), commitment=commitment)
    world.give_back(yuan(50))
    world.reverse(world.pay(yuan(7)))
    donor = donations.create_donor(
        by=world.staff("mia"), union=world.union("east"), name="爱心公司", kind="firm"
    )
    donation = donations.register_donation(
        by=world.staff("mia"),
        fund=world.fund,
        donor=donor,
        amount=Decimal(20),
        received_on=timezone.localdate(),
    )
    donations.count_donation(by=world.staff("kay"), key=uuid4(), donation=donation)
    assert list(breaches()) == []
    return world


def kind(name: str) -> str:
    return f"(SELECT min(id) FROM ledger_entry WHERE kind = '{name}')"


#: What is done as a superuser without triggers → a part of what must be said.
BREAKS = {
    "an amount": (
        f"UPDATE ledger_entry SET amount = amount + 1 WHERE id = {kind('receive')}",
        "an entry was changed",
    ),
    "a note": (
        f"UPDATE ledger_entry SET note = 'x' WHERE id = {kind('receive')}",
        "an entry was changed",
    ),
    "who recorded it": (
        f"UPDATE ledger_entry SET recorded_by_id = NULL WHERE id = {kind('allot')}",
        "an entry was changed",
    ),
    "an entry is gone": (
        f"DELETE FROM ledger_entry WHERE id = {kind('return')}",
        "is missing",
    ),
    "a tail is gone": (
        "DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)",
        "its entries are gone",
    ),
    "a seal is gone": ("DELETE FROM ledger_seal WHERE seq = 2", "is missing"),
    "a seal is forged": (
        "UPDATE ledger_seal SET previous_hash = repeat('a', 64) WHERE seq = 2",
        "does not name the hash",
    ),
    "a head is moved": ("UPDATE ledger_head SET seq = seq + 1", "its head says otherwise"),
    "a head is gone": ("DELETE FROM ledger_head", "its head says otherwise"),
    "all entries are gone": ("DELETE FROM ledger_entry", "the entries of the chain are gone"),
    "a balance": (
        "UPDATE ledger_balance SET there = there + 1, received = received + 1",
        "received is",
    ),
    "a balance is gone": (
        "DELETE FROM ledger_balance WHERE item_id IS NOT NULL",
        "there are entries and no balance",
    ),
    "a balance from nowhere": (
        (
            "INSERT INTO ledger_balance (union_id, fund_id, received, there)"
            " SELECT (SELECT max(id) FROM unions_union), max(id), 5, 5 FROM ledger_fund"
        ),
        "received is 5.00, its entries say 0",
    ),
    "what is committed": (
        "UPDATE ledger_balance SET committed = 1 WHERE committed > 0",
        "its commitments say 60.00",
    ),
    "what is open of a promise": (
        "UPDATE ledger_commitmentleft SET remaining = 1",
        "1.00 open, its entries say 60.00",
    ),
    "a promise": (
        "UPDATE ledger_commitment SET size = 30",
        "more was paid than approved",
    ),
    "a promise is gone": (
        "DELETE FROM ledger_commitment",
        "it is open and was never made",
    ),
    "a reversal": (
        "UPDATE ledger_entry SET amount = 6 WHERE reverses_id IS NOT NULL",
        "does not mirror",
    ),
    "a second reversal": (
        (
            "UPDATE ledger_entry SET reverses_id ="
            " (SELECT reverses_id FROM ledger_entry WHERE reverses_id IS NOT NULL)"
            f" WHERE id = {kind('disburse')}"
        ),
        "reversed more than once",
    ),
    "the other side": (
        (
            "UPDATE ledger_entry SET to_union_id ="
            f" (SELECT id FROM unions_union WHERE code = '110102') WHERE id = {kind('allot')}"
        ),
        "never stood directly above",
    ),
    "the path": (
        (
            "UPDATE unions_union SET parent_id ="
            " (SELECT id FROM unions_union WHERE code = '110102') WHERE code = '110101001';"
            "DELETE FROM unions_unionchange"
        ),
        "never stood directly above",
    ),
    "another commitment": (
        (
            "UPDATE ledger_entry SET commitment_id = (SELECT max(id) FROM ledger_commitment)"
            f" WHERE id = {kind('receive')}"
        ),
        "a commitment of another union",
    ),
    "no cash": ("UPDATE ledger_moneyline SET allows_cash = false", "money line forbids"),
    "who acknowledged": (
        (
            "UPDATE ledger_acknowledgement SET acknowledged_by_id ="
            " (SELECT recorded_by_id FROM ledger_entry WHERE id = entry_id)"
        ),
        "acknowledged by the one who posted it",
    ),
    "who counted": (
        "UPDATE ledger_donation SET counted_by_id = registered_by_id",
        "counted by nobody",
    ),
    "what was counted": (
        "UPDATE ledger_donation SET amount = 21",
        "what was counted is not what was received",
    ),
    "who accepted": (
        (
            "UPDATE ledger_purchase SET accepted_by_id ="
            " (SELECT max(recorded_by_id) FROM ledger_entry e WHERE e.posting_id ="
            " ledger_purchase.posting_id)"
        ),
        "accepted by the one who bought",
    ),
    "a posting without entries": (
        (
            "INSERT INTO ledger_posting (actor, route, key, body_hash, made_at) VALUES"
            " (1, 'receive', gen_random_uuid(), repeat('a', 64), now())"
        ),
        "it did nothing",
    ),
    "an amount below zero": (
        f"UPDATE ledger_entry SET amount = -1 WHERE id = {kind('receive')}",
        "out of shape",
    ),
    "half a bag": (
        "UPDATE ledger_balance SET there = 9.5 WHERE item_id IS NOT NULL",
        "units are not whole",
    ),
    "below zero": (
        "UPDATE ledger_balance SET there = -1 WHERE item_id IS NOT NULL",
        "below zero",
    ),
}
#: Walls that stand even without triggers; the superuser takes them away first.
WALLS = (
    ("ledger_balance", "ledger_balance_adds_up"),
    ("ledger_balance", "ledger_balance_not_negative"),
    ("ledger_balance", "ledger_balance_committed_covered"),
    ("ledger_entry", "ledger_entry_amount_positive"),
    ("ledger_entry", "ledger_entry_known_unless_backfilled"),
    ("ledger_entry", "ledger_entry_commitment_is_disbursed"),
    ("ledger_donation", "ledger_donation_two_people"),
)


@pytest.mark.parametrize("name", BREAKS)
def test_whatever_is_broken_is_named(full: World, name: str, capsys: pytest.CaptureFixture[str]):
    statement, said = BREAKS[name]
    with as_superuser(silent=True):
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table, wall in WALLS:
            run(f"ALTER TABLE {table} DROP CONSTRAINT {wall}")
        if name == "a second reversal":
            run("DROP INDEX ledger_entry_reversed_once")
        for single in statement.split(";"):
            assert run(single)
        with pytest.raises(CommandError) as refusal:
            call_command("check_ledger")
    assert refusal.value.returncode == 1
    assert said in capsys.readouterr().err


def test_a_sound_ledger_is_told_so(full: World, capsys: pytest.CaptureFixture[str]):
    call_command("check_ledger")
    assert "entries, the ledger holds." in capsys.readouterr().out


def test_at_night_auditors_and_keepers_are_told(full: World, tmp_path: Path, settings: Any):
    settings.ANCHOR_DIR = tmp_path
    assert report_breaches() == 0
    with as_superuser(silent=True):
        run("UPDATE ledger_head SET seq = seq + 1")
    assert report_breaches() == 2
    told = Message.objects.filter(text__contains="款物账").values_list("user__username", flat=True)
    assert sorted(told) == ["ada", "sam"]


def test_a_chain_written_anew_differs_from_the_anchor(
    full: World, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
):
    settings.ANCHOR_DIR = tmp_path
    path = write_anchor(date(2026, 11, 22))
    assert path.name == "ledger-2026-11-22.json"
    call_command("check_ledger", anchors=str(tmp_path))
    with as_superuser(silent=True):
        run(
            "UPDATE ledger_seal s SET hash = repeat('b', 64) FROM ledger_head h"
            " WHERE h.union_id = s.union_id AND h.seq = s.seq"
        )
        run("UPDATE ledger_head SET hash = repeat('b', 64)")
        with pytest.raises(CommandError):
            call_command("check_ledger", anchors=str(tmp_path))
    assert "differs from the anchor ledger-2026-11-22.json" in capsys.readouterr().err


def test_no_column_of_an_entry_can_be_changed_unseen(full: World):
    assert {field.column for field in Entry._meta.concrete_fields} == {name for name, _ in HASHED}
