"""Codes that people copy from paper."""

import secrets

#: No letters or digits that are mistaken for one another on paper.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_code(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
