from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from beneficiaries.models import Beneficiary
from beneficiaries.services.people import create_beneficiary
from relief.codes.models import Code, CodeList
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

#: (name, who registers, where, then what create_beneficiary takes) → the person.
Register = Callable[..., Beneficiary]
#: "list:code" → the code, made when it is missing.
Coded = Callable[[str], Code]


@pytest.fixture
def register(cast: Cast) -> Register:
    """`register("王桂兰")` is at East-1, by Ben, with an ID number and a phone of her own."""
    serial = iter(range(1, 1000))

    def make(name: str, union: str = "east-1", by: str = "ben", **details: Any) -> Beneficiary:
        number = next(serial)
        given = {
            "id_kind": "resident",
            "id_number": id_number(number),
            "phone": f"1380000{number:04d}",
        }
        return create_beneficiary(
            by=cast.people[by], union=cast.unions[union], name=name, **(given | details)
        )

    return make


@pytest.fixture
def coded(db: None) -> Coded:
    def make(key: str) -> Code:
        list_key, code = key.split(":")
        CodeList.objects.get_or_create(key=list_key, defaults={"name": list_key})
        values = {"list_id": list_key, "code": code, "name": code}
        return Code.objects.get_or_create(key=key, defaults=values)[0]

    return make


#: A day of the file services: a Tuesday in a year whose holidays are known.
TODAY = date(2026, 3, 10)
