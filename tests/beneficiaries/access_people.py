"""The access rows of people, their papers and categories."""

import itertools
import uuid

from beneficiaries.models import Beneficiary
from beneficiaries.services.people import create_beneficiary
from tests.access_rows import FORM, Arguments, Row, Scoped
from tests.beneficiaries.numbers import id_number
from unions.models import Staff, Union, User

_numbers = itertools.count(1)


def clerk_of(union: Union) -> Staff:
    """The one maker of that union whom nobody of the cast is."""
    username = f"clerk.{union.code.lower()}"
    known = Staff.objects.filter(user__username=username).first()
    if known is not None:
        return known
    user = User.objects.create(username=username, full_name=f"某经办{union.code}")
    return Staff.objects.create(user=user, union=union, role="maker")


def person_of(union: Union) -> Beneficiary:
    """Somebody whose every value carries the union's code, which is a canary outside of it."""
    number = next(_numbers)
    return create_beneficiary(
        by=clerk_of(union),
        union=union,
        name=f"王{union.code}",
        id_kind="resident",
        id_number=id_number(number % 1000, region=f"{110101 + number // 1000}"),
        phone=f"139{number:08d}",
        other_contact=f"邻居 {union.code}",
        address=f"北京市东城区建国门街道 {union.code} 号",
        bank_name=f"银行 {union.code}",
        bank_account="6222020200000001232",
        health=f"病 {union.code}",
    )


def a_person(union: Union) -> Arguments:
    return {"pk": person_of(union).pk}


PERSON = Scoped("beneficiaries.Beneficiary", a_person, {"pk": uuid.UUID(int=1)})

ROWS: dict[str, Row] = {
    "people-list": Row(),
    "people-find": Row(FORM),
    "person-create": Row(FORM),
    "person-detail": Row(target=PERSON),
    "person-change": Row(FORM, PERSON),
    "person-reveal": Row(FORM, PERSON),
    "workplace-search": Row(),
}
