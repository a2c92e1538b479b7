"""Running a module of ours in a process of its own, for files that a library may die of.

The child gets the file and the limits, and nothing else: no address, no secret, no database, no
terminal. Source: SECURITY §4 (docs/decisions/0010-workbooks.md).
"""

import signal
import subprocess
import sys
from enum import Enum, auto
from pathlib import Path
from typing import IO, Any, Final

#: The folder that holds the package `relief`.
_ROOT: Final = Path(__file__).resolve().parents[2]
#: How the system ends a process that used up its processor time.
_OUT_OF_TIME: Final = frozenset({-signal.SIGXCPU, -signal.SIGKILL})
#: Too much written, or the ends of a library that got no more memory.
_OUT_OF_SPACE: Final = frozenset({-signal.SIGXFSZ, -signal.SIGABRT, -signal.SIGSEGV})


class End(Enum):
    """How the child ended; what it wrote says whether it understood the file."""

    BY_ITSELF = auto()
    TOO_SLOW = auto()
    TOO_COMPLEX = auto()


def run_limited(
    module: str, argument: str, *, stdin: IO[Any], stdout: IO[Any], wall_seconds: float
) -> End:
    """Run `python -m module argument`; both files must be real ones."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", module, argument],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={"PATH": "", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=wall_seconds,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return End.TOO_SLOW
    if ended.returncode in _OUT_OF_TIME:
        return End.TOO_SLOW
    if ended.returncode in _OUT_OF_SPACE:
        return End.TOO_COMPLEX
    return End.BY_ITSELF
