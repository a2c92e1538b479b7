"""Pinyin of names, for search: full and initials, small letters without tones or blanks.

The dictionary is large: a process pays for it with the first name, not with its start.
"""


def full_pinyin(name: str) -> str:
    """
    >>> full_pinyin("东城区总工会")
    'dongchengquzonggonghui'
    """
    from pypinyin import lazy_pinyin  # noqa: PLC0415 (a fifth of a second)

    return "".join(lazy_pinyin(name)).lower().replace(" ", "")


def pinyin_initials(name: str) -> str:
    """
    >>> pinyin_initials("东城区总工会")
    'dcqzgh'
    """
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 (as above)

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")
