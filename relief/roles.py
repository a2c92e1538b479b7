"""The three roles that log in, and what each may do: one place for every server.

The owner migrates, the app reads and writes rows, the reader only reads. Append-only tables take
more away in their own migrations (relief.lib.grants).
Source: DESIGN §3 and §8.6 (docs/decisions/0003-database-roles.md).
"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

OWNER = "relief_owner"
APP = "relief_app"
READER = "relief_reader"
ALL = (OWNER, APP, READER)

#: CREATE ROLE gives neither SUPERUSER nor BYPASSRLS by default; check_database proves it.
_CREATE_ROLE = "CREATE ROLE {role} LOGIN"

_DATABASE_GRANTS = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO relief_owner, relief_app, relief_reader;
"""

_SCHEMA_GRANTS = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO relief_owner;
GRANT USAGE ON SCHEMA public TO relief_app, relief_reader;
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE relief_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO relief_app;
ALTER DEFAULT PRIVILEGES FOR ROLE relief_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO relief_app;
ALTER DEFAULT PRIVILEGES FOR ROLE relief_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO relief_reader;
"""

Connection = psycopg.Connection[tuple[Any, ...]]
#: Opens a superuser's autocommit connection to the database of that name.
Connect = Callable[[str], Connection]


def prepare(connect: Connect, *, database: str, passwords: dict[str, str] | None = None) -> None:
    """Create what is missing of the roles and the database, and set their rights.

    `passwords` is by role; a role without one keeps what it has.
    """
    with connect("postgres") as maintenance:
        for role in ALL:
            _create_role(maintenance, role, (passwords or {}).get(role, ""))
        _create_database(maintenance, database)
    with connect(database) as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL(_DATABASE_GRANTS).format(database=name))
        connection.execute(_SCHEMA_GRANTS)


def _create_role(connection: Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        connection.execute(sql.SQL(_CREATE_ROLE).format(role=name))
    if password:
        # Hashed here, so that the password itself is in no statement and no server log.
        encoding = connection.pgconn.encrypt_password(password.encode(), role.encode())
        command = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(command.format(name, sql.Literal(encoding.decode())))


def _create_database(connection: Connection, database: str) -> None:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
        return
    command = sql.SQL("CREATE DATABASE {} OWNER relief_owner ENCODING 'UTF8' TEMPLATE template0")
    connection.execute(command.format(sql.Identifier(database)))
