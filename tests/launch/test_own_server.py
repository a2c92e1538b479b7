"""A server of one's own (DATABASE_URL): its preparation, its check, roles that are too mighty."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from relief import roles
from relief.embedded import Server

pytestmark = pytest.mark.launch
ROOT = Path(__file__).resolve().parent.parent.parent
#: Roles that the app must not run as, and what is said of them.
MIGHTY = {"postgres": "The role is a superuser.", roles.OWNER: "The role owns tables"}
SECRET = "a-key-for-this-test-only-0123456789-abcdefghij"


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path, durable=False)
    server.ensure_running()
    yield server
    server.stop()


@pytest.fixture
def manage(server, tmp_path):
    """Run a program of the project against that server, in production."""
    host = quote(server.address()["host"])

    def address(user, database="district"):
        return f"postgresql://{user}:secret-{user}@/{database}?host={host}"

    def run(*command, app=roles.APP):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        production = {
            "RELIEF_ENV": "production",
            "RELIEF_VAR": str(tmp_path),
            "SECRET_KEY": SECRET,
            "DATA_KEYS": f"1{SECRET}",
            "INDEX_KEY": f"2{SECRET}",
            "ALLOWED_HOSTS": "relief.example.org",
            "DATABASE_ADMIN_URL": address("postgres", "postgres"),
            "DATABASE_OWNER_URL": address(roles.OWNER),
            "DATABASE_URL": address(app),
            "PORT": "0",
        }
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=kept | production,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_preparation_migration_check_and_mighty_roles(server, manage):
    for _again in range(2):  # an operator will
        prepared = manage("manage.py", "prepare_database")
        assert prepared.returncode == 0, prepared.stderr
    assert kept_as_scram(server) == [(roles.APP, True), (roles.OWNER, True)]

    unready = manage("manage.py", "check_database")
    assert unready.returncode == 1
    assert "Migrations are pending" in unready.stderr
    migrated = manage("manage.py", "migrate", "--no-input")
    assert migrated.returncode == 0, migrated.stderr
    ready = manage("manage.py", "check_database")
    assert (ready.returncode, ready.stderr) == (0, "")
    assert "The database is fit for use." in ready.stdout

    with server.connect("postgres") as superuser:
        superuser.execute("ALTER ROLE relief_app SET lock_timeout = '1h'")
        assert (
            "settings of its own (lock_timeout=1h)" in manage("manage.py", "check_database").stderr
        )
        superuser.execute("ALTER ROLE relief_app RESET ALL")

    for role, said in MIGHTY.items():
        checked = manage("manage.py", "check_database", app=role)
        assert checked.returncode == 1
        assert said in checked.stderr
        web = manage("-m", "gunicorn", "--config=python:relief.gunicorn", "relief.wsgi", app=role)
        assert web.returncode == 1
        assert said in web.stderr
        assert "Traceback" not in web.stderr


def kept_as_scram(server):
    """The roles that have a password, and whether the server holds only its hash."""
    with server.connect("postgres") as superuser:
        return superuser.execute(
            "SELECT rolname, rolpassword LIKE 'SCRAM-SHA-256$%%' FROM pg_authid"
            " WHERE rolname = ANY (%s) AND rolpassword IS NOT NULL ORDER BY rolname",
            [list(roles.ALL)],
        ).fetchall()


def test_address_of_the_wrong_role_is_refused(manage):
    refused = manage("manage.py", "prepare_database", app="somebody")
    assert refused.returncode == 1
    assert "DATABASE_URL must log in as relief_app" in refused.stderr
