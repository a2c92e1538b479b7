"""What somebody can do who has the app's password and writes SQL: add an honest entry, no more."""

from typing import Any

import psycopg
import pytest

from ledger.checks import breaches
from ledger.models import Commitment
from relief import roles
from tests.cast import Cast
from tests.ledger.world import World, build, yuan

pytestmark = pytest.mark.django_db(transaction=True)

_COLUMNS = (
    "posting_id, kind, fund_id, union_id, to_union_id, item_id, lot_id, amount, quantity,"
    " is_unpriced, reverses_id, donation_id, commitment_id, occurred_on, is_backfilled, subject,"
    " voucher_number, note, recorded_by_id"
)


def copied(**changes: str) -> str:
    """SQL that adds the first entry once more, with these columns changed."""
    chosen = [changes.get(name, f"e.{name}") for name in _COLUMNS.split(", ")]
    return (
        f"INSERT INTO ledger_entry ({_COLUMNS}, recorded_at, link) SELECT {', '.join(chosen)},"
        " '2020-01-01'::timestamptz, 0 FROM ledger_entry e"
        " WHERE e.id = (SELECT min(id) FROM ledger_entry)"
    )


@pytest.fixture
def robbed(cast: Cast) -> World:
    """East has 100 (30 promised) and 5 bags, East-1 has 50; one entry is reversed."""
    world = build(cast)
    world.receive(yuan(160))
    world.receive(yuan(1)), world.reverse(world.receive(yuan(1)))
    world.allot(yuan(50), "east-1")
    world.promise(30, at="east")
    return world


#: As SQLSTATE says it: not allowed, not true, not there.
REFUSED = {"42501", "23514", "23505", "23502", "23503", "23R21", "23R22", "23R23", "23R24", "22003"}


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_entry SET amount = 1",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "UPDATE ledger_balance SET there = 1000000",
        "UPDATE ledger_balance SET committed = 0",
        "DELETE FROM ledger_balance",
        "INSERT INTO ledger_balance (union_id, fund_id, there) VALUES (1, 1, 100)",
        "UPDATE ledger_head SET seq = 0",
        "DELETE FROM ledger_head",
        "INSERT INTO ledger_head (union_id, seq, hash) VALUES (1, 0, '')",
        "UPDATE ledger_seal SET hash = repeat('a', 64)",
        "DELETE FROM ledger_seal",
        "INSERT INTO ledger_seal SELECT * FROM ledger_seal",
        "UPDATE ledger_posting SET key = gen_random_uuid()",
        "DELETE FROM ledger_posting",
        "UPDATE ledger_commitment SET size = 1",
        "DELETE FROM ledger_commitment",
        "UPDATE ledger_commitmentleft SET remaining = 1000",
        (
            "INSERT INTO ledger_commitmentrelease"
            " (commitment_id, posting_id, size, reason, recorded_at)"
            " SELECT id, posting_id, 31, '', now() FROM ledger_commitment"
        ),
        "DELETE FROM ledger_fund",
        "DELETE FROM ledger_donation",
        "UPDATE ledger_purchase SET supplier = 'x'",
        "UPDATE ledger_acknowledgement SET note = 'x'",
        "UPDATE ledger_fundevent SET name = 'x'",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "SELECT pgtrigger_keep_sums_05789()",
        # Overspending, by one entry or by many.
        copied(kind="'disburse'", amount="1000"),
        copied(kind="'disburse'", amount="81.01"),
        copied(kind="'allot'", to_union_id="(SELECT id FROM unions_union WHERE code='110101002')"),
        copied(kind="'disburse'", amount="50")
        + " UNION ALL "
        + copied(kind="'disburse'", amount="50").partition(" SELECT ")[2].join(["SELECT ", ""]),
        # What is no amount.
        copied(amount="-5"),
        copied(amount="0"),
        copied(amount="'NaN'"),
        copied(amount="10000000000"),
        copied(amount="NULL"),
        copied(quantity="5"),
        copied(kind="'gift'"),
        # To where it cannot go.
        copied(
            kind="'allot'",
            amount="1",
            to_union_id="(SELECT id FROM unions_union WHERE code='110102')",
        ),
        copied(kind="'allot'", amount="1", to_union_id="e.union_id"),
        copied(kind="'allot'", amount="1"),
        copied(to_union_id="e.union_id + 1"),
        # Taking back what was not, more than was, or twice.
        copied(reverses_id="e.id", amount="1"),
        copied(reverses_id="e.id", kind="'disburse'"),
        copied(reverses_id="e.id + 1000"),
        copied(reverses_id="(SELECT max(id) FROM ledger_entry WHERE reverses_id IS NOT NULL)"),
        # Out of a promise that was made for something else.
        copied(
            kind="'disburse'",
            amount="31",
            commitment_id="(SELECT max(id) FROM ledger_commitment)",
        ),
        copied(
            kind="'disburse'",
            amount="1",
            union_id="(SELECT id FROM unions_union WHERE code='110101001')",
            commitment_id="(SELECT max(id) FROM ledger_commitment)",
        ),
        copied(occurred_on="NULL"),
        copied(recorded_by_id="NULL"),
        copied(fund_id="e.fund_id + 99"),
    ],
)
def test_the_app_login_is_refused(robbed: World, app_login: roles.Connection, attack: str):
    before = _state(app_login)
    with pytest.raises(psycopg.Error) as caught, app_login.transaction():
        app_login.execute(attack)
    assert caught.value.sqlstate in REFUSED
    assert _state(app_login) == before


