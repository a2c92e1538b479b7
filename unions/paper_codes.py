"""Codes that people copy from paper."""

import secrets
from base64 import b32encode
from typing import Final

from relief.lib.crypto.keys import blind_index

#: No letters or digits that are mistaken for one another on paper.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_code(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


#: 80 bits, which are the sixteen letters of django-otp's column.
_KEPT_BYTES: Final = 10


def kept_code(user_id: int, code: str) -> str:
    """What the table holds of a recovery code: worth nothing without the key of the index."""
    digest = blind_index("recovery code").of(f"{user_id} {code}")
    assert digest is not None
    return b32encode(digest[:_KEPT_BYTES]).decode()
