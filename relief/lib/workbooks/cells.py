"""A cell as both processes know it, and how it travels from the child to the parent."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

Value = str | Decimal | date | bool | None

#: The value of an error cell whose formula was never calculated.
NOT_CALCULATED: Final = "公式没有计算结果"
#: The value of an error cell whose date no two programs agree on (serials up to 60, or far off).
DATE_OUT_OF_RANGE: Final = "日期不在 1900 年 3 月到 2100 年之间"

_EARLIEST: Final = date(1900, 3, 1)
_LATEST: Final = date(2100, 12, 31)
#: Control characters, marks of writing direction, zero-width characters: seen by nobody, and
#: PostgreSQL refuses NUL. Line feeds stay, other blanks become a space.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_BLANK: Final = re.compile("[\t\u00a0]")


class Kind(StrEnum):
    EMPTY = ""
    TEXT = "t"
    NUMBER = "n"
    DATE = "d"
    BOOL = "b"
    ERROR = "e"


class Cell(NamedTuple):
    """One cell. A number is a Decimal, a date a date (a datetime where it carries a time), an
    error the text that the sheet shows or the reason why there is no value."""

    kind: Kind
    value: Value

    @property
    def text(self) -> str:
        """What a person would copy out of the cell; empty for empty and error cells."""
        value = self.value
        if isinstance(value, str):
            return "" if self.kind is Kind.ERROR else value
        if value is None:
            return ""
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return str(value)


_KINDS: Final = {kind.value: kind for kind in Kind}
EMPTY: Final = Cell(Kind.EMPTY, None)


def clean(text: str) -> str:
    """Without what nobody sees, and without blanks at the ends."""
    if text.isprintable():  # the usual case, and much faster; marks of direction are not printable
        return text.strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BLANK.sub(" ", _INVISIBLE.sub("", lines)).strip()


def encode_text(text: str) -> str:
    plain = clean(text)
    return f"t{plain}" if plain else ""


def encode_error(text: str) -> str:
    return f"e{text}"


def encode_number(value: float) -> str:
    """The shortest digits that give the same number again: 1234.56, not 1234.5599999999999."""
    whole = value.is_integer() and abs(value) < 1e15
    return f"n{int(value)}" if whole else f"n{value!r}"


def encode_date(value: date) -> str:
    day = value.date() if isinstance(value, datetime) else value
    if not _EARLIEST <= day <= _LATEST:
        return encode_error(DATE_OUT_OF_RANGE)
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return f"d{value.isoformat(timespec='seconds')}"
    return f"d{day.isoformat()}"


def encode_bool(value: bool) -> str:  # noqa: FBT001  # the value of a cell, not a switch
    return "b1" if value else "b0"


def decode(codes: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(map(decoded, codes))


def decoded(code: str) -> Cell:
    if not code:
        return EMPTY
    kind, rest = _KINDS[code[0]], code[1:]
    if kind is Kind.NUMBER:
        return Cell(kind, Decimal(rest))
    if kind is Kind.DATE:
        has_time = len(rest) > len("2026-01-15")
        return Cell(kind, datetime.fromisoformat(rest) if has_time else date.fromisoformat(rest))
    if kind is Kind.BOOL:
        return Cell(kind, rest == "1")
    return Cell(kind, rest)
