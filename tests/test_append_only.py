"""What the app may not change it cannot change: by grant, by trigger, with or without a trick."""

from typing import Any

import pgtrigger
import psycopg
import pytest
from django.db import DatabaseError, connection, models, transaction

from relief import roles
from relief.lib.crypto.wrapped import WrappedKey
from relief.lib.triggers import AppendOnly, Guard, NeverDelete, NoTruncate
from tests import architecture as house
from tests.cast import Cast
from tests.cast_snapshot import SNAPSHOT
from unions.models import Staff, Union, User

pytestmark = pytest.mark.django_db

HISTORIES = [model for model in house.our_models() if hasattr(model, "pgh_tracked_model")]


def _guarded_by(kind: type[pgtrigger.Trigger]) -> list[type[models.Model]]:
    found: set[Any] = {
        model for model, trigger in pgtrigger.registered() if isinstance(trigger, kind)
    }
    return sorted(found, key=_label)


def _label(model: type[models.Model]) -> str:
    return model._meta.label


def _privileges(table: str) -> set[str]:
    asked = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE has_table_privilege(%s, %s, name)",
            [list(asked), roles.APP, table],
        )
        return {name for (name,) in cursor.fetchall()}


def test_suite_runs_with_the_rights_of_production() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (roles.APP, False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_there_is_something_to_guard() -> None:
    assert len(HISTORIES) >= 3
    assert len(_guarded_by(AppendOnly)) >= 6


@pytest.mark.parametrize("model", _guarded_by(AppendOnly), ids=_label)
def test_app_may_only_add_to_append_only_tables(model: type[models.Model]) -> None:
    assert _privileges(model._meta.db_table) <= {"SELECT", "INSERT"}


@pytest.mark.parametrize("model", HISTORIES, ids=_label)
def test_app_only_reads_history(model: type[models.Model]) -> None:
    assert _privileges(model._meta.db_table) == {"SELECT"}


#: What the app may change of them is named column by column (tests/unions/test_rights_in_sql.py).
BY_COLUMN = {Staff, User}


@pytest.mark.parametrize("model", _guarded_by(NeverDelete), ids=_label)
def test_app_may_not_delete_what_stays_for_ever(model: type[models.Model]) -> None:
    is_narrow = issubclass(model, WrappedKey) or model in BY_COLUMN
    narrowed = {"UPDATE"} if is_narrow else set()
    assert _privileges(model._meta.db_table) == {"SELECT", "INSERT", "UPDATE"} - narrowed


def test_guarded_tables_are_guarded_against_truncate_too() -> None:
    guarded = {*_guarded_by(AppendOnly), *_guarded_by(NeverDelete)}
    assert guarded == set(_guarded_by(NoTruncate))


def test_every_history_is_append_only() -> None:
    assert set(HISTORIES) <= set(_guarded_by(AppendOnly))


def test_every_trigger_of_ours_is_a_guard() -> None:
    ours: set[Any] = set(house.our_models())
    others = [
        f"{model._meta.label}.{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model in ours and not isinstance(trigger, Guard)
    ]
    assert others == []


def test_no_trigger_function_has_a_way_out() -> None:
    """Nor one that a package brought along."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE NOT tgisinternal"
        )
        triggers = cursor.fetchall()
    assert len(triggers) > 10
    assert [name for name, source in triggers if "ignore" in source] == []


@pytest.fixture
def attacker(app_login: roles.Connection) -> roles.Connection:
    """The app's password in the wrong hands, with every trigger named in `pgtrigger.ignore`."""
    SNAPSHOT.restored()
    app_login.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [_every_trigger()])
    return app_login


def _every_trigger() -> str:
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    return "{" + ",".join(names) + "}"


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_event SET reason = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE audit_chainhead SET seq = 0",
        "INSERT INTO unions_unionevent SELECT * FROM unions_unionevent",
        "UPDATE unions_unionevent SET pgh_context = NULL",
        "DELETE FROM unions_staffevent",
        "UPDATE unions_unionchange SET reason = 'x'",
        "DELETE FROM unions_union",
        "DELETE FROM unions_user",
        "TRUNCATE unions_staff CASCADE",
        "DELETE FROM django_migrations",
        "UPDATE django_content_type SET model = 'x'",
        "UPDATE auth_permission SET codename = 'x'",
        "DELETE FROM unions_incompatibleroles",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER pgtrigger_append_only_c58ba ON audit_event",
        "SET session_replication_role = replica",
        "SET ROLE relief_owner",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_app_login_cannot_rewrite_the_past(attacker: roles.Connection, attack: str) -> None:
    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject)
    ) as caught:
        attacker.execute(attack)
    assert caught.value.sqlstate in {"42501", "42704"}


def test_forged_second_factor_leaves_its_trace(attacker: roles.Connection) -> None:
    """A phone, another key, codes that hold for days, a recovery code: each is a row, no secret."""
    attacker.execute(
        "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0, digits,"
        " tolerance, drift, last_t, throttling_failure_count)"
        " SELECT id, '', true, 'forged', 30, 0, 6, 1, 0, -1, 0 FROM unions_user"
        " WHERE username = 'ben'"
    )
    attacker.execute("UPDATE otp_totp_totpdevice SET key = 'forged again'")
    attacker.execute("UPDATE otp_totp_totpdevice SET tolerance = 30000")
    attacker.execute(
        "INSERT INTO otp_static_staticdevice (user_id, name, confirmed, throttling_failure_count)"
        " SELECT id, '', true, 0 FROM unions_user WHERE username = 'ben'"
    )
    attacker.execute(
        "INSERT INTO otp_static_statictoken (device_id, token)"
        " SELECT id, 'forged' FROM otp_static_staticdevice"
    )
    for history, labels in (
        ("unions_phonefactorevent", ["insert", "update", "update"]),
        ("unions_recoverycodeevent", ["insert"]),
    ):
        left = attacker.execute(f"SELECT to_jsonb(e) FROM {history} e ORDER BY pgh_id").fetchall()
        assert [row["pgh_label"] for (row,) in left] == labels
        assert "forged" not in str(left)


@pytest.mark.parametrize(
    ("attack", "sqlstate"),
    [
        ("UPDATE audit_event SET reason = 'x'", "23R01"),
        ("DELETE FROM audit_event", "23R01"),
        ("TRUNCATE audit_event", "23R01"),
        ("UPDATE unions_unionevent SET pgh_context = NULL", "23R01"),
        ("DELETE FROM unions_union WHERE code = '110102001'", "23R02"),
        ("DELETE FROM unions_staff", "23R02"),
    ],
)
def test_triggers_hold_without_the_grants(cast: Cast, attack: str, sqlstate: str) -> None:
    """A superuser who has not switched triggers off meets them, whatever he asks to be ignored."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [_every_trigger()])
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            cursor.execute(attack)
    assert getattr(caught.value.__cause__, "sqlstate", "") == sqlstate


def test_the_same_write_is_possible_where_nothing_guards(cast: Cast) -> None:
    """The refusals above are about the tables, not about the way they are asked."""
    assert Union.objects.filter(code="110102001").update(region_code="110102") == 1
