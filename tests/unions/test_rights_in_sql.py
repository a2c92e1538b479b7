"""What somebody may do who has the app's own log-in to the database, and nothing else."""

from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from audit.services import Actor, record_event
from relief import roles
from tests.cast import Cast
from unions.models import IncompatibleRoles, Staff, Union
from unions.services.tree import move_union

EVENT = """
    INSERT INTO audit_event (chain, at, action, result, actor_id, staff_id, role, union_path,
        object_type, object_id, request_id, reason, details, seq, previous_hash, hash)
    VALUES (%s, now(), 'decide', 'done', %s, %s, %s, %s, '', '', '', '', '{}', 0, '', '')
"""

NEW_PAIR = """
    INSERT INTO unions_incompatibleroles (first, second, anywhere, reason)
    VALUES ('maker', 'reporter', true, 'x')
"""
NEW_ROOT = """
    INSERT INTO unions_union (code, name, kind, path, region_code, pinyin, initials, version)
    VALUES ('990000', 'x', 'city', '990000/', '', '', '', 1)
"""
SET = "UPDATE unions_union SET"
WEST = "(SELECT id FROM unions_union WHERE code = '110102')"
#: what would break → (statement, SQLSTATE without its class 23)
BREAKS = {
    "path": (f"{SET} path = '110000/110102/110101001/' WHERE code = '110101001'", "R11"),
    "path of the root": (f"{SET} path = '999999/110000/' WHERE code = '110000'", "R11"),
    "path without the code": (f"{SET} path = '110000/110109/' WHERE code = '110101'", "514"),
    "parent": (f"{SET} parent_id = {WEST} WHERE code = '110101001'", "R11"),
    "parent is itself": (f"{SET} parent_id = id WHERE code = '110101'", "514"),
    "second root": (f"{SET} parent_id = NULL, path = '110101/' WHERE code = '110101'", "505"),
    "new root": (NEW_ROOT, "505"),
    "code": (f"{SET} code = '119', path = '110000/119/' WHERE code = '110102'", "R01"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE unions_staff SET role = 'district_admin'",
        "UPDATE unions_staff SET union_id = 1",
        "UPDATE unions_staff SET user_id = 1",
        "UPDATE unions_staff SET starts_on = '2020-01-01'",
        "UPDATE unions_staff SET posted_by_id = NULL",
        "UPDATE unions_user SET username = 'else'",
        "UPDATE unions_user SET created_at = now()",
        "UPDATE unions_user SET secrets_version = 0",
        NEW_PAIR,
        "UPDATE unions_incompatibleroles SET anywhere = false",
        "DELETE FROM unions_incompatibleroles",
        "INSERT INTO audit_chainhead (chain, seq, hash) VALUES ('X', 0, '')",
    ],
)
def test_what_no_service_changes_the_app_role_cannot_change(
    app_login: roles.Connection, statement: str
):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_login.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("statement", "state"), BREAKS.values(), ids=BREAKS)
def test_no_statement_breaks_the_tree(
    app_login: roles.Connection, cast: Cast, statement: str, state: str
):
    before = list(Union.objects.order_by("pk").values_list("code", "parent", "path"))
    with pytest.raises(psycopg.errors.IntegrityError) as refusal:
        app_login.execute(statement)
    assert refusal.value.sqlstate == f"23{state}"
    assert list(Union.objects.order_by("pk").values_list("code", "parent", "path")) == before


@pytest.mark.django_db(transaction=True)
def test_a_move_with_its_subtree_passes(cast: Cast, hire: Any):
    chief = hire("tom", "district_admin", "city")
    move_union(
        by=chief,
        union=cast.unions["east-1"],
        parent=cast.unions["west"],
        effective_on=None,
        reason="区划调整",
    )
    moved = Union.objects.get(code="110101001A1")
    assert moved.path == "110000/110102/110101001/110101001A1/"


@pytest.mark.django_db(transaction=True)
def test_events_are_of_real_chains_and_of_the_posting_that_they_name(
    app_login: roles.Connection, cast: Cast, subtests: pytest.Subtests
):
    ben, mia = cast.people["ben"], cast.people["mia"]
    path = ben.union.path
    forged = {
        "a chain of its own": ("X1", None, None, "", ""),
        "a union's chain without a posting": (ben.union.code, ben.user_id, None, "", ""),
        "another person": (ben.union.code, mia.user_id, ben.pk, ben.role, path),
        "another role": (ben.union.code, ben.user_id, ben.pk, "checker", path),
        "another union": (mia.union.code, ben.user_id, ben.pk, ben.role, mia.union.path),
        "another path": (ben.union.code, ben.user_id, ben.pk, ben.role, mia.union.path),
        "no such posting": (ben.union.code, ben.user_id, 10**9, ben.role, path),
        "nobody": ("system", 10**9, None, "", ""),
        "a role without a posting": ("system", ben.user_id, None, "auditor", ""),
    }
    for what, values in forged.items():
        with subtests.test(what), pytest.raises(psycopg.errors.IntegrityError):
            app_login.execute(EVENT, values)
    count = Event.objects.count()
    app_login.execute(EVENT, (ben.union.code, ben.user_id, ben.pk, ben.role, path))
    app_login.execute(EVENT, ("system", ben.user_id, None, "", ""))
    assert Event.objects.count() == count + 2


@pytest.mark.django_db
def test_a_new_union_has_its_chain(cast: Cast):
    fay = cast.people["fay"]
    actor = Actor(fay.user_id, fay.pk, fay.role, fay.union.code, fay.union.path)
    assert record_event(actor=actor, action=Event.Action.CHANGE).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        record_event(actor=Actor(union_code="NOWHERE"), action=Event.Action.CHANGE)


@pytest.mark.django_db
def test_the_pairs_of_roles_come_with_the_system():
    assert IncompatibleRoles.objects.count() == 32
    assert IncompatibleRoles.objects.filter(first="checker", second="maker", anywhere=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('unions_incompatibleroles', 'INSERT')")
        assert cursor.fetchone() == (False,)
    assert not Staff.objects.exists()
