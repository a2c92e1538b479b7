"""The suite's databases: one migrated template, cloned for every process that runs tests.

The name of the template carries a fingerprint of everything a migrated database depends on, so a
run can never see a stale schema; while nothing changes it is made once.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from relief import roles
from tests import settings as suite

_FINGERPRINTED = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "fixtures/**/*",
    "relief/roles.py",
    "relief/lib/*.py",
    "requirements/base.txt",
    "tests/database.py",
)


def connect(database: str, **parts: str) -> roles.Connection:
    return psycopg.connect(**(suite.TEST_SERVER | parts), dbname=database, autocommit=True)


@contextmanager
def cloned() -> Iterator[str]:
    """Point Django's connection at a fresh clone of the template; drop it at the end."""
    name = f"relief_test_{os.getpid()}"
    with _alone() as maintenance:
        template = _template(maintenance)
        _drop_left_behind(maintenance)
        command = sql.SQL("CREATE DATABASE {} OWNER relief_owner TEMPLATE {}")
        maintenance.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
    roles.prepare(connect, database=name)
    _use(name, role=roles.APP)
    connection.ops.execute_sql_flush = _reset  # type: ignore[method-assign, assignment]
    try:
        yield name
    finally:
        connection.close()
        with connect("postgres") as maintenance:
            _drop(maintenance, name)


def drop_templates() -> None:
    with _alone() as maintenance:
        for name in _names(maintenance, "relief_template_%"):
            _drop(maintenance, name)


@contextmanager
def _alone() -> Iterator[roles.Connection]:
    """A maintenance connection; other processes of other runs wait."""
    if suite.TEST_EMBEDDED:
        suite.TEST_EMBEDDED.ensure_running()
    with connect("postgres") as maintenance:
        maintenance.execute("SELECT pg_advisory_lock(hashtext('relief tests'))")
        yield maintenance


def _template(maintenance: roles.Connection) -> str:
    """The name of the template for the code as it is, made when it is missing."""
    name = f"relief_template_{_fingerprint()}"
    existing = _names(maintenance, "relief_template_%")
    if name in existing:
        return name
    for old in existing:
        _drop(maintenance, old)
    unfinished = "relief_template_new"
    roles.prepare(connect, database=unfinished)
    _use(unfinished, role=roles.OWNER)
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    with connect(unfinished) as database:
        _keep_rows(database)
    command = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    maintenance.execute(command.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in _FINGERPRINTED:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            if path.is_file() and ".venv" not in path.parts:
                digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _use(database: str, *, role: str) -> None:
    connection.close()
    timeouts = [part for part in _options() if not part.startswith("role=")]
    connection.settings_dict["NAME"] = database
    connection.settings_dict["OPTIONS"]["options"] = " ".join(
        f"-c {part}" for part in [f"role={role}", *timeouts]
    )


def _options() -> Sequence[str]:
    options: str = connection.settings_dict["OPTIONS"]["options"]
    return [part.strip() for part in options.split("-c ") if part.strip()]


def _tables(database: roles.Connection) -> list[str]:
    found = database.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename <> 'django_migrations' ORDER BY tablename"
    )
    return [name for (name,) in found]


def _keep_rows(database: roles.Connection) -> None:
    """Copy the rows that migrations wrote, so that a flush can bring them back."""
    database.execute("CREATE SCHEMA pristine")
    for name in _tables(database):
        table = sql.Identifier("public", name)
        copy = sql.Identifier("pristine", name)
        if database.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(table)).rowcount:
            database.execute(sql.SQL("CREATE TABLE {} AS SELECT * FROM {}").format(copy, table))


_COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns
WHERE table_schema = 'public' AND is_generated = 'NEVER'
  AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'pristine')
GROUP BY table_name
"""


def _reset(_statements: Iterable[str]) -> None:
    """Empty every table and bring back the rows of the migrations.

    Takes the place of Django's flush after a transactional test. `replica` silences the triggers
    that protect append-only tables, which only a superuser may ask for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name != "django_migrations"]
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        cursor.execute(_COLUMNS)
        for table, columns in cursor.fetchall():
            cursor.execute(
                f'INSERT INTO public."{table}" ({columns}) OVERRIDING SYSTEM VALUE'
                f' SELECT {columns} FROM pristine."{table}"'
            )


def _names(maintenance: roles.Connection, pattern: str) -> list[str]:
    found = maintenance.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
    return [name for (name,) in found]


def _drop_left_behind(maintenance: roles.Connection) -> None:
    """Drop the clones of runs that were killed."""
    for name in _names(maintenance, "relief\\_test\\_%"):
        number = name.removeprefix("relief_test_")
        if number.isdecimal() and not _is_alive(int(number)):
            _drop(maintenance, name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drop(maintenance: roles.Connection, name: str) -> None:
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    maintenance.execute(command.format(sql.Identifier(name)))
