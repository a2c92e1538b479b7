"""The access rows of duplicates, links and transfers."""

import uuid

from beneficiaries.models import BeneficiaryLink
from beneficiaries.services.people import create_beneficiary
from beneficiaries.services.same_person import keep_apart
from beneficiaries.services.transfers import request_transfer
from tests.access_rows import FORM, Arguments, Row, Scoped
from tests.beneficiaries.access_people import PERSON, clerk_of, person_of
from unions.models import Union


def a_pair(union: Union) -> Arguments:
    """Two that can be merged: the other one has no ID number."""
    other = create_beneficiary(
        by=clerk_of(union), union=union, name=f"王{union.code}", health=f"病 {union.code}"
    )
    return {"pk": person_of(union).pk, "other": other.pk}


def kept_apart(union: Union) -> Arguments:
    reason = f"两个人 {union.code}"
    pair = keep_apart(
        by=clerk_of(union), person=person_of(union), other=person_of(union), reason=reason
    )
    return {"pk": pair.pk}


def below(union: Union) -> Union:
    """A union that only those see who see its parent: the other side of a link or a request."""
    code = f"{union.code}Z"
    own = {"name": f"分会 {union.code}", "kind": "grassroots", "parent": union}
    own |= {"path": f"{union.path}{code}/"}
    return Union.objects.get_or_create(code=code, defaults=own)[0]


def a_link(union: Union) -> Arguments:
    """Made without its number, which nobody here knows any more."""
    link = BeneficiaryLink.objects.create(
        beneficiary=person_of(union), union=below(union), linked_by=clerk_of(union)
    )
    return {"pk": link.pk}


def a_transfer(union: Union) -> Arguments:
    transfer = request_transfer(
        by=clerk_of(union), person=person_of(union), to=below(union), reason=f"调入 {union.code}"
    )
    return {"pk": transfer.pk}


PAIR = Scoped(
    "beneficiaries.Beneficiary", a_pair, {"pk": uuid.UUID(int=1), "other": uuid.UUID(int=2)}
)
APART = Scoped("beneficiaries.KeptApart", kept_apart, {"pk": 2**40})
LINK = Scoped("beneficiaries.BeneficiaryLink", a_link, {"pk": 2**40})
TRANSFER = Scoped("beneficiaries.Transfer", a_transfer, {"pk": 2**40})

ROWS: dict[str, Row] = {
    "doubles-list": Row(),
    "apart-list": Row(),
    "apart-withdraw": Row(FORM, APART),
    "merged-list": Row(),
    "double-detail": Row(target=PAIR),
    "double-apart": Row(FORM, PAIR),
    "double-merge": Row(FORM, PAIR),
    "person-elsewhere": Row(FORM),
    "transfer-request": Row(FORM, PERSON),
    "link-end": Row(FORM, LINK),
    "transfer-list": Row(),
    "transfer-detail": Row(target=TRANSFER),
    "transfer-accept": Row(FORM, TRANSFER),
    "transfer-decline": Row(FORM, TRANSFER),
    "transfer-withdraw": Row(FORM, TRANSFER),
}
