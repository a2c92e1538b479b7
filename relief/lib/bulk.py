"""Many rows at once: COPY for new ones, one statement for those that change in the same columns.

Django's cursors know neither, and what carries the actor into row history does not see them; so
the actor is carried into the transaction first.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import psycopg
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.base import ModelState
from psycopg import sql

M = TypeVar("M", bound=models.Model)


@contextmanager
def without_collecting() -> Iterator[None]:
    """For one batch of rows: looking for cycles among 100,000 new objects that have none takes a
    quarter of the time. What is dropped is freed at once all the same."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def new_row(model: type[M], **values: Any) -> M:
    """As `model(**values)`, for 100,000 of them: the values are attnames and taken as they are.

    A model's own constructor asks every field what to do with its value and sends two signals,
    which takes longer than sealing and writing the row.
    """
    row = model.__new__(model)
    plain, made = _defaults(model)
    inside = row.__dict__
    inside.update(plain)
    for name, make in made:
        if name not in values:
            inside[name] = make()
    inside.update(values)
    inside["_state"] = ModelState()
    return row


@cache
def _defaults(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What a new row has in each column: the same for all rows, or made for each."""
    plain, made = {}, []
    for field in model._meta.concrete_fields:
        if callable(field.default) and field.has_default():
            made.append((field.attname, field.default))
        else:
            plain[field.attname] = field.get_default()
    return plain, made


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
    values = itemgetter(*(field.attname for field in fields))
    with bulk_cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(values(row.__dict__))


def update_rows(changes: Iterable[tuple[models.Model, frozenset[str]]]) -> None:
    """Write the named columns (attnames) of rows of one model, each row its own."""
    ordered = sorted(changes, key=lambda change: sorted(change[1]))
    with bulk_cursor() as cursor:
        for names, group in groupby(ordered, key=lambda change: sorted(change[1])):
            rows = [row for row, _ in group]
            columns = [rows[0]._meta.get_field(name) for name in names]
            if any(isinstance(column, ArrayField) for column in columns):
                values = [[*(getattr(row, name) for name in names), row.pk] for row in rows]
                cursor.executemany(_update_of(type(rows[0]), names), values)
            else:
                lists = [[getattr(row, name) for row in rows] for name in [*names, "pk"]]
                cursor.execute(_update_all(type(rows[0]), names), lists)


@cache
def _types(model: type[models.Model]) -> dict[str, str]:
    """Attname → how PostgreSQL calls the type of the column, without its length: a cast to one
    would cut what is too long, where the column refuses it."""
    return {
        name: str(field.db_type(connection)).partition("(")[0]
        for field in model._meta.concrete_fields
        for name in (field.attname, *(["pk"] if field.primary_key else []))
    }


def _update_all(model: type[models.Model], names: Sequence[str]) -> sql.Composed:
    """One list for each column and one of the keys; arrays of arrays would be flattened."""
    types = _types(model)
    columns = [str(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr]  # concrete
    pk = model._meta.pk
    assert pk is not None
    lists = [sql.SQL("%s::{}[]").format(sql.SQL(types[name])) for name in [*names, "pk"]]
    changed = [
        sql.SQL("{} = new_values.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in columns
    ]
    return sql.SQL(
        "UPDATE {table} SET {changed} FROM unnest({lists}) AS new_values ({columns}, new_key)"
        " WHERE {table}.{key} = new_values.new_key"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        changed=sql.SQL(", ").join(changed),
        lists=sql.SQL(", ").join(lists),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        key=sql.Identifier(pk.column),
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
