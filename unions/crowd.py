"""How many secrets this process checks at once.

One check takes a thread, a core and 100 MB. Whoever finds no seat soon is told so, so that other
pages keep their threads (WEB_THREADS), and one address cannot take all the seats. Addresses that
went wrong lately share what they may have, so that a flood from many of them leaves room for
whoever comes with the right password.
"""

import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

SEATS = 4
SEATS_OF_AN_ADDRESS = 3
#: Who comes while all are taken waits a moment: colleagues log in at nine behind one address.
PLACES_TO_WAIT = 2
WAIT_SECONDS = 1.0

#: An address with so many wrong tries in so many seconds gets one of these seats, and none to wait.
WRONG_TRIES = 3
WRONG_SECONDS = 60.0
SEATS_AFTER_WRONG = 2
#: So many addresses are remembered; who has been quiet longest is forgotten first.
_REMEMBERED = 10_000

_taken: Counter[str | None] = Counter()
#: address → when it went wrong, the last few times.
_wrong: dict[str | None, deque[float]] = {}
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


def note_failure(address: str | None) -> None:
    """A wrong secret came from there."""
    with _door:
        times = _wrong.pop(address, deque(maxlen=WRONG_TRIES))
        times.append(time.monotonic())
        _wrong[address] = times  # now the youngest
        if len(_wrong) > _REMEMBERED:
            del _wrong[next(iter(_wrong))]


def _went_wrong(address: str | None) -> bool:
    times = _wrong.get(address)
    if times is None or len(times) < WRONG_TRIES:
        return False
    return time.monotonic() - times[0] < WRONG_SECONDS


def _is_free(address: str | None) -> bool:
    if _taken.total() >= SEATS or _taken[address] >= SEATS_OF_AN_ADDRESS:
        return False
    if not _went_wrong(address):
        return True
    theirs = sum(count for other, count in _taken.items() if _went_wrong(other))
    return theirs < SEATS_AFTER_WRONG


def _wait(address: str | None) -> bool:
    """Whether a seat became free in time."""
    global _waiting  # noqa: PLW0603 (one count for the process, changed under the lock only)
    if _waiting >= PLACES_TO_WAIT or _went_wrong(address):
        return False
    _waiting += 1
    try:
        return _door.wait_for(lambda: _is_free(address), WAIT_SECONDS)
    finally:
        _waiting -= 1
