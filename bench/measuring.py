"""What a piece of work costs: processor seconds of everybody who worked for it, and memory.

Walls depend on who else uses the machine, processor seconds hardly. The peak is that of this
process since the beginning of the piece; of children it is the greatest of all so far, and never
less than what this process held when it started them.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

from django.db import connection

T = TypeVar("T")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROCESS: Final = Path("/proc/self")


@dataclass(frozen=True)
class Cost:
    """Seconds, and MB: `peak` of this process, `grown` above what it held before, `child`."""

    wall: float = 0.0
    own: float = 0.0
    children: float = 0.0
    database: float = 0.0
    peak: float = 0.0
    grown: float = 0.0
    child: float = 0.0
    #: Multiplied from a run with so many times fewer rows.
    times: float = 1.0

    @property
    def cpu(self) -> float:
        return self.own + self.children + self.database

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        mine, its = asdict(self), asdict(other)
        sums = {name: mine[name] + its[name] for name in ("wall", "own", "children", "database")}
        tops = {name: max(mine[name], its[name]) for name in ("peak", "grown", "child", "times")}
        return Cost(**sums, **tops)


def measured(work: Callable[[], T], *, with_database: bool = True) -> tuple[T, Cost]:
    """Do it once."""
    held = _memory("VmRSS")
    (_PROCESS / "clear_refs").write_text("5")  # the peak begins here
    wall, before = time.perf_counter(), _seconds(with_database=with_database)
    result = work()
    after, wall = _seconds(with_database=with_database), time.perf_counter() - wall
    peak = _memory("VmHWM")
    own, children, database = (new - old for new, old in zip(after, before, strict=True))
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return result, Cost(wall, own, children, database, peak, peak - held, child)


def _seconds(*, with_database: bool) -> tuple[float, float, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        own.ru_utime + own.ru_stime,
        children.ru_utime + children.ru_stime,
        _backend_seconds() if with_database else 0.0,
    )


def _backend_seconds() -> float:
    """Of the PostgreSQL process that serves this connection; it has to run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    numbers = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(") ")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / _TICKS


def _memory(name: str) -> float:
    """MB, as the kernel counts them."""
    for line in (_PROCESS / "status").read_text("utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)
