"""Sealing a file of any size, a piece at a time: memory does not grow with the file.

Each piece is sealed for its own place and number, the last one as the last: a file that was cut
off, or whose pieces were exchanged, does not open.
"""

from collections.abc import Iterable, Iterator
from typing import IO, Final

from relief.lib.crypto.sealing import DataKey, SealError

PIECE: Final = 256 * 1024
_LENGTH_BYTES: Final = 4
#: Sealing adds the algorithm, a nonce and a tag to a piece.
_LONGEST: Final = PIECE + 64


def seal_stream(key: DataKey, pieces: Iterable[bytes], target: IO[bytes], place: str) -> None:
    """Write the pieces (any sizes) sealed into the target."""
    number, waiting = 0, b""
    for piece in pieces:
        waiting += piece
        while len(waiting) > PIECE:
            _write(target, key.seal(waiting[:PIECE], f"{place}.{number}"))
            number, waiting = number + 1, waiting[PIECE:]
    _write(target, key.seal(waiting, f"{place}.{number}.last"))


def open_stream(key: DataKey, source: IO[bytes], place: str) -> Iterator[bytes]:
    """The pieces, top down. Raises SealError when anything is missing, added or changed."""
    number = 0
    sealed = _read(source, place)
    while sealed:
        following = _read(source, place)
        end = "" if following else ".last"
        yield key.open(sealed, f"{place}.{number}{end}")
        number, sealed = number + 1, following
    if not number:
        raise SealError(place)


def _write(target: IO[bytes], sealed: bytes) -> None:
    target.write(len(sealed).to_bytes(_LENGTH_BYTES, "big"))
    target.write(sealed)


def _read(source: IO[bytes], place: str) -> bytes:
    """One sealed piece, b"" at the end."""
    head = source.read(_LENGTH_BYTES)
    if not head:
        return b""
    length = int.from_bytes(head, "big")
    sealed = source.read(length) if length <= _LONGEST else b""
    if len(head) < _LENGTH_BYTES or not sealed or len(sealed) < length:
        raise SealError(place)
    return sealed
