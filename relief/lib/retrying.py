"""Doing an act again that PostgreSQL rolled back for the sake of another one."""

from collections.abc import Callable
from typing import Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from relief.lib.http import sqlstate

T = TypeVar("T")

#: Serialization failure, deadlock, lock not available: nothing was written, the same may be tried.
AGAIN: Final = frozenset({"40001", "40P01", "55P03"})
TRIES: Final = 3


def retried(act: Callable[[], T]) -> T:
    """Call `act` up to three times; for the outermost caller (view, job, command) alone.

    Raises ValidationError: busy. It says 请重试 and never that something is missing.
    """
    assert not connection.in_atomic_block, "a part of a transaction cannot be tried again"
    for left in reversed(range(TRIES)):
        try:
            return act()
        except OperationalError as error:
            if sqlstate(error) not in AGAIN:
                raise
            if not left:
                text = "有人正在办理同一笔款物，请稍后重试。"
                raise ValidationError(text, code="busy") from error
    raise AssertionError
