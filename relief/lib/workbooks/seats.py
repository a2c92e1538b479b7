"""How many workbooks this process reads within requests; a child may take 90 s and 1 GiB."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.core.exceptions import ValidationError

#: One thread may wait for a child while the others go on serving pages.
_seat = BoundedSemaphore(1)
WAIT_SECONDS = 2.0


@contextmanager
def reading_seat() -> Iterator[None]:
    """The seat for reading a small list while somebody waits; large files go through a job.

    Raises ValidationError: crowded.
    """
    if not _seat.acquire(timeout=WAIT_SECONDS):
        raise ValidationError("正在读取别人上传的文件，请过一分钟再试。", code="crowded")
    try:
        yield
    finally:
        _seat.release()
