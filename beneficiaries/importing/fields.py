"""What a ledger can say: its fields, the headings that name them, and what fills them.

The words stand in fields.json, so that a union's own heading is one more word there.
Source: DOMAIN §3.4, §3.5, §6.1, §6.2.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final


class Kind(StrEnum):
    """How the cells of a field are understood."""

    TEXT = "text"
    NAME = "name"
    ID_NUMBER = "id_number"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    DATE = "date"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    AMOUNT = "amount"
    NUMBER = "number"
    COUNT = "count"
    CODE = "code"
    #: Words of a list, or the name of an illness in free text.
    HEALTH = "health"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Field:
    """`longest` is the most characters of a text, or the highest count."""

    name: str
    label: str
    kind: Kind
    headings: frozenset[str]
    longest: int = 100
    code_list: str = ""
    #: Fields of one group are told apart by what stands in the column, whatever its heading says.
    rivals: str = ""
    #: A word of an older standard means another kind of aid today, so somebody has to look.
    warns_of_old: bool = False
    #: Yuan below and above which an amount above 0 is more likely a mistake of the unit.
    usual: tuple[int, int] = (10, 2_000_000)


@dataclass(frozen=True, slots=True)
class Fields:
    own: Mapping[str, Field]
    member: Mapping[str, Field]
    serials: frozenset[str]
    left_out: frozenset[str]
    member_groups: tuple[str, ...]
    #: Beginning of a heading → the relationship to the applicant that it tells, "" for several.
    relatives: Mapping[str, str]
    #: Beginnings of headings that tell of people with a duty, not of the beneficiary.
    others: re.Pattern[str]
    #: Words that say too little to recognise a longer heading by.
    vague: frozenset[str]
    #: Headings of columns whose merged cells hold a household together.
    households: frozenset[str]
    #: What goods are counted in, under a heading that may also mean an employer.
    measures: frozenset[str]

    def named(self, name: str) -> Field:
        """The field `name`, which may be member<N>.<field>.

        Raises KeyError.
        """
        group, _, part = name.rpartition(".")
        return self.member[part] if group else self.own[name]

    def has(self, name: str) -> bool:
        """Whether there is such a field; the members of a family are counted from 1."""
        group, _, part = name.rpartition(".")
        if not group:
            return name in self.own
        number = group.removeprefix("member")
        is_member = group != number and number.isascii() and number.isdecimal() and number != "0"
        return is_member and len(number) <= 2 and part in self.member

    def is_heading(self, word: str) -> bool:
        return word in _own_headings()

    def label(self, name: str) -> str:
        group, _, _ = name.rpartition(".")
        owner = f"家庭成员{group.removeprefix('member')}" if group else ""
        return owner + self.named(name).label


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it is compared, and what it said of the unit: of money, of 年 or 月."""

    text: str
    factor: Decimal = Decimal(1)
    has_unit: bool = False
    period: str = ""


_BRACKETS: Final = re.compile(r"[(\[【〔{]([^)\]】〕}]*)[)\]】〕}]")
_DROPPED: Final = re.compile(r"[\s*∗※·、/\\|:：,，.。;；\"'“”_-]")
_UNITS: Final = {"万": Decimal(10_000), "千": Decimal(1_000), "百": Decimal(100)}
_UNIT: Final = re.compile(r"(?<![\d一二两三五公])([万千百]?)元(?![旦宵])")
_ONLY_UNIT: Final = re.compile(r"\s*(?:单位[:：])?[万千百]?元\W*(?:[每人口户均]\W*)*[年月]?\s*")
_MEASURES: Final = frozenset(
    {"人", "岁", "周岁", "平方米", "㎡", "m2", "平米", "口", "份", "户", "年", "月"}
)
_STATED_UNIT: Final = re.compile(r"单位\s*[:：]?\s*[(]?\s*(?:人民币)?([万千百]?)元(?![旦宵])")
_PERIOD: Final = re.compile(r"(?:[元人口户每按/.·]|^)\s*([年月])均?$")


@lru_cache(maxsize=2048)
def heading(text: str) -> Heading:
    """
    >>> heading("家庭年收入（万元）").text, heading("人均收入(万元/年)").factor
    ('家庭年收入', Decimal('10000'))
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    aside = " ".join(_BRACKETS.findall(folded))
    plain = _BRACKETS.sub("", folded)
    unit = _UNIT.search(aside) or _UNIT.search(plain)
    # A unit alone stands in a second row of headings, without brackets.
    period = _PERIOD.search(plain if _ONLY_UNIT.fullmatch(plain) else aside.strip())
    return Heading(
        _DROPPED.sub("", plain) or _DROPPED.sub("", aside),
        _UNITS.get(unit[1], Decimal(1)) if unit else Decimal(1),
        has_unit=unit is not None,
        period=period[1] if period else "",
    )


def is_unit(text: str) -> bool:
    """Whether a cell below a heading only names its unit: 万元, 元/月, (平方米), 人."""
    folded = unicodedata.normalize("NFKC", text).lower().strip(" ()[]")
    return folded in _MEASURES or _ONLY_UNIT.fullmatch(folded) is not None


def unit_above(text: str) -> Decimal | None:
    """The unit of all amounts, as a line above the table states it: 金额单位：万元.

    >>> unit_above("填报单位：某某街道　　单位：万元")
    Decimal('10000')
    """
    stated = _STATED_UNIT.search(unicodedata.normalize("NFKC", text))
    return _UNITS.get(stated[1], Decimal(1)) if stated else None


@cache
def fields() -> Fields:
    written = json.loads(Path(__file__).with_name("fields.json").read_text("utf-8"))
    return Fields(
        own=_by_name(written["fields"]),
        member=_by_name(written["member_fields"]),
        serials=_headings(written["serials"]),
        left_out=_headings(written["left_out"]),
        member_groups=tuple(sorted(written["member_groups"], key=len, reverse=True)),
        relatives=MappingProxyType(written["relatives"]),
        others=re.compile("|".join(written["others"])),
        vague=_headings(written["vague"]),
        households=_headings(written["households"]),
        measures=frozenset(written["measures"]),
    )


@cache
def _own_headings() -> frozenset[str]:
    """Asked about cells of every row: whether the row repeats the headings."""
    return frozenset[str]().union(*(field.headings for field in fields().own.values()))


def _by_name(written: list[dict[str, Any]]) -> Mapping[str, Field]:
    return MappingProxyType({entry["name"]: _field(entry) for entry in written})


def _field(entry: dict[str, Any]) -> Field:
    described = entry | {"kind": Kind(entry["kind"]), "headings": _headings(entry["headings"])}
    if "usual" in entry:
        described["usual"] = tuple(entry["usual"])
    return Field(**described)


def _headings(words: list[str]) -> frozenset[str]:
    return frozenset(heading(word).text for word in words)
