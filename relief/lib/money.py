"""Yuan as Decimal with two places. The only module that rounds or cuts money.

>>> format_money(Decimal("1234.5"))
'1,234.50'
>>> format_wan(Decimal("3294180"))
'329.41'
>>> wan_words(Decimal("3294180"))
'329万余元'
"""

import re
import unicodedata
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
WAN: Final = Decimal(10_000)

#: What people and spreadsheets put around a sum: currency signs, separators, the unit.
_ORNAMENT = re.compile(r"[,\s¥￥]|元$")
_PLAIN = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")


class MoneyError(ValueError):
    """The text is not a sum in yuan."""


def yuan(value: Decimal) -> Decimal:
    """Commercially rounded to fen: halves go away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_money(text: str) -> Decimal:
    """The sum a person typed or pasted; never rounds: more than two places is an error.

    >>> parse_money("￥５，０００ 元")
    Decimal('5000.00')
    """
    plain = _ORNAMENT.sub("", unicodedata.normalize("NFKC", text).strip())
    if not _PLAIN.fullmatch(plain):
        raise MoneyError(text)
    value = Decimal(plain)
    if value != value.quantize(CENT, rounding=ROUND_DOWN):
        raise MoneyError(text)
    return value.quantize(CENT)


def format_money(value: Decimal | int) -> str:
    return f"{yuan(Decimal(value)):,}"


def format_wan(value: Decimal | int, decimals: int | None = None) -> str:
    """In 万元, cut off and never rounded up: a report must not claim more than there is.

    Without `decimals` two places are kept and a closing zero is dropped (66.0, 7.6, 1.13).
    """
    places = 2 if decimals is None else decimals
    cut = (Decimal(value) / WAN).quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    shown = f"{cut:,}"
    if decimals is None and shown.endswith("0"):
        return shown[:-1]
    return shown


def wan_words(value: Decimal | int) -> str:
    """For running text: 66万元, 329万余元, and plain yuan below ten thousand."""
    value = yuan(Decimal(value))
    if abs(value) < WAN:
        shown = value.to_integral_value() if value == value.to_integral_value() else value
        return f"{shown:,}元"
    whole = format_wan(value, 0)
    return f"{whole}万元" if value % WAN == 0 else f"{whole}万余元"
