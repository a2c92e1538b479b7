"""The words of the code lists as the registry has them, and the keys they stand for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from beneficiaries.importing.vocabulary import Vocabulary, folded, from_entries
from beneficiaries.models import WordMemory
from relief.codes.models import Code
from unions.models import Union

_OLD: Final = Code.Generation.OLD


@dataclass(frozen=True)
class Words:
    """`keys` (list, name) → key of the code; `names` key → name; `old` keys of older standards."""

    vocabulary: Vocabulary
    keys: Mapping[tuple[str, str], str]
    names: Mapping[str, str]
    old: frozenset[str]

    def key(self, code_list: str, name: str) -> str | None:
        """The code with exactly this name, as the vocabulary gives it."""
        return self.keys.get((code_list, name))

    def find(self, code_list: str, written: str) -> str | None:
        """The code that the words of a cell mean."""
        code = self.vocabulary.find(code_list, written).code
        return self.keys.get((code_list, code.name)) if code else None

    def name(self, key: str | None) -> str:
        return self.names.get(key, "") if key else ""


def words_of(union: Union) -> Words:
    """With what the union, and those above it, have taught."""
    codes = list(Code.objects.order_by("list", "position", "key"))
    lists: dict[str, list[Code]] = {}
    for code in codes:
        lists.setdefault(code.list_id, []).append(code)
    vocabulary = from_entries(
        {"key": key, "codes": [_entry(code) for code in entries]} for key, entries in lists.items()
    )
    return Words(
        vocabulary=Vocabulary(vocabulary.lists, WordMemory.objects.for_union(union)),
        keys=dict(_keys(codes)),
        names={code.pk: code.name for code in codes},
        old=frozenset(code.pk for code in codes if code.generation == _OLD),
    )


def _keys(codes: Iterable[Code]) -> Iterator[tuple[tuple[str, str], str]]:
    """Present names win over those of older standards, as they do in the vocabulary."""
    for code in sorted(codes, key=lambda code: code.generation != _OLD):
        yield (code.list_id, code.name), code.pk


def _entry(code: Code) -> dict[str, Any]:
    replaced_by = (code.replaced_by_id or "").partition(":")[2]
    return {
        "name": code.name,
        "generation": code.generation,
        "aliases": code.aliases,
        "replaced_by": replaced_by,
    }


def region_of(words: Words, written: str) -> str | None:
    """The 行政区划 that a place names: the smallest one whose name stands in the text."""
    exact = words.find("region", written)
    if exact:
        return exact
    text = folded(written)
    regions = words.vocabulary.lists.get("region", {})
    found = [name for name in regions if len(name) > 1 and name in text]
    # 北京市 and 东城区 both stand in the text; the later one is the smaller place.
    last = max(found, key=lambda name: (text.rfind(name), len(name)), default="")
    return words.keys.get(("region", regions[last].name)) if last else None
