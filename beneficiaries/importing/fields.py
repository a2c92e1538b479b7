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
from functools import cache
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


@dataclass(frozen=True, slots=True)
class Fields:
    own: Mapping[str, Field]
    member: Mapping[str, Field]
    serials: frozenset[str]
    left_out: frozenset[str]
    member_groups: tuple[str, ...]

    def named(self, name: str) -> Field:
        """The field `name`, which may be member<N>.<field>.

        Raises KeyError.
        """
        group, _, part = name.rpartition(".")
        return self.member[part] if group else self.own[name]

    def label(self, name: str) -> str:
        group, _, _ = name.rpartition(".")
        owner = f"家庭成员{group.removeprefix('member')}" if group else ""
        return owner + self.named(name).label


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it is compared, and what its brackets said of the unit."""

    text: str
    factor: Decimal = Decimal(1)


_BRACKETS: Final = re.compile(r"[(\[【〔{]([^)\]】〕}]*)[)\]】〕}]")
_DROPPED: Final = re.compile(r"[\s*∗※·、/\\|:：,，.。;；\"'“”_-]")
_UNITS: Final = {"万": Decimal(10_000), "千": Decimal(1_000), "百": Decimal(100)}
_UNIT: Final = re.compile(r"([万千百])元")


def heading(text: str) -> Heading:
    """
    >>> heading("家庭年收入（万元）")
    Heading(text='家庭年收入', factor=Decimal('10000'))
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    aside = " ".join(_BRACKETS.findall(folded))
    plain = _BRACKETS.sub("", folded)
    unit = _UNIT.search(aside) or _UNIT.search(plain)
    return Heading(
        _DROPPED.sub("", plain) or _DROPPED.sub("", aside),
        _UNITS[unit[1]] if unit else Decimal(1),
    )


@cache
def fields() -> Fields:
    written = json.loads(Path(__file__).with_name("fields.json").read_text("utf-8"))
    return Fields(
        own=_by_name(written["fields"]),
        member=_by_name(written["member_fields"]),
        serials=_headings(written["serials"]),
        left_out=_headings(written["left_out"]),
        member_groups=tuple(sorted(written["member_groups"], key=len, reverse=True)),
    )


def _by_name(written: list[dict[str, Any]]) -> Mapping[str, Field]:
    return MappingProxyType({entry["name"]: _field(entry) for entry in written})


def _field(entry: dict[str, Any]) -> Field:
    described = entry | {"kind": Kind(entry["kind"]), "headings": _headings(entry["headings"])}
    return Field(**described)


def _headings(words: list[str]) -> frozenset[str]:
    return frozenset(heading(word).text for word in words)
