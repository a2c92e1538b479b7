"""How many secrets this process checks at once.

One check takes a thread, a core and 100 MB. Whoever finds no seat soon is told so, so that other
pages keep their threads (WEB_THREADS), and one address cannot take all the seats.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

SEATS = 4
SEATS_OF_AN_ADDRESS = 3
#: Who comes while all are taken waits a moment: colleagues log in at nine behind one address.
PLACES_TO_WAIT = 2
WAIT_SECONDS = 1.0

_taken: Counter[str | None] = Counter()
_waiting = 0
_door = Condition()


class TooManyAtOnce(Exception):  # noqa: N818 (what it says, not an error of ours)
    """More tries than can be judged now; nothing was judged, nothing is counted."""


@contextmanager
def seat(address: str | None) -> Iterator[None]:
    """A seat for one check of a secret. Raises TooManyAtOnce when none is free."""
    with _door:
        if not (_is_free(address) or _wait(address)):
            raise TooManyAtOnce
        _taken[address] += 1
    try:
        yield
    finally:
        with _door:
            _taken[address] -= 1
            if not _taken[address]:
                del _taken[address]
            _door.notify_all()


def _is_free(address: str | None) -> bool:
    return _taken.total() < SEATS and _taken[address] < SEATS_OF_AN_ADDRESS


def _wait(address: str | None) -> bool:
    """Whether a seat became free in time."""
    global _waiting  # noqa: PLW0603 (one count for the process, changed under the lock only)
    if _waiting >= PLACES_TO_WAIT:
        return False
    _waiting += 1
    try:
        return _door.wait_for(lambda: _is_free(address), WAIT_SECONDS)
    finally:
        _waiting -= 1
