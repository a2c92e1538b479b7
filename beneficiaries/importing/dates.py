"""Dates as people write them in a ledger, with how much of a date was written.

Source: DOMAIN §6.3 no. 11.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import Final

#: Day 0 of the serial numbers of Excel, for days after February 1900.
_EPOCH: Final = date(1899, 12, 30)
_SERIALS: Final = range(3_000, 74_000)
_LIKE_MONTHS: Final = range(19_000, 20_400)
_EARLIEST: Final = date(1900, 1, 1)

_PARTS: Final = re.compile(
    r"(?P<year>\d{4}|\d{2}(?=年))(?:[-./年 ]+(?P<month>\d{1,2})(?:[-./月 ]+(?P<day>\d{1,2}))?)?"
    r"[-./年月日号 ]*(?:00:00(?::00)?)?",
    re.ASCII,
)
_AMBIGUOUS: Final = re.compile(r"\d{4}\.1", re.ASCII).fullmatch
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})?", re.ASCII)


class Precision(IntEnum):
    YEAR = 1
    MONTH = 2
    DAY = 3


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """`is_guess`: another reading is possible (two digits of a year, 1975.1 for October)."""

    day: date
    precision: Precision = Precision.DAY
    is_guess: bool = False

    def agrees_with(self, other: date) -> bool:
        """As far as this date was written at all."""
        mine, yours = self.day.timetuple()[: self.precision], other.timetuple()[: self.precision]
        return mine == yours or (
            self.is_guess
            and self.precision is Precision.MONTH
            and other.month == self.day.month * 10
        )


@lru_cache(maxsize=4096)
def read_date(value: str | Decimal | date, *, today: date) -> WrittenDate | None:
    """None is no date, or one before 1900 or more than a year ahead.

    >>> read_date("75年3月", today=date(2026, 1, 1)).day
    datetime.date(1975, 3, 1)
    """
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return _within(WrittenDate(day), today)
    if isinstance(value, Decimal):
        return _within(_from_number(value), today)
    text = unicodedata.normalize("NFKC", value).strip()
    written = _from_text(text, today)
    if written is None and text.isdecimal():
        written = _from_number(Decimal(text))
    return _within(written, today)


def _within(written: WrittenDate | None, today: date) -> WrittenDate | None:
    if written is None:
        return None
    return written if _EARLIEST <= written.day <= today + timedelta(days=366) else None


def _from_number(value: Decimal) -> WrittenDate | None:
    """A serial of Excel, 19750305, 197503, 1975, or 1975.3 that became a number."""
    text = f"{value.normalize():f}"
    if "." in text:
        year, month = text.split(".")
        # 1975.10 is kept as 1975.1, so one digit 1 says January or October.
        return _made(year, month, None, is_guess=month == "1") if len(year) == 4 else None
    if len(text) == 5 and int(text) in _SERIALS:
        # 19753 is a day of 1954, or March 1975 without its stroke.
        is_guess = int(text) in _LIKE_MONTHS and text[4] != "0"
        return WrittenDate(_EPOCH + timedelta(days=int(text)), is_guess=is_guess)
    if compact := _COMPACT.fullmatch(text):
        return _made(*compact.groups())
    return _made(text, None, None) if len(text) == 4 else None


def _from_text(text: str, today: date) -> WrittenDate | None:
    if compact := _COMPACT.fullmatch(text):
        return _made(*compact.groups())
    if _AMBIGUOUS(text):
        return _from_number(Decimal(text))
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    year, is_guess = parts["year"], False
    if len(year) == 2:
        century = 1900 if int(year) > today.year % 100 else 2000
        year, is_guess = str(century + int(year)), True
    return _made(year, parts["month"], parts["day"], is_guess=is_guess)


def _made(
    year: str, month: str | None, day: str | None, *, is_guess: bool = False
) -> WrittenDate | None:
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    try:
        made = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return WrittenDate(made, precision, is_guess)
