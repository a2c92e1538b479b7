"""Writing personal values into a row: sealed, with tail and blind index beside them."""

from beneficiaries.models.beneficiary import ID_NUMBER, PHONE, Beneficiary
from beneficiaries.models.household import HouseholdMember
from beneficiaries.names import name_parts
from beneficiaries.paper import Paper
from relief.lib.crypto.fields import SealedRow, sealed_names
from relief.lib.crypto.keys import blind_index
from relief.lib.crypto.sealing import DataKey

_TAIL = 4


def put_name(person: Beneficiary, key: DataKey, name: str) -> None:
    for column, value in name_parts(name).items():
        setattr(person, column, value)
    person.seal(key, name_sealed=name)


def put_id_number(row: Beneficiary | HouseholdMember, key: DataKey, number: str) -> None:
    row.seal(key, id_number=number)
    row.id_index = blind_index(ID_NUMBER).of(number)
    row.id_tail = number[-_TAIL:]


def put_paper(person: Beneficiary, key: DataKey, paper: Paper) -> None:
    person.id_kind = paper.kind
    put_id_number(person, key, paper.number)


def put_phone(person: Beneficiary, key: DataKey, phone: str) -> None:
    person.seal(key, phone=phone)
    person.phone_index = blind_index(PHONE).of(phone)
    person.phone_tail = phone[-_TAIL:]


def put_account(person: Beneficiary, key: DataKey, account: str) -> None:
    person.seal(key, bank_account=account)
    person.bank_tail = account[-_TAIL:]


def reseal(row: SealedRow, old: DataKey, new: DataKey) -> None:
    """The same texts under another person's key."""
    row.seal(new, **{name: row.unseal(old, name) for name in sealed_names(type(row))})
