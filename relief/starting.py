"""What every start has in common: private folders, and one line for the operator if it fails."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

#: Root's database server runs as another user, who passes through and lists nothing.
PRIVATE = 0o711 if os.geteuid() == 0 else 0o700


class StartError(SystemExit):
    """The start ends here; the message is the last line on the screen, the exit code 1."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"relief: {chinese} {english}")


_REASONS = {
    errno.ENOSPC: ("磁盘已满，无法启动。", "The disk is full."),
    errno.EDQUOT: ("磁盘配额已用完，无法启动。", "The disk quota is used up."),
    errno.EROFS: ("文件夹只读，无法启动。", "The folder is read-only."),
    errno.EACCES: ("没有权限写入文件夹，无法启动。", "No permission to write the folder."),
    errno.EPERM: ("没有权限写入文件夹，无法启动。", "No permission to write the folder."),
}


@contextmanager
def explained() -> Iterator[None]:
    """Turn an error of the file system into one line."""
    try:
        yield
    except OSError as error:
        chinese, english = _REASONS.get(error.errno or 0, ("无法启动。", "Cannot start."))
        raise StartError(chinese, f"{english} ({error})") from None


def private_folder(folder: Path) -> None:
    """Make a folder that nobody else reads; one that an operator made stays as he made it."""
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def _privately(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def open_lock(path: Path) -> TextIO:
    """A lock file that nobody else opens: whoever can open it can hold it, and stop every start."""
    lock = open(path, "a+", encoding="ascii", opener=_privately)  # noqa: SIM115 (Path.open takes no opener; the caller closes it)
    if os.fstat(lock.fileno()).st_mode & 0o077:
        path.chmod(0o600)  # made by an earlier version
    return lock


def locked(lock: TextIO) -> bool:
    """Whether this process holds the lock now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def failed(what: tuple[str, str], said: str) -> StartError:
    """`what` failed, in both languages; `said` is everything that program wrote."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror:"))]
    last = (telling or lines or ["no message"])[-1]
    for number, (chinese, english) in _REASONS.items():
        if os.strerror(number) in said:
            return StartError(chinese, f"{english} ({last})")
    return StartError(what[0], f"{what[1]} {last}")
