"""How many secrets this process checks at once.

One check takes a thread, a core and 100 MB. Whoever finds no seat is told so at once, so that other
pages keep their threads (WEB_THREADS), and one address cannot take all the seats.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

SEATS = 4
SEATS_OF_AN_ADDRESS = 2

_taken: Counter[str | None] = Counter()
_door = Lock()


class TooManyAtOnce(Exception):  # noqa: N818 (what it says, not an error of ours)
    """More tries than can be judged now; nothing was judged, nothing is counted."""


@contextmanager
def seat(address: str | None) -> Iterator[None]:
    """A seat for one check of a secret. Raises TooManyAtOnce when none is free."""
    with _door:
        if _taken.total() >= SEATS or _taken[address] >= SEATS_OF_AN_ADDRESS:
            raise TooManyAtOnce
        _taken[address] += 1
    try:
        yield
    finally:
        with _door:
            _taken[address] -= 1
            if not _taken[address]:
                del _taken[address]
