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
        number = lock_file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        process = Path("/proc", number)
        status = (process / "status").read_text(encoding="utf-8")
        if "Name:\tpostgres\n" not in status or "State:\tZ" in status:
            lock_file.unlink()
        elif str((process / "cwd").readlink()).endswith(" (deleted)"):
            os.kill(int(number), signal.SIGQUIT)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        # No file, no such process any more, or somebody else's: PostgreSQL settles it.
        return
