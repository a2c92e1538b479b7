"""The access rows of people, their papers and categories."""

import itertools
import uuid

from beneficiaries.models import Beneficiary
from beneficiaries.services import papers
from beneficiaries.services.categories import add_category
from beneficiaries.services.people import create_beneficiary
from beneficiaries.services.workplaces import create_workplace
from relief.codes.models import Code, CodeList
from tests.access_rows import FORM, POST, Arguments, Row, Scoped
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


def a_paper(union: Union) -> Arguments:
    person = person_of(union)
    paper = papers.add_attachment(
        by=clerk_of(union),
        person=person,
        kind=code("evidence:身份证"),
        name=f"证 {union.code}.pdf",
        content=b"%PDF-1.7 %%EOF",
    )
    return {"pk": paper.pk}


def a_consent(union: Union) -> Arguments:
    consent = papers.record_consent(
        by=clerk_of(union), person=person_of(union), kind="photo", wording=union.code
    )
    return {"pk": consent.pk}


def a_category(union: Union) -> Arguments:
    membership = add_category(
        by=clerk_of(union),
        person=person_of(union),
        category=code("category:KN"),
        evidence_number=union.code,
    )
    return {"pk": membership.pk}


def code(key: str) -> Code:
    list_key, code = key.split(":")
    CodeList.objects.get_or_create(key=list_key, defaults={"name": list_key})
    values = {"list_id": list_key, "code": code, "name": code}
    return Code.objects.get_or_create(key=key, defaults=values)[0]


PERSON = Scoped("beneficiaries.Beneficiary", a_person, {"pk": uuid.UUID(int=1)})

PAPER = Scoped("beneficiaries.Attachment", a_paper, {"pk": uuid.UUID(int=1)})
CONSENT = Scoped("beneficiaries.Consent", a_consent, {"pk": 2**40})
CATEGORY = Scoped("beneficiaries.CategoryMembership", a_category, {"pk": 2**40})


def a_workplace(union: Union) -> Arguments:
    number = next(_numbers)
    place = create_workplace(
        by=clerk_of(union),
        union=union,
        name=f"厂{union.code}-{number}",
        address=f"厂址 {union.code}",
    )
    return {"pk": place.pk}


WORKPLACE = Scoped("beneficiaries.Workplace", a_workplace, {"pk": 999_999})

ROWS: dict[str, Row] = {
    "people-list": Row(),
    "people-find": Row(FORM),
    "people-export": Row(FORM),
    "people-template": Row(),
    "person-create": Row(FORM),
    "person-detail": Row(target=PERSON),
    "person-change": Row(FORM, PERSON),
    "person-reveal": Row(FORM, PERSON),
    "person-print": Row(target=PERSON),
    "person-erase": Row(FORM, PERSON),
    "category-add": Row(FORM, PERSON),
    "category-end": Row(FORM, CATEGORY),
    "attachment-add": Row(FORM, PERSON),
    "attachment-download": Row(target=PAPER),
    "attachment-remove": Row(FORM, PAPER),
    "consent-record": Row(FORM, PERSON),
    "consent-withdraw": Row(FORM, CONSENT),
    "workplace-search": Row(),
    "workplace-list": Row(),
    "workplace-export": Row(POST),
    "workplace-create": Row(FORM),
    "workplace-detail": Row(target=WORKPLACE),
    "workplace-change": Row(FORM, WORKPLACE),
    "workplace-close": Row(FORM, WORKPLACE),
}
