"""What somebody with more rights than the app may try: as the tables' owner, as a superuser."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from relief import roles


@contextmanager
def as_owner() -> Iterator[None]:
    """Inside, statements run as the role that owns the tables and migrates."""
    with _as("relief_owner"):
        yield


@contextmanager
def as_superuser(*, silent: bool = False) -> Iterator[None]:
    """Inside, statements run as superuser; `silent` also switches every trigger off."""
    with _as("NONE"):
        if silent:
            run("SET LOCAL session_replication_role = replica")
        yield
        if silent:
            run("SET LOCAL session_replication_role = origin")


def run(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Run one statement past the ORM; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


@contextmanager
def _as(role: str) -> Iterator[None]:
    with transaction.atomic():
        run(f"SET LOCAL ROLE {role}")
        yield
        run(f"SET LOCAL ROLE {roles.APP}")
