"""The blind index: finds an exact value without storing it.

HMAC-SHA-256 under a key of its own, derived once more per kind of value, so that the index of a
phone number says nothing about an ID number. Never a plain hash: all ID numbers of a county are
hashed in a minute. Source: SECURITY §2.8.
"""

import hmac
import unicodedata
from typing import Final

#: Half of SHA-256 is far from any collision and keeps the index small.
INDEX_BYTES: Final = 16


class BlindIndex:
    """The index of one kind of value; the same kind in two tables is found in both."""

    def __init__(self, secret: str, kind: str) -> None:
        self._key = hmac.digest(secret.encode(), f"blind index: {kind}".encode(), "sha256")

    def of(self, text: str) -> bytes | None:
        """None for a text without a letter or digit: an empty value has no double."""
        folded = _folded(text)
        return hmac.digest(self._key, folded.encode(), "sha256")[:INDEX_BYTES] if folded else None


def _folded(text: str) -> str:
    """What all spellings of one number have in common: width, blanks, quotes and case are gone."""
    if not (text.isascii() and text.isalnum()):
        normal = unicodedata.normalize("NFKC", text)
        text = "".join(letter for letter in normal if letter.isalnum())
    return text.upper()
