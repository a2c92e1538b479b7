from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from beneficiaries.models import Beneficiary, CategoryMembership
from beneficiaries.services.categories import add_category, end_category
from tests.beneficiaries.conftest import Coded, Register
from tests.cast import Cast
from tests.unions.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(1)
START, END = date(2026, 2, 1), date(2026, 2, 28)


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰")


@pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [
        (START - 20 * DAY, START - DAY, True),
        (START - 20 * DAY, START, False),
        (START + DAY, START + DAY, False),
        (END, None, False),
        (END + DAY, None, True),
        (START - 20 * DAY, None, False),
    ],
    ids=["before", "touching", "inside", "last day", "after", "around"],
)
def test_one_category_is_held_once_at_a_time(
    cast: Cast, person: Beneficiary, coded: Coded, starts: date, ends: date | None, is_free: bool
):
    model_worker = coded("category:LM")
    given: dict[str, Any] = {"by": cast.people["ben"], "person": person, "category": model_worker}
    add_category(**given, level=coded("model_worker:全国劳模"), starts_on=START, ends_on=END)
    add_category(**given | {"category": coded("category:TX")}, starts_on=START)
    if is_free:
        add_category(**given, starts_on=starts, ends_on=ends)
        return
    with refused("category_overlaps"):
        add_category(**given, starts_on=starts, ends_on=ends)
    row = CategoryMembership(
        beneficiary=person, category=model_worker, starts_on=starts, ends_on=ends
    )
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        row.save()
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "23R06"


def test_a_category_ends_with_its_last_day(cast: Cast, person: Beneficiary, coded: Coded):
    row = add_category(
        by=cast.people["ben"], person=person, category=coded("category:KN"), starts_on=START
    )
    ended = end_category(by=cast.people["ann"], membership=row, ends_on=END, reason="脱困")
    assert CategoryMembership.objects.on(END).get() == ended
    assert not CategoryMembership.objects.on(END + DAY).exists()


@pytest.mark.parametrize("who", ["kay", "leo", "eli", "cai"])
def test_categories_need_a_maker_of_the_subtree(
    cast: Cast, person: Beneficiary, coded: Coded, who: str
):
    with pytest.raises(PermissionDenied):
        add_category(by=cast.people[who], person=person, category=coded("category:KN"))
    row = add_category(by=cast.people["ben"], person=person, category=coded("category:KN"))
    with pytest.raises(PermissionDenied):
        end_category(by=cast.people[who], membership=row, ends_on=row.starts_on, reason="误登")
    assert CategoryMembership.objects.visible_to(cast.people["ben"]).get() == row
    assert not CategoryMembership.objects.visible_to(cast.people["cai"]).exists()


def test_only_values_of_the_list_that_are_in_use_fit(cast: Cast, person: Beneficiary, coded: Coded):
    closed = coded("category:QT")
    closed.closed_on = date(2020, 1, 1)
    closed.save()
    with refused("code_closed"):
        add_category(by=cast.people["ben"], person=person, category=closed)
    row = CategoryMembership(beneficiary=person, category=coded("health:良好"))
    with pytest.raises(IntegrityError, match="category_of_its_list"), transaction.atomic():
        row.save()