def _state(login: roles.Connection) -> list[Any]:
    tables = ("entry", "balance", "head", "seal", "posting", "commitment", "commitmentleft")
    return [
        login.execute(f"SELECT t::text FROM ledger_{table} t ORDER BY 1").fetchall()
        for table in tables
    ]


def test_an_honest_entry_by_hand_stands_where_it_belongs(
    robbed: World, app_login: roles.Connection
):
    """The refusals above are about what was asked; and nothing of the row can be made up."""
    app_login.execute(copied(kind="'disburse'", amount="81"))
    row = app_login.execute(
        "SELECT link, recorded_at > now() - interval '1 minute', e.id ="
        " currval(pg_get_serial_sequence('ledger_entry', 'id'))"
        " FROM ledger_entry e ORDER BY e.id DESC LIMIT 1"
    ).fetchone()
    assert row == (6, True, True)
    assert robbed.there("east") == 30
    assert list(breaches()) == []


def test_key_and_link_are_not_for_the_writer_to_choose(robbed: World, app_login: roles.Connection):
    statement = (
        copied()
        .replace(f"({_COLUMNS}", f"(id, {_COLUMNS}")
        .replace("SELECT e.posting_id", "SELECT 99999999, e.posting_id", 1)
    )
    app_login.execute(statement.replace(") SELECT", ") OVERRIDING SYSTEM VALUE SELECT", 1))
    assert app_login.execute("SELECT max(id) < 99999999 FROM ledger_entry").fetchone() == (True,)


def test_an_insert_that_was_skipped_advances_no_chain(robbed: World, app_login: roles.Connection):
    reversed_entry = "(SELECT max(reverses_id) FROM ledger_entry)"
    mirror = copied(reverses_id=reversed_entry, note="'x'")
    mirror = mirror.replace("min(id) FROM ledger_entry", "max(reverses_id) FROM ledger_entry")
    app_login.execute(mirror + " ON CONFLICT DO NOTHING")
    assert list(breaches()) == []


def test_a_promise_by_hand_takes_what_is_free(robbed: World, app_login: roles.Connection):
    row = Commitment.objects.get()
    statement = (
        "INSERT INTO ledger_commitment"
        " (posting_id, union_id, fund_id, size, subject, recorded_at)"
        " VALUES (%s, %s, %s, %s, 'x', now())"
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        app_login.execute(statement, [row.posting_id, row.union_id, row.fund_id, "81.01"])
    app_login.execute(statement, [row.posting_id, row.union_id, row.fund_id, "81"])
    assert robbed.committed("east") == 111
