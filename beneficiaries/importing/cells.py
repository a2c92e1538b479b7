"""What one cell means, under the field of its column.

Nothing raises: a cell gives a value, or a value and the code of a problem, or only the code.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from beneficiaries.identity import read_card, read_id, read_phones
from beneficiaries.importing.amounts import plain, read_amount, read_count
from beneficiaries.importing.dates import Precision, read_date
from beneficiaries.importing.fields import Field, Kind
from beneficiaries.importing.names import is_name, normal_name, normal_text
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Cell
from relief.lib.workbooks import Kind as CellKind
from relief.lib.workbooks.cells import DATE_OUT_OF_RANGE

#: Strokes that people put into a cell that has nothing to say.
_NOTHING: Final = frozenset(
    {"/", "//", "\\", "-", "--", "—", "——", "一一", "无", "没有", "N/A", "n/a"}
)
_YES: Final = frozenset({"是", "√", "是√", "有", "y", "yes", "true", "1", "☑", "✓", "对"})
_NO: Final = frozenset(
    {"否", "×", "x", "无", "没有", "n", "no", "false", "0", "/", "—", "-", "不是", "□"}
)
_SEXES: Final = {"m": "男", "f": "女", "male": "男", "female": "女"}
#: Signs under a number that stand for the cell above.
DITTO: Final = frozenset({"同上", "同上行", "同前", "〃", "″", "“", "”", '"', "''", "′′"})
#: From here on a number in Excel has lost digits; so has its text with an exponent.
_DIGITS_KEPT: Final = 10**15
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}", re.ASCII)
#: The end of a number that lost its digits, and became text afterwards.
_ROUNDED_ID: Final = re.compile(r"\d{15}000", re.ASCII)
_ROUNDED_CARD: Final = re.compile(r"\d{15}0{3,4}", re.ASCII)
#: Texts in which a date is at home; elsewhere Excel made one of 3-2-1.
_MAY_DATE: Final = frozenset({"remark", "hardship", "other_contact"})
_MEASURED: Final = re.compile(
    r"(\d+(?:\.\d+)?)(?:㎡|m2|平方米|平米|平方|平|[份箱台套副袋桶件张盒个床条提斤瓶包])?", re.ASCII
)
_IN_ID: Final = {"id_length", "id_checksum", "id_birth_invalid", "id_15", "id_other_paper"}


@dataclass(frozen=True, slots=True)
class Context:
    vocabulary: Vocabulary
    today: date


class Understood(NamedTuple):
    """`value` is "" where there is none; `other` holds what belongs to 其他联系方式."""

    value: str = ""
    problem: str = ""
    suggestion: str = ""
    other: str = ""


NOTHING: Final = Understood()


def shown(cell: Cell) -> str:
    """The cell as a person sees it, for samples and messages."""
    return str(cell.value) if cell.kind is CellKind.ERROR else cell.text


def understand(cell: Cell, field: Field, factor: Decimal, context: Context) -> Understood:
    if cell.kind is CellKind.EMPTY:
        return NOTHING
    if cell.kind is CellKind.ERROR:
        is_date = cell.value == DATE_OUT_OF_RANGE
        return Understood(problem="date_invalid" if is_date else "formula_error")
    return _READERS[field.kind](cell, field, factor, context)


def _text(cell: Cell, field: Field, _factor: Decimal, _context: Context) -> Understood:
    text = normal_text(cell.text)
    if text in _NOTHING:
        return NOTHING
    if _has_lost_digits(cell, text):
        return Understood(problem="digits_lost")
    if cell.kind is CellKind.DATE and field.name not in _MAY_DATE:
        return Understood(text, "text_became_date", text)
    if len(text) > field.longest:
        return Understood(problem="text_too_long", suggestion=str(field.longest))
    return Understood(text)


def _has_lost_digits(cell: Cell, text: str) -> bool:
    if isinstance(cell.value, Decimal):
        return abs(cell.value) >= _DIGITS_KEPT
    return _SCIENTIFIC.fullmatch(text) is not None


def _name(cell: Cell, field: Field, _factor: Decimal, _context: Context) -> Understood:
    name = normal_name(cell.text)
    if name in _NOTHING:
        return NOTHING
    if len(name) > field.longest:
        return Understood(problem="text_too_long", suggestion=str(field.longest))
    if any(unicodedata.category(letter) == "Co" for letter in name):
        return Understood(name, "name_private_character")
    return Understood(name, "" if is_name(name) else "name_odd")


def _id_number(cell: Cell, _field: Field, _factor: Decimal, context: Context) -> Understood:
    if cell.kind is CellKind.NUMBER:
        return Understood(problem="id_numeric")
    if normal_text(cell.text) in _NOTHING:
        return NOTHING
    number = read_id(cell.text, today=context.today)
    if not number.problem and _ROUNDED_ID.fullmatch(number.text):
        return Understood(number.text, "id_rounded")
    value = number.text if not number.problem or number.problem in _IN_ID else ""
    suggestion = number.key if number.problem == "id_15" else ""
    return Understood(value, number.problem, suggestion)


def _sex(cell: Cell, field: Field, _factor: Decimal, context: Context) -> Understood:
    text = normal_text(cell.text)
    if text in _NOTHING:
        return NOTHING
    code = context.vocabulary.find(field.code_list, text).code
    sex = code.name if code else _SEXES.get(text.lower(), "")
    return Understood(sex, "" if sex else "code_unknown")


def _date(cell: Cell, field: Field, _factor: Decimal, context: Context) -> Understood:
    value = cell.value
    if isinstance(value, str) and normal_text(value) in _NOTHING:
        return NOTHING
    if isinstance(value, bool) or value is None:
        return Understood(problem="date_invalid")
    written = read_date(value, today=context.today)
    is_unborn = field.kind is Kind.BIRTH_DATE and written and written.day > context.today
    if written is None or is_unborn:
        return Understood(problem="date_invalid")
    day = written.day.isoformat()
    if written.is_guess:
        return Understood(day, "date_guessed", day)
    is_whole = written.precision is Precision.DAY
    return Understood(day, "" if is_whole else "date_partial", "" if is_whole else day)


def _phone(cell: Cell, _field: Field, _factor: Decimal, _context: Context) -> Understood:
    text = cell.text
    if normal_text(text) in _NOTHING:
        return NOTHING
    phones = read_phones(text)
    others = "、".join(phones.others)
    if phones.mobile:
        return Understood(phones.mobile, other=others)
    return Understood(problem="phone_landline" if others else "phone_invalid", other=others)


def _bank_account(cell: Cell, _field: Field, _factor: Decimal, _context: Context) -> Understood:
    if cell.kind is CellKind.NUMBER:
        return Understood(problem="bank_numeric")
    if normal_text(cell.text) in _NOTHING:
        return NOTHING
    card = read_card(cell.text)
    if not card.problem and _ROUNDED_CARD.fullmatch(card.text):
        return Understood(card.text, "bank_rounded")
    return Understood(card.text, card.problem)


def _amount(cell: Cell, field: Field, factor: Decimal, _context: Context) -> Understood:
    value = cell.value
    if isinstance(value, str) and normal_text(value) in _NOTHING:
        return NOTHING
    amount = read_amount(value, factor=factor) if isinstance(value, str | Decimal) else None
    if amount is None:
        return Understood(problem="amount_invalid")
    yuan = plain(amount.yuan)
    if amount.is_guess:
        return Understood(yuan, "amount_guessed", yuan)
    least, most = field.usual
    if amount.yuan and not least <= amount.yuan <= most:
        return Understood(yuan, "amount_unusual", yuan)
    return Understood(yuan)


def _number(cell: Cell, _field: Field, _factor: Decimal, _context: Context) -> Understood:
    text = normal_text(cell.text)
    if text in _NOTHING:
        return NOTHING
    found = _MEASURED.fullmatch(text.lower())
    if not found or _has_lost_digits(cell, text):
        return Understood(problem="number_unclear")
    return Understood(plain(Decimal(found[1])))


def _count(cell: Cell, field: Field, _factor: Decimal, _context: Context) -> Understood:
    value = cell.value
    if isinstance(value, str) and normal_text(value) in _NOTHING:
        return NOTHING
    is_count = isinstance(value, str | Decimal)
    count = read_count(value, most=field.longest) if is_count else None  # type: ignore[arg-type]  # is_count says so
    return Understood(problem="number_invalid") if count is None else Understood(str(count))


def _code(cell: Cell, field: Field, _factor: Decimal, context: Context) -> Understood:
    text = normal_text(cell.text)
    found = context.vocabulary.find(field.code_list, text)
    if found.code is None:
        return NOTHING if text in _NOTHING else Understood(text, "code_unknown")
    if found.is_one_of_several:
        return Understood(found.code.name, "code_several", found.code.name)
    if found.code.is_old and field.warns_of_old:
        now = f"，现在相当于“{found.code.replaced_by}”" if found.code.replaced_by else ""
        return Understood(found.code.name, "code_old", now)
    return Understood(found.code.name)


def _health(cell: Cell, field: Field, factor: Decimal, context: Context) -> Understood:
    """A word of the list, or what somebody wrote: an illness has more names than a list."""
    found = context.vocabulary.find(field.code_list, normal_text(cell.text))
    return Understood(found.code.name) if found.code else _text(cell, field, factor, context)


def _yes_no(cell: Cell, _field: Field, _factor: Decimal, _context: Context) -> Understood:
    text = unicodedata.normalize("NFKC", cell.text).strip().lower()
    if text in _YES:
        return Understood("是")
    return Understood("否") if text in _NO else Understood(text, "code_unknown")


_READERS: Final[Mapping[Kind, Callable[[Cell, Field, Decimal, Context], Understood]]] = {
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.ID_NUMBER: _id_number,
    Kind.SEX: _sex,
    Kind.BIRTH_DATE: _date,
    Kind.DATE: _date,
    Kind.PHONE: _phone,
    Kind.BANK_ACCOUNT: _bank_account,
    Kind.AMOUNT: _amount,
    Kind.NUMBER: _number,
    Kind.COUNT: _count,
    Kind.CODE: _code,
    Kind.HEALTH: _health,
    Kind.YES_NO: _yes_no,
}
