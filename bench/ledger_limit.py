"""The limit of an import: reading the cells, and one COPY of them into one table with indexes."""

from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql
from python_calamine import CalamineWorkbook

from bench.ledger_rows import headings
from bench.measuring import Cost, measured
from relief.lib.bulk import bulk_cursor

_TABLE: Final = sql.Identifier("bench_copy")
_ID: Final = "身份证号码"


def run(file: Path, rows: int) -> dict[str, Cost]:
    cells, reading = measured(lambda: _read(file))
    columns = headings(len(cells[0]))
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute(_table(columns))
    _, copying = measured(lambda: _copy(columns, cells))
    return {"reading": reading, "indexed COPY": copying}


def _read(file: Path) -> list[list[Any]]:
    """Alone: no child, no guard, every cell as the library gives it."""
    sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
    return [list(row) for row in sheet.iter_rows()][1:]


def _table(columns: list[str]) -> sql.Composed:
    named = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(one)) for one in columns)
    return sql.SQL(
        "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {named});"
        " CREATE INDEX ON {table} ({key}); CREATE INDEX ON {table} (姓名);"
        " CREATE INDEX ON {table} (联系电话)"
    ).format(table=_TABLE, named=named, key=sql.Identifier(_ID))


def _copy(columns: list[str], cells: list[list[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        _TABLE, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with transaction.atomic(), bulk_cursor() as cursor, cursor.copy(statement) as copy:
        for row in cells:
            copy.write_row(row)
