from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests import cast as casting
from tests.audit.attacker import as_superuser, rows
from tests.cast import PASSWORD, Cast, set_password
from unions.models import Staff, User
from unions.services.accounts import create_account
from unions.services.staff import post_staff

Hire = Callable[..., Staff]
#: (client, user name, password, then what Client.post takes) → the answer.
LogIn = Callable[..., Any]


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


_SNAPSHOT = Snapshot()


@pytest.fixture
def cast(db: None) -> Cast:
    return _SNAPSHOT.restored()


@pytest.fixture
def hire(cast: Cast) -> Hire:
    """One more person: `hire("tom", Role.MAKER, "east-1")`; a known name gets one more posting."""

    def post(username: str, role: str, union: str, **period: Any) -> Staff:
        user = User.objects.filter(username=username).first() or create_account(
            by=None, username=username, full_name=f"新{username}"
        )
        return post_staff(by=None, user=user, union=cast.unions[union], role=role, **period)

    return post


@pytest.fixture
def with_password(cast: Cast) -> Callable[[str], User]:
    """The account of that name, activated with the password of the tests."""

    def activated(name: str) -> User:
        user = User.objects.get(username=name)
        set_password(user)
        return user

    return activated


@pytest.fixture
def log_in() -> LogIn:
    def post(client: Any, username: str, password: str = PASSWORD, **options: Any) -> Any:
        data = {"username": username, "password": password}
        return client.post(reverse("login"), data, **options)

    return post
