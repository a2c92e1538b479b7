"""How long work reports and keeps what it did: inside a job, or without one."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from django.db import transaction


class Progress(Protocol):
    """`relief.jobs.running.Running` is one."""

    def advance(self, done: int, total: int, message: str = "", *, problems: int = 0) -> None: ...

    def commit(self) -> AbstractContextManager[None]: ...


class Directly:
    """For commands, and whoever does not wait for a worker."""

    def advance(self, done: int, total: int, message: str = "", *, problems: int = 0) -> None:
        """Nobody looks."""

    @contextmanager
    def commit(self) -> Iterator[None]:
        with transaction.atomic():
            yield
