"""How much of a ledger's cells a page shows: masks; whole only where somebody asked for it."""

import re
from collections.abc import Callable
from typing import Final

from beneficiaries.importing.fields import Kind, fields
from beneficiaries.importing.problems import Problem, problem
from beneficiaries.models import Beneficiary, HardshipFile, HouseholdMember
from beneficiaries.services.ledgers.overview import label_of
from relief.lib import masks
from relief.lib.crypto.fields import sealed_names

HIDDEN: Final = "保密内容"
_BY_KIND: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.ID_NUMBER: masks.mask_id,
    Kind.PHONE: masks.mask_phone,
    Kind.BANK_ACCOUNT: masks.mask_card,
}
_MASKED: Final = frozenset({"id_number", "phone", "bank_account", "address"})
#: Sealed, and read by everybody who may see the person.
_IN_FULL: Final = frozenset({"name", "bank_name", "workplace_or_school"})
#: Nobody reads by the way why a family is poor (SECURITY §2.8), or what has no mask.
_SEALED: Final = frozenset(
    name
    for model in (Beneficiary, HardshipFile, HouseholdMember)
    for name in sealed_names(model)
    if name not in _IN_FULL | _MASKED
)
#: An ID number, an account, a mobile phone, wherever it stands.
_LONG_NUMBER: Final = re.compile(r"\d(?:[\s-]?\d){9,}[\s-]?[\dXx]")
#: Problems of these are about other rows or about people; what they show is no cell.
_ABOUT_ROWS: Final = frozenset(
    {
        "duplicate_in_file",
        "duplicate_suspected",
        "member_duplicate",
        "household_has_file",
        "alike_birth",
        "alike_phone",
        "header_moved",
        "household_size_mismatch",
    }
)


def without_numbers(text: str) -> str:
    """Any text, with every long number in it masked.

    >>> without_numbers("电话 138-1234-1234 或留言")
    '电话 138****1234 或留言'
    """
    return _LONG_NUMBER.sub(_masked_number, text)


def shown_cell(name: str, text: str) -> str:
    """A cell of this field as a page shows it; "" is any column that is not read."""
    if not text or not name:
        return without_numbers(text)
    part = name.rpartition(".")[2]
    if part in _SEALED:
        return HIDDEN
    if part == "address":
        return masks.mask_address(text)
    kind = _kind_of(name)
    if kind in _BY_KIND:
        return _BY_KIND[kind](text)
    return without_numbers(text)


def sentence_of(said: Problem) -> str:
    """The sentence of a problem, with masks in the place of the cell."""
    if said.code in _ABOUT_ROWS or not said.field:
        return without_numbers(said.message)
    seen, suggestion = (shown_cell(said.field, text) for text in (said.seen, said.suggestion))
    if (seen, suggestion) == (said.seen, said.suggestion):
        return said.message
    label = label_of(said.field)
    return problem(said.code, said.field, label=label, seen=seen, suggestion=suggestion).message


def _masked_number(found: re.Match[str]) -> str:
    digits = re.sub(r"[\s-]", "", found.group())
    return masks.mask_phone(digits) if len(digits) == 11 else masks.mask_id(digits)


def _kind_of(name: str) -> Kind | None:
    try:
        return fields().named(name).kind
    except KeyError:  # a difference may be about the file itself
        return None
