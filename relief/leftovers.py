"""Lock files of a PostgreSQL server that was killed, or whose folder was deleted under it.

PostgreSQL looks only whether the process number in the file is in use. A zombie's number, or after
a reboot another program's, would make it refuse for ever.
"""

import os
import signal
from pathlib import Path


def clear(lock_file: Path) -> None:
    """Remove the file if no server stands behind it; end a server whose data are gone.

    Children of a killed server, if any are left, still stop a second one: it finds their shared
    memory. Where there is no /proc nothing is done, and PostgreSQL judges alone.
    """
    try:
        text = lock_file.read_text(encoding="utf-8", errors="replace")
        number = text.split("\n", 1)[0].strip()
        if not number.isdecimal():
            _clear_unreadable(lock_file)
            return
        process = Path("/proc", number)
        status = (process / "status").read_text(encoding="utf-8")
        if "Name:\tpostgres\n" not in status or "State:\tZ" in status:
            lock_file.unlink()
        elif str((process / "cwd").readlink()).endswith(" (deleted)"):
            os.kill(int(number), signal.SIGQUIT)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        # No file, no such process any more, or somebody else's: PostgreSQL settles it.
        return


def _clear_unreadable(lock_file: Path) -> None:
    """A full disk or a power cut leaves an empty file, which PostgreSQL refuses for ever.

    Nothing is removed while any process works in that folder: a server's own place is its data.
    """
    folder = lock_file.parent.resolve()
    if Path("/proc/self/cwd").exists() and not any(
        _works_in(process, folder) for process in Path("/proc").glob("[0-9]*")
    ):
        lock_file.unlink()


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False
