"""The secrets of this installation.

`settings.DATA_KEYS` holds the ring (the newest first, separated by commas or blanks) and
`settings.INDEX_KEY` the key of the blind index.
"""

from functools import cache
from typing import Final

from django.conf import settings

from relief import env
from relief.lib.crypto.index import BlindIndex
from relief.lib.crypto.ring import KeyRing

_SHORTEST: Final = 40


@cache
def ring() -> KeyRing:
    return KeyRing(_secrets("DATA_KEYS"))


@cache
def blind_index(kind: str) -> BlindIndex:
    return BlindIndex(_secrets("INDEX_KEY")[0], kind)


def forget() -> None:
    """Read the secrets anew; a running process keeps those it started with."""
    ring.cache_clear()
    blind_index.cache_clear()


def refuse_without_secrets() -> None:
    """Raises SettingError: a secret is missing, too short, or serves two purposes."""
    if set(_secrets("DATA_KEYS")) & set(_secrets("INDEX_KEY")):
        raise env.SettingError(
            "INDEX_KEY 不能与 DATA_KEYS 相同，请另做一个。",
            "INDEX_KEY may not be one of DATA_KEYS: make one of its own.",
        )


def _secrets(name: str) -> list[str]:
    found = str(getattr(settings, name)).replace(",", " ").split()
    for secret in found:
        if len(secret) < _SHORTEST or len(set(secret)) < 10:
            raise env.SettingError(*env.weak(name))
    return found
