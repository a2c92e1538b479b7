"""Pinyin of names, for search: full and initials, small letters without tones or blanks."""

from pypinyin import Style, lazy_pinyin


def full_pinyin(name: str) -> str:
    """
    >>> full_pinyin("东城区总工会")
    'dongchengquzonggonghui'
    """
    return "".join(lazy_pinyin(name)).lower().replace(" ", "")


def pinyin_initials(name: str) -> str:
    """
    >>> pinyin_initials("东城区总工会")
    'dcqzgh'
    """
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")
