"""The suite has the rights of production: nothing it proves leans on a superuser's."""

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, connection, transaction

from relief import roles
from tests.audit.attacker import as_superuser, run

RIGHTS = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
OWNED = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"


@pytest.mark.django_db
def test_suite_runs_as_the_app_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (roles.APP,)
        cursor.execute(RIGHTS)
        assert cursor.fetchone() == (False, False)
        cursor.execute(OWNED)
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_no_query_is_compiled_before_it_runs():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE intruder ()",
        "TRUNCATE django_content_type",
        "ALTER TABLE django_content_type DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_app_role_is_refused(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_app_login_is_no_disguise(app_login):
    """RESET ROLE leads nowhere: the log-in itself is the app role's."""
    app_login.execute("RESET ROLE")
    app_login.execute("RESET SESSION AUTHORIZATION")
    assert app_login.execute("SELECT session_user, current_user").fetchone() == (
        roles.APP,
        roles.APP,
    )
    assert app_login.execute(RIGHTS).fetchone() == (False, False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_login.execute("TRUNCATE django_content_type")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", [1, 2])
def test_flush_leaves_what_the_migrations_wrote(_round):
    """Each round finds the rows of the migrations and none of the round before."""
    assert ContentType.objects.exists()
    assert not get_user_model().objects.exists()
    assert not get_user_model().objects.filter(username="left.behind").exists()
    get_user_model().objects.create(username="left.behind", full_name="留下")
    with as_superuser():
        run("TRUNCATE django_content_type CASCADE")
