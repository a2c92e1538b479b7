"""A file sealed in pieces opens whole or not at all."""

from io import BytesIO

import pytest

from relief.lib.crypto.sealing import DataKey, SealError
from relief.lib.crypto.streams import PIECE, open_stream, seal_stream

KEY = DataKey(bytes(range(32)))
LONG = bytes(range(256)) * (PIECE // 100)


def sealed(content, pieces=1):
    target = BytesIO()
    step = max(1, -(-len(content) // pieces))
    seal_stream(KEY, [content[at : at + step] for at in range(0, len(content), step)], target, "a")
    return target.getvalue()


def opened(stored, key=KEY, place="a"):
    return b"".join(open_stream(key, BytesIO(stored), place))


@pytest.mark.parametrize("content", [b"", b"x", LONG[:PIECE], LONG[: PIECE + 1], LONG])
@pytest.mark.parametrize("pieces", [1, 7])
def test_what_goes_in_comes_out(content, pieces):
    stored = sealed(content, pieces)
    assert opened(stored) == content
    assert LONG[1000:1100] not in stored


@pytest.mark.parametrize(
    "harm",
    [
        lambda stored: stored[:-1],
        lambda stored: stored[: PIECE + 33],  # without the last pieces, at a border
        lambda stored: b"",
        lambda stored: stored[PIECE + 33 :],  # without the first one
        lambda stored: stored[:50] + bytes([stored[50] ^ 1]) + stored[51:],
        lambda stored: b"\xff" + stored[1:],
        lambda stored: stored + stored[-80:],
    ],
)
def test_a_harmed_file_does_not_open(harm):
    with pytest.raises(SealError):
        opened(harm(sealed(LONG)))


def test_another_key_or_place_does_not_open():
    for key, place in [(DataKey.new(), "a"), (KEY, "b")]:
        with pytest.raises(SealError):
            opened(sealed(LONG), key, place)
