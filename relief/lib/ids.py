"""Identifiers that sort by time."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID of version 7: milliseconds first, so new rows land at the end of the index.

    Made in Python because PostgreSQL 15 has no function for it (DESIGN §8.5).
    Source: RFC 9562 §5.7.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= ((random >> 64) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFF_FFFF_FFFF_FFFF
    return uuid.UUID(int=value)
