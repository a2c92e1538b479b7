"""Amounts and counts as people write them in a ledger.

Source: DOMAIN §6.3 no. 12. The unit comes from the cell, else from the brackets of the heading; it
is never guessed from the size.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

import cn2an  # type: ignore[import-untyped]  # the package has no types

_FACTORS: Final = {"万": Decimal(10_000), "千": Decimal(1_000), "百": Decimal(100)}
_DROPPED: Final = re.compile(r"\s|[¥$]|人民币|RMB|元整|元正|圆整|元|圆|整")
#: 2,000 and 2 000 and 1,2000; never 3,6, which somebody meant as 3.6.
_GROUPED: Final = re.compile(
    r"(?<![\d.,])\d{1,3}(?:([, '])\d{3}(?:\1\d{3})*|,\d{4}(?:,\d{4})*)(?![\d,' ])", re.ASCII
)
_GROUPING: Final = re.compile("[, ']")
_UNIT: Final = re.compile(r"[\d\s][元圆]|人民币|RMB|[¥$]")
_SPLIT: Final = re.compile(r"\d[\s,']+\d")
_ABOUT: Final = re.compile(r"^(?:大约|大概|约|近)|(?:左右|上下|多|余)$")
_PLAIN: Final = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+", re.ASCII)
_CHINESE: Final = re.compile(r"[0-9.零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟萬]+")
_COUNTED: Final = re.compile(r"[人口个份岁周名件套]+$")
_MOST: Final = Decimal(9999999999)


@dataclass(frozen=True, slots=True)
class Amount:
    """In yuan, 0 or more, to the fen."""

    yuan: Decimal
    is_guess: bool = False


def read_amount(value: str | Decimal, *, factor: Decimal = Decimal(1)) -> Amount | None:
    """None is no amount: text, a range, less than nothing.

    >>> read_amount("约0.2万").yuan
    Decimal('2000.00')
    """
    if isinstance(value, Decimal):
        return _made(value * factor, is_guess=False)
    text = _GROUPED.sub(_ungrouped, unicodedata.normalize("NFKC", value).strip())
    if _SPLIT.search(text):
        return None  # two numbers, or a comma that means a point
    if _UNIT.search(text):
        factor = Decimal(1)  # the cell names its unit, whatever the heading says
    text = _DROPPED.sub("", text)
    plain = _ABOUT.sub("", text)
    is_guess = plain != text
    if plain[-1:] in _FACTORS and _PLAIN.fullmatch(plain[:-1]):
        plain, factor = plain[:-1], _FACTORS[plain[-1]]
    if _PLAIN.fullmatch(plain):
        return _made(Decimal(plain) * factor, is_guess=is_guess)
    number = _chinese(plain)
    # Numerals in full name their own unit: 贰仟 under (万元) are still two thousand.
    return None if number is None else _made(number, is_guess=is_guess)


def _ungrouped(found: re.Match[str]) -> str:
    return _GROUPING.sub("", found[0])


def read_count(value: str | Decimal, *, most: int) -> int | None:
    """A whole number from 0 to `most`: 5, 5人, 五口."""
    if isinstance(value, str):
        plain = _COUNTED.sub("", unicodedata.normalize("NFKC", value).replace(" ", ""))
        number = Decimal(plain) if _PLAIN.fullmatch(plain) else _chinese(plain)
    else:
        number = value
    if number is None or number != number.to_integral_value() or not 0 <= number <= most:
        return None
    return int(number)


def plain(number: Decimal) -> str:
    """
    >>> plain(Decimal("48480.0000"))
    '48480'
    """
    if number == number.to_integral_value():
        return str(int(number))
    text = f"{number:f}"
    return text.rstrip("0")


def _chinese(text: str) -> Decimal | None:
    if not _CHINESE.fullmatch(text):
        return None
    try:
        return Decimal(str(cn2an.cn2an(text, "smart")))
    except (
        ValueError,
        LookupError,
        InvalidOperation,
    ):  # the library looks up what it does not have
        return None


def _made(yuan: Decimal, *, is_guess: bool) -> Amount | None:
    """Formulas leave any number of digits (833.333…); money has two."""
    if not 0 <= yuan <= _MOST:
        return None
    return Amount(yuan.quantize(Decimal("0.01"), ROUND_HALF_UP), is_guess)
