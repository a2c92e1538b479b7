"""Many rows at once: COPY for new ones, one prepared statement for changed ones.

Django's cursors know neither, and what carries the actor into row history does not see them; so
the actor is carried into the transaction first.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import psycopg
from django.db import connection, models
from psycopg import sql


@contextmanager
def bulk_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """The driver's own cursor, inside a transaction that knows who acts."""
    with connection.cursor() as cursor:
        cursor.execute("VALUES (1)")  # any statement that is no SELECT carries the actor
        with connection.wrap_database_errors:
            yield cursor.cursor


def copy_in(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model by COPY. Keys that the database makes are not read back."""
    if not rows:
        return
    model = type(rows[0])
    fields = [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
    )
    names = [field.attname for field in fields]
    with bulk_cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([getattr(row, name) for name in names])


def update_rows(changes: Iterable[tuple[models.Model, frozenset[str]]]) -> None:
    """Write the named columns (attnames) of rows of one model, each row its own."""
    ordered = sorted(changes, key=lambda change: sorted(change[1]))
    with bulk_cursor() as cursor:
        for names, group in groupby(ordered, key=lambda change: sorted(change[1])):
            rows = [row for row, _ in group]
            cursor.executemany(
                _update_of(type(rows[0]), names),
                [[*(getattr(row, name) for name in names), row.pk] for row in rows],
            )


def _update_of(model: type[models.Model], names: Sequence[str]) -> sql.Composed:
    columns = [str(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr]  # concrete
    pk = model._meta.pk
    assert pk is not None
    return sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns),
        sql.Identifier(pk.column),
    )
