"""The cast as rows: a test gets it a hundred times faster than through the services."""

from copy import deepcopy

from django.db import connection

from tests import cast as casting
from tests.audit.attacker import as_superuser, rows
from tests.cast import Cast


class Snapshot:
    """The cast as rows: built once by the services, then copied in, which is fifty times faster."""

    def __init__(self) -> None:
        self._cast: Cast | None = None
        self._rows: dict[str, list[bytes]] = {}

    def restored(self) -> Cast:
        if self._cast is None:
            self._cast = casting.build()
            self._rows = {table: self._read(table) for table in self._tables()}
        else:
            with as_superuser(silent=True), connection.cursor() as cursor:
                for table, lines in self._rows.items():
                    cursor.execute(f"DELETE FROM {table}")
                    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                        for line in lines:
                            copy.write(line)
        return deepcopy(self._cast)

    def _tables(self) -> list[str]:
        found = rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND (tablename LIKE 'unions%%' OR tablename LIKE 'audit%%')"
        )
        return [name for (name,) in found if rows(f"SELECT FROM {name} LIMIT 1")]

    def _read(self, table: str) -> list[bytes]:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
            return [bytes(line) for line in copy]


SNAPSHOT = Snapshot()
