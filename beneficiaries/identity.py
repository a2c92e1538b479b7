"""Numbers that belong to a person or a workplace: ID papers, phones, bank cards, credit codes.

Everything takes what somebody wrote and returns what it means; nothing raises and nothing is
repaired. The check digit and the birth date decide on an ID number. The region is a hint: county
codes changed, and numbers keep the one of their day. Source: GB 11643, DOMAIN §6.3, DESIGN §8.8.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final

from stdnum.cn import uscc

_NOT_ALPHANUMERIC: Final = re.compile("[^0-9A-Z]")
_NOT_ID: Final = re.compile("[^0-9X]")
_ID: Final = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_OLD_ID: Final = re.compile(r"[0-9]{15}").fullmatch
#: Passports, travel permits of Hong Kong and Macao, the former card of foreign residents.
_OTHER_PAPER: Final = re.compile(r"[A-Z]{1,3}[0-9]{6,12}").fullmatch
#: What a spreadsheet makes of a long number, once it was saved as text: 1.10101E+17.
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}").fullmatch
#: Signs that people type for the X: a multiplication sign, Greek and Cyrillic letters.
_LIKE_X: Final = str.maketrans("×✕╳ΧХ", "XXXXX")
_EARLIEST_BIRTH: Final = date(1900, 1, 1)

#: GB 11643: weights of the 17 digits, and what their sum modulo 11 becomes.
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_WEIGHT_OF_ZERO: Final = sum(_WEIGHTS) * ord("0")
_CHECK_DIGITS: Final = "10X98765432"
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")

_PLAIN_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII).fullmatch
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d(?:[ -]?\d){8})(?!\d)", re.ASCII)
_LANDLINE: Final = re.compile(
    r"(?<!\d)((?:0\d{2,3}[ -]?)?[2-9]\d{6,7}(?:-\d{1,6})?)(?!\d)", re.ASCII
)
_SEPARATORS: Final = re.compile("[ -]")
_NOT_IN_CARD: Final = re.compile(r"[\s'‘’`.-]")


class IdKind(StrEnum):
    RESIDENT = "resident"
    #: 港澳台居民居住证, regions 81, 82 and 83.
    RESIDENCE_PERMIT = "residence_permit"
    #: 外国人永久居留身份证 of 2023, which begins with 9.
    FOREIGN_RESIDENT = "foreign_resident"
    #: 15 digits, given out until 1999.
    OLD = "old"
    #: A passport or another paper whose number proves nothing by itself.
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """`problem` is "" or the code of what is wrong: id_missing, id_length, id_checksum,
    id_birth_invalid, id_numeric, id_15, id_other_paper."""

    text: str
    kind: IdKind
    problem: str = ""
    sex: str = ""
    birth: date | None = None

    @property
    def is_proven(self) -> bool:
        """The number itself vouches for sex and birth date."""
        return not self.problem

    @property
    def key(self) -> str:
        """What two ways of writing the same number have in common: 18 digits where possible."""
        return lengthened(self.text) if self.kind is IdKind.OLD else self.text


@lru_cache(maxsize=4_096)  # the same number is asked about in several columns of a row
def read_id(text: str, *, today: date) -> IdNumber:
    """Understand an ID number as it was written; nobody is born after `today`.

    >>> read_id("１１０１０５１９４９１２３１００２ｘ", today=date(2026, 1, 1)).text
    '11010519491231002X'
    """
    if _ID(text):
        return _read_long(text, today)
    compact = _NOT_ALPHANUMERIC.sub("", _folded(text))
    if _SCIENTIFIC(_folded(text).strip(" '‘’")):
        return IdNumber("", IdKind.UNKNOWN, "id_numeric")
    if _OTHER_PAPER(compact) and not compact.startswith("X"):
        return IdNumber(compact, IdKind.OTHER, "id_other_paper")
    return _read_digits(_NOT_ID.sub("", compact), today)


def _read_digits(number: str, today: date) -> IdNumber:
    if _ID(number):
        return _read_long(number, today)
    if _OLD_ID(number):
        return _read_old(number, today)
    return IdNumber(number, IdKind.UNKNOWN, _what_is_wrong(number))


def _what_is_wrong(number: str) -> str:
    if len(number) == 18:
        return "id_checksum"
    return "id_length" if number else "id_missing"


def lengthened(old: str) -> str:
    """The 18 digits of a 15-digit number: the century 19 and the check digit come in.

    >>> lengthened("110105491231002")
    '11010519491231002X'
    """
    number = f"{old[:6]}19{old[6:]}"
    return number + _check_digit(number)


def _check_digit(number: str) -> str:
    """Of the first 17 digits; `stdnum.cn.ric` says the same, ten times slower."""
    return _CHECK_DIGITS[(sum(map(mul, number[:17].encode(), _WEIGHTS)) - _WEIGHT_OF_ZERO) % 11]


def _is_luhn(number: str) -> bool:
    """As `stdnum.luhn`, without its alphabets."""
    doubled = number[-2::-2].translate(_DOUBLED)
    return (sum(map(int, number[::-2])) + sum(map(int, doubled))) % 10 == 0


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().translate(_LIKE_X)


def _read_long(number: str, today: date) -> IdNumber:
    kind = _kind_of(number)
    birth = _birth_of(number[6:14], today)
    if birth is None:
        return IdNumber(number, kind, "id_birth_invalid")
    if _check_digit(number) != number[-1]:
        return IdNumber(number, kind, "id_checksum")
    return IdNumber(number, kind, "", _sex_of(number[16]), birth)


def _read_old(number: str, today: date) -> IdNumber:
    birth = _birth_of(f"19{number[6:12]}", today)
    if birth is None:
        return IdNumber(number, IdKind.OLD, "id_birth_invalid")
    return IdNumber(number, IdKind.OLD, "id_15", _sex_of(number[14]), birth)


def _kind_of(number: str) -> IdKind:
    if number.startswith(("81", "82", "83")):
        return IdKind.RESIDENCE_PERMIT
    return IdKind.FOREIGN_RESIDENT if number.startswith("9") else IdKind.RESIDENT


@lru_cache(maxsize=16_384)
def _birth_of(digits: str, today: date) -> date | None:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return birth if _EARLIEST_BIRTH <= birth <= today else None


def _sex_of(digit: str) -> str:
    return "男" if int(digit) % 2 else "女"


@dataclass(frozen=True, slots=True)
class Phones:
    """The first mobile phone, and whatever else can be called."""

    mobile: str
    others: tuple[str, ...]


def read_phones(text: str) -> Phones:
    """
    >>> read_phones("010-64000000 / 138 0000 0000、13900000000")
    Phones(mobile='13800000000', others=('010-64000000', '13900000000'))
    """
    if _PLAIN_MOBILE(text):
        return Phones(text, ())
    folded = unicodedata.normalize("NFKC", text)
    mobiles = [_SEPARATORS.sub("", found) for found in _MOBILE.findall(folded)]
    landlines = [found.replace(" ", "-") for found in _LANDLINE.findall(_MOBILE.sub("/", folded))]
    return Phones(mobiles[0] if mobiles else "", (*landlines, *mobiles[1:]))


@dataclass(frozen=True, slots=True)
class BankCard:
    """`problem` is "", bank_luhn, bank_invalid or bank_numeric (its digits are lost)."""

    text: str
    problem: str = ""


def read_card(text: str) -> BankCard:
    """Understand an account number: digits only; the check digit of cards is a warning."""
    number = _NOT_IN_CARD.sub("", unicodedata.normalize("NFKC", text))
    if not (number.isascii() and number.isdecimal()):
        is_lost = _SCIENTIFIC(_folded(text).strip(" '‘’"))
        return BankCard("", "bank_numeric") if is_lost else BankCard(number, "bank_invalid")
    if not 12 <= len(number) <= 25:
        return BankCard(number, "bank_invalid")
    if 16 <= len(number) <= 19 and not _is_luhn(number):
        return BankCard(number, "bank_luhn")
    return BankCard(number)


def read_credit_code(text: str) -> str:
    """The 统一社会信用代码 of a workplace in its standard form, "" if it is none."""
    number = uscc.compact(unicodedata.normalize("NFKC", text))
    return number if uscc.is_valid(number) else ""
