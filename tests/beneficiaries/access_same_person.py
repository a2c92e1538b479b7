"""The access rows of duplicates, links and transfers."""

import uuid

from beneficiaries.services.people import create_beneficiary
from beneficiaries.services.same_person import keep_apart
from tests.access_rows import FORM, Arguments, Row, Scoped
from tests.beneficiaries.access_people import clerk_of, person_of
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


PAIR = Scoped(
    "beneficiaries.Beneficiary", a_pair, {"pk": uuid.UUID(int=1), "other": uuid.UUID(int=2)}
)
APART = Scoped("beneficiaries.KeptApart", kept_apart, {"pk": 2**40})

ROWS: dict[str, Row] = {
    "doubles-list": Row(),
    "apart-list": Row(),
    "apart-withdraw": Row(FORM, APART),
    "merged-list": Row(),
    "double-detail": Row(target=PAIR),
    "double-apart": Row(FORM, PAIR),
    "double-merge": Row(FORM, PAIR),
}
