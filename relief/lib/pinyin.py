"""Pinyin of names, for search: full and initials, small letters without tones or blanks.

The dictionary is large: a process pays for it with the first name, not with its start. Ten thousand
names of a ledger are made of some hundred characters, so most are put together from what is known.
"""

from collections.abc import Callable, Container
from functools import cache
from typing import Final

_LONGEST_NAME: Final = 6


def full_pinyin(name: str) -> str:
    """
    >>> full_pinyin("东城区总工会")
    'dongchengquzonggonghui'
    """
    if _is_of_single_characters(name):
        return "".join(map(_syllable, name))
    return _spoken(name)


def pinyin_initials(name: str) -> str:
    """
    >>> pinyin_initials("东城区总工会")
    'dcqzgh'
    """
    if _is_of_single_characters(name):
        return "".join(map(_initial, name))
    return _begun(name)


def _is_of_single_characters(name: str) -> bool:
    """Whether no two of its characters are a word that is spoken in its own way (重庆, 单于)."""
    if not 1 <= len(name) <= _LONGEST_NAME or min(name) < "一" or max(name) > "鿿":
        return False
    words = _words()
    return not any(
        name[start:end] in words
        for start in range(len(name) - 1)
        for end in range(start + 2, len(name) + 1)
    )


@cache
def _words() -> Container[str]:
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415 (a fifth of a second)

    words: Container[str] = PHRASES_DICT
    return words


def _spoken(name: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 (as above)

    return "".join(lazy_pinyin(name)).lower().replace(" ", "")


def _begun(name: str) -> str:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 (as above)

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")


#: There are 20,992 of them.
_syllable: Final[Callable[[str], str]] = cache(_spoken)
_initial: Final[Callable[[str], str]] = cache(_begun)
