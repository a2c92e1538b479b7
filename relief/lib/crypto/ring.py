"""The key ring: several secrets, of which the first wraps and all unwrap.

So a new secret is put in front, `rotate_keys` wraps everything anew, and the old one is taken out.
The ring never touches a personal value itself: it wraps the data key of each person.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from relief.lib.crypto.sealing import KEY_BYTES, DataKey, SealError

#: Letters of the name of a ring key: enough to tell keys apart, nothing about the key.
ID_LETTERS: Final = 8


class KeyRing:
    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = {_name(secret): DataKey(_derived(secret, b"wrap")) for secret in secrets}
        #: The name of the key that wraps, kept beside what it wrapped.
        self.current = _name(secrets[0])

    def wrap(self, key: DataKey, place: str) -> bytes:
        return key.wrapped(self._keys[self.current], place)

    def unwrap(self, wrapped: bytes, ring_key: str, place: str) -> DataKey:
        """Raises SealError: the secret is not in the ring any more, or the wrapping was changed."""
        if ring_key not in self._keys:
            raise SealError(place)
        return DataKey(self._keys[ring_key].open(wrapped, place))

    def seal(self, value: bytes, place: str) -> str:
        """A short secret that belongs to no person's key, as text: ring key, dot, base64."""
        sealed = self._keys[self.current].seal(value, place)
        return f"{self.current}.{urlsafe_b64encode(sealed).decode()}"

    def open(self, text: str, place: str) -> bytes:
        """Raises SealError: not sealed, the secret is not in the ring, or it was changed."""
        name, _, sealed = text.partition(".")
        if name not in self._keys:
            raise SealError(place)
        try:
            return self._keys[name].open(urlsafe_b64decode(sealed), place)
        except ValueError:  # no base64
            raise SealError(place) from None


def _name(secret: str) -> str:
    return _derived(secret, b"name").hex()[:ID_LETTERS]


def _derived(secret: str, purpose: bytes) -> bytes:
    info = b"relief key ring: " + purpose
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.encode())
