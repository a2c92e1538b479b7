"""What a column holds, judged by a good part of its cells and not by its heading."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from beneficiaries.identity import read_card, read_id, read_phones
from beneficiaries.importing.amounts import read_amount, read_count
from beneficiaries.importing.dates import read_date
from beneficiaries.importing.fields import Field, Kind
from beneficiaries.importing.names import SURNAMES, is_name, normal_name
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Cell

#: To see whether a column holds dates at all it does not matter which day it is.
_FAR: Final = date(2100, 1, 1)


def share(field: Field, cells: Sequence[Cell], vocabulary: Vocabulary) -> float:
    """The share of the cells that could be a value of the field, 0 to 1; 1 where there are none."""
    if not cells:
        return 1.0
    if field.code_list and field.kind is not Kind.HEALTH:
        return vocabulary.share(field.code_list, [cell.text for cell in cells])
    could_be = _TESTS.get(field.kind, _is_text)
    return sum(could_be(cell, _digits(cell)) for cell in cells) / len(cells)


def looks_like(name: str, cells: Sequence[Cell]) -> float:
    """The share of the cells that can hardly be anything but names of people, or cards."""
    test = _is_card if name == "bank_account" else _is_person
    return sum(test(cell) for cell in cells) / len(cells)


def _is_card(cell: Cell) -> bool:
    card = read_card(cell.text)
    return 16 <= len(card.text) <= 19 and not card.problem


def _is_person(cell: Cell) -> bool:
    name = normal_name(cell.text)
    return 2 <= len(name) <= 4 and name[0] in SURNAMES and is_name(name)


def counts_up(cells: Sequence[Cell]) -> bool:
    """1, 2, 3 … as a serial does, starting anew where it likes."""
    numbers = [int(cell.text) for cell in cells if cell.text.isdecimal()]
    if len(numbers) < len(cells) / 2:
        return not cells
    steps = [after - before for before, after in pairwise(numbers)]
    return max(numbers, default=0) < 1_000_000 and steps.count(1) >= len(steps) / 2


def _digits(cell: Cell) -> int:
    return sum(letter.isdigit() for letter in cell.text)


def _is_text(_cell: Cell, digits: int) -> bool:
    return digits < 15


def _is_id(cell: Cell, digits: int) -> bool:
    """Also with a wrong last digit, or as a number that has lost some."""
    problem = read_id(cell.text, today=_FAR).problem
    return digits > 5 and problem in {"", "id_15", "id_checksum", "id_numeric"}


def _is_phone(cell: Cell, digits: int) -> bool:
    """Nearly all digits of the cell belong to phone numbers: a card number has other ones too."""
    phones = read_phones(cell.text)
    found = sum(letter.isdigit() for letter in phones.mobile + "".join(phones.others))
    return found > 0 and digits <= found + 2


def _is_name(cell: Cell, digits: int) -> bool:
    return not digits and len(cell.text) > 1 and is_name(normal_name(cell.text))


def _is_date(cell: Cell, digits: int) -> bool:
    value = cell.value
    if isinstance(value, bool | None) or digits > 14:
        return False
    return read_date(value, today=_FAR) is not None


def _is_amount(cell: Cell, digits: int) -> bool:
    value = cell.value
    return isinstance(value, str | Decimal) and digits < 14 and read_amount(value) is not None


def _is_count(cell: Cell, _digits: int) -> bool:
    value = cell.value
    return isinstance(value, str | Decimal) and read_count(value, most=1_000) is not None


_TESTS: Final[Mapping[Kind, Callable[[Cell, int], bool]]] = {
    Kind.ID_NUMBER: _is_id,
    Kind.BANK_ACCOUNT: lambda _cell, digits: 12 <= digits <= 25,
    Kind.PHONE: _is_phone,
    Kind.NAME: _is_name,
    Kind.DATE: _is_date,
    Kind.BIRTH_DATE: _is_date,
    Kind.AMOUNT: _is_amount,
    Kind.COUNT: _is_count,
}
