"""Whether the role the app connects as is too mighty: a wall that every start runs into.

A superuser or the owner of a table could switch the triggers off that keep the records true.
Source: SECURITY §0.3, DESIGN §3 (docs/decisions/0003-database-roles.md).
"""

from typing import Protocol

import psycopg

from relief import database
from relief.starting import StartError

LEAST_VERSION = 15

_RIGHTS = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
#: Its own tables and those of every role it may become.
_OWNED = """
SELECT count(*) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  AND pg_has_role(current_user, tableowner, 'MEMBER')
"""

#: What `ALTER ROLE … SET` put down for the role, which it may do to itself.
OWN_SETTINGS = """
SELECT string_agg(array_to_string(setconfig, ', '), ', ')
FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole WHERE rolname = current_user
"""


class Cursor(Protocol):
    """What psycopg's and Django's cursors have in common."""

    def execute(self, query: str, /) -> object: ...
    def fetchone(self) -> tuple[object, ...] | None: ...


def value(cursor: Cursor, query: str) -> object:
    """The first column of the first row."""
    cursor.execute(query)
    row = cursor.fetchone()
    return row[0] if row else None


def excess_rights(cursor: Cursor) -> list[str]:
    """Sentences about what the current role may do and the app must not; empty when all is well."""
    cursor.execute(_RIGHTS)
    is_superuser, bypasses = cursor.fetchone() or (False, False)
    found = []
    if is_superuser:
        found.append("The role is a superuser.")
    if bypasses:
        found.append("The role has BYPASSRLS.")
    if not is_superuser and value(cursor, _OWNED):
        found.append("The role owns tables, or may become the role that owns them.")
    return found


def refuse_excess_rights() -> None:
    """Stop the start of a server process whose role may more than the app needs."""
    try:
        connection = psycopg.connect(database.conninfo_for("app"), connect_timeout=10)
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise StartError("无法连接数据库。", f"The database cannot be reached: {said}") from None
    with connection, connection.cursor() as cursor:
        found = excess_rights(cursor)
    if found:
        raise StartError(
            "数据库账号权限过大，拒绝启动。",
            f"{' '.join(found)} DATABASE_URL must name the app role (relief_app).",
        )
