"""The words of the code lists: what each may be called, and what a union has taught us."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

_FOLDED: Final = re.compile(r"[\s()（）·.、,，。:：]")
#: Between two entries of one cell; never a list's own words, which may hold a slash.
_SEPARATORS: Final = re.compile(r"[、,，;；/\n()（）]")


def folded(word: str) -> str:
    return _FOLDED.sub("", unicodedata.normalize("NFKC", word)).lower()


class Code(NamedTuple):
    name: str
    is_old: bool
    replaced_by: str


class Found(NamedTuple):
    """What a cell says in the words of a list. `code` is None for a word that nobody knows."""

    code: Code | None
    is_one_of_several: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Code list → folded word → code. Words that a union has taught come before the list's own."""

    lists: Mapping[str, Mapping[str, Code]]
    learnt: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def find(self, code_list: str, written: str) -> Found:
        code = self._one(code_list, written)
        if code:
            return Found(code)
        parts = [part for part in _SEPARATORS.split(written) if part.strip()]
        if len(parts) > 1 and (first := self._one(code_list, parts[0])):
            return Found(first, is_one_of_several=True)
        return Found(None)

    def _one(self, code_list: str, written: str) -> Code | None:
        words = self.lists.get(code_list, {})
        word = folded(written)
        taught = self.learnt.get((code_list, word))
        if taught:
            return words.get(folded(taught))
        # 1无劳动能力: forms print the number of the entry before its name.
        return words.get(word) or words.get(word.lstrip("0123456789"))

    def share(self, code_list: str, written: Iterable[str]) -> float:
        """The share of the texts that the list knows, 0 to 1."""
        found = [self.find(code_list, text).code is not None for text in written]
        return sum(found) / len(found) if found else 0.0


def from_entries(lists: Iterable[Mapping[str, Any]]) -> Vocabulary:
    """From code lists as they stand in fixtures/codes: current names win over old ones."""
    words: dict[str, dict[str, Code]] = {}
    for entry in lists:
        known = words.setdefault(entry["key"], {})
        ordered = sorted(entry["codes"], key=lambda code: code.get("generation") == "old")
        for code in ordered:
            known.setdefault(folded(code["name"]), _code(code))
        for code in ordered:
            for alias in code.get("aliases", []):
                known.setdefault(folded(alias), _code(code))
    return Vocabulary(words)


def _code(entry: Mapping[str, Any]) -> Code:
    is_old = entry.get("generation") == "old"
    return Code(entry["name"], is_old, entry.get("replaced_by", ""))


def from_folder(folder: Path) -> Vocabulary:
    """The lists as they are delivered, for reading without a database."""
    paths = sorted(folder.glob("*.json"))
    return from_entries(json.loads(path.read_text("utf-8")) for path in paths)
