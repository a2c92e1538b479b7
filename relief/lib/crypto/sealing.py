"""AES-256-GCM of one value, bound to the place where it stands.

A sealed value is one byte that names the algorithm, 12 bytes of nonce, the ciphertext and its tag.
The place (table, column, row) is authenticated with it: moved to another row, column or table, a
value opens no more than under a wrong key. Source: SECURITY §2.8, docs/decisions/0011.
"""

import os
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_AES_256_GCM: Final = b"\x01"


class SealError(Exception):
    """The value was sealed under another key, for another place, or was changed since."""


class DataKey:
    """One key. It shows itself to nobody: neither its bytes nor what it opened are in a repr."""

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def new(cls) -> Self:
        return cls(os.urandom(KEY_BYTES))

    def seal(self, value: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        bound = self._cipher.encrypt(nonce, value, _AES_256_GCM + place.encode())
        return _AES_256_GCM + nonce + bound

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises SealError; it never returns a value that it cannot vouch for."""
        nonce, bound = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _AES_256_GCM or len(bound) < 16:
            raise SealError(place)
        try:
            return self._cipher.decrypt(nonce, bound, _AES_256_GCM + place.encode())
        except InvalidTag:
            raise SealError(place) from None

    def wrapped(self, by: "DataKey", place: str) -> bytes:
        """This key, sealed under another one."""
        return by.seal(self._key, place)
