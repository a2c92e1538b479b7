"""The role for figures reads nothing with which one could act as somebody."""

from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, transaction

from relief.roles import READER
from tests.audit.attacker import rows, run
from tests.cast import Cast

pytestmark = pytest.mark.django_db

SECRETS = [
    "SELECT session_key FROM unions_session",
    "SELECT key FROM otp_totp_totpdevice",
    "SELECT token FROM otp_static_statictoken",
    "SELECT password FROM unions_user",
    "SELECT activation_hash FROM unions_user",
    "SELECT password FROM unions_passwordrecord",
    "SELECT username FROM axes_accessfailurelog",
]


@pytest.fixture
def reader(cast: Cast) -> Iterator[None]:
    """Statements run as the role for figures."""
    with transaction.atomic():
        run(f"SET LOCAL ROLE {READER}")
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("statement", SECRETS)
def test_the_reader_sees_no_way_in(reader: None, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(statement)


def test_the_reader_sees_who_there_is(reader: None):
    named = rows("SELECT full_name FROM unions_user u JOIN unions_staff s ON s.user_id = u.id")
    assert named
