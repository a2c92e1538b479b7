"""Unions as ledgers name them: 东四街道, 东四街道总工会, 东四."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from beneficiaries.importing.vocabulary import folded
from unions.models import Union

_ENDINGS: Final = (
    "工会委员会",
    "工会联合会",
    "联合工会",
    "总工会",
    "工会",
    "街道办事处",
    "办事处",
    "街道",
    "地区",
    "镇",
    "乡",
)


class NamedUnions:
    """The open unions of a subtree by each way to write their names, if that names only one.

    `chosen` word → code: what somebody decided about words of this file.
    """

    def __init__(self, own: Union, chosen: Mapping[str, str]) -> None:
        unions = list(Union.objects.within(own.path).open().order_by("path"))
        self.own = own
        self._by_code = {union.code: union for union in unions}
        self._chosen = {folded(word): code for word, code in chosen.items()}
        self._by_name = _unambiguous(unions)
        self._found: dict[str, Union | None] = {}

    def find(self, word: str) -> Union | None:
        if word not in self._found:
            self._found[word] = self._looked_up(word)
        return self._found[word]

    def _looked_up(self, word: str) -> Union | None:
        name = folded(word)
        if name in self._chosen:
            return self._by_code.get(self._chosen[name])
        for way in _ways(name):
            if way in self._by_name:
                return self._by_name[way]
        return None


def _unambiguous(unions: Iterable[Union]) -> dict[str, Union]:
    """The longer way to write a name wins; one that two unions share names none of them."""
    levels: dict[int, dict[str, set[Union]]] = defaultdict(lambda: defaultdict(set))
    for union in unions:
        for level, way in enumerate(_ways(folded(union.name))):
            levels[level][way].add(union)
    found: dict[str, Union] = {}
    for level in sorted(levels):
        for way, meant in levels[level].items():
            if len(meant) == 1:
                found.setdefault(way, *meant)
    return found


def _ways(name: str) -> list[str]:
    """From the whole name to its shortest part: 东四街道总工会, 东四街道, 东四."""
    ways = [name]
    while True:
        shorter = _without_ending(ways[-1])
        if len(shorter) < 2 or shorter == ways[-1]:
            return ways
        ways.append(shorter)


def _without_ending(name: str) -> str:
    for ending in _ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name
