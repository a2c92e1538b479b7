"""Blind indexes of a row: what finds it again, in its file and when a person is to be erased."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from beneficiaries.identity import lengthened
from beneficiaries.models.beneficiary import ID_NUMBER, PHONE
from relief.lib.crypto.keys import blind_index

_NAME_BIRTH: Final = "name and birth date"
_NAME_PHONE: Final = "name and phone"


class Indexes(NamedTuple):
    """`own` of the ID number of the person, `every` of all that the row names."""

    own: bytes | None
    phone: bytes | None
    members: dict[str, bytes]
    every: list[bytes]


def indexes_of(values: Mapping[str, str]) -> Indexes:
    numbers = blind_index(ID_NUMBER)
    own = numbers.of(_key(values.get("id_number", "")))
    members = {
        name: index
        for name in [name for name in values if "." in name]
        if name.endswith(".id_number") and (index := numbers.of(_key(values[name])))
    }
    every = [*filter(None, [own]), *members.values(), *_pairs(values)]
    phone = blind_index(PHONE).of(values.get("phone", ""))
    return Indexes(own, phone, members, list(dict.fromkeys(every)))


def _pairs(values: Mapping[str, str]) -> Iterator[bytes]:
    name = values.get("name", "")
    for kind, field in ((_NAME_BIRTH, "birth_date"), (_NAME_PHONE, "phone")):
        other = values.get(field, "")
        if name and other:
            # In letters and digits of ASCII, which the index takes as they are.
            folded = f"{name.encode().hex()}x{other.replace('-', '')}"
            yield from filter(None, [blind_index(kind).of(folded)])


def _key(number: str) -> str:
    """15 and 18 digits of one number are one."""
    return lengthened(number) if len(number) == 15 and number.isdecimal() else number
