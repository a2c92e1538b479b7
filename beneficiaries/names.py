"""How a person's name is kept for search."""

from typing import TypedDict

from relief.lib.pinyin import full_pinyin, pinyin_initials

#: PostgreSQL here has no trigram extension (DESIGN §8.5), so the parts of a name are a column.
LONGEST_GRAM = 3


class NameParts(TypedDict):
    name: str
    pinyin: str
    initials: str
    grams: list[str]


def name_parts(name: str) -> NameParts:
    return NameParts(
        name=name,
        pinyin=full_pinyin(name)[:400],
        initials=pinyin_initials(name)[:60],
        grams=sorted(grams(name)),
    )


def grams(text: str) -> set[str]:
    """Every run of one to three characters.

    >>> sorted(grams("王桂兰"))
    ['兰', '桂', '桂兰', '王', '王桂', '王桂兰']
    """
    return {
        text[start : start + length]
        for length in range(1, LONGEST_GRAM + 1)
        for start in range(len(text) - length + 1)
    }


def longest_grams(text: str) -> set[str]:
    """The grams that a name containing `text` must have."""
    return {gram for gram in grams(text) if len(gram) == min(len(text), LONGEST_GRAM)}
