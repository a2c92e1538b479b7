"""Words of a coded column and names of unions that a ledger writes and nobody has explained yet."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from django.http import QueryDict

from beneficiaries.forms.ledger_check import CodeWordsForm, UnionWordsForm, WordsForm
from beneficiaries.importing.fields import fields
from beneficiaries.importing.vocabulary import folded
from beneficiaries.ledger_problems import title_of
from beneficiaries.ledger_stand import Stand
from beneficiaries.services.ledgers import group_decisions, overview
from unions.models import Staff

#: Each brings a whole list to choose from; the others come when these are done.
_AT_ONCE: Final = {"code_unknown": 20, "union_unknown": 8}


class Asked(NamedTuple):
    """`words` are (word, rows), the most frequent first; `more` are asked afterwards."""

    code: str
    field: str
    title: str
    words: list[tuple[str, int]]
    more: int
    code_list: str
    act: Callable[..., int]


def asked_of(stand: Stand, code: str, field: str) -> Asked | None:
    """None where no such question is open."""
    is_known = fields().has(field) and code in _AT_ONCE
    code_list = fields().named(field).code_list if is_known else ""
    if not is_known or (code == "code_unknown" and not code_list):
        return None
    words = _folded(overview.words_of_group(stand.ledger, code, field))
    if not words:
        return None
    act: Callable[..., int] = group_decisions.choose_unions
    if code == "code_unknown":
        act = partial(group_decisions.map_words, field=field)
    few = words[: _AT_ONCE[code]]
    title = title_of(code, field)
    return Asked(code, field, title, few, len(words) - len(few), code_list, act)


def form_of(staff: Staff, asked: Asked, data: QueryDict | None, version: int) -> WordsForm:
    """With the words that were posted, so that what was chosen stays with its word."""
    counts = dict(asked.words)
    words = asked.words
    if data is not None:
        posted = [data.get(f"word{number}", "") for number in range(_AT_ONCE[asked.code])]
        words = [(word, counts.get(word, 0)) for word in posted if word]
    options: dict[str, Any] = {"words": words, "initial": {"version": version}}
    if asked.code == "code_unknown":
        return CodeWordsForm(data, code_list=asked.code_list, **options)
    return UnionWordsForm(data, staff=staff, **options)


def _folded(words: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Ways to write a word that mean the same are asked once."""
    found: dict[str, tuple[str, int]] = {}
    for word, rows in words:
        first, before = found.get(folded(word), (word, 0))
        found[folded(word)] = (first, before + rows)
    return list(found.values())
