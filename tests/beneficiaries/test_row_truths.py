"""What the database itself refuses about one row, whoever writes it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from beneficiaries.models import (
    Consent,
    FileExclusion,
    FilePublicity,
    FileStep,
    HardshipFile,
    IncomeCalculation,
    LivingStandard,
)
from beneficiaries.services.files import open_file
from tests.beneficiaries.conftest import Coded, Register
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(cast: Cast, register: Register) -> HardshipFile:
    return open_file(by=cast.people["ben"], person=register("王桂兰"), year=2026)


def test_a_value_outside_the_choices_is_refused(cast: Cast, file: HardshipFile):
    ben, day = cast.people["ben"], timezone.localdate()
    period = {"starts_on": day, "ends_on": day.replace(year=day.year + 1), "working_days": 5}
    rows: list[Any] = [
        FileStep(file=file, from_status="x", to_status="applied", by=ben),
        FileStep(file=file, from_status="draft", to_status="x", by=ben),
        FileExclusion(file=file, kind="x", is_found=False, evidence="查询", checked_by=ben),
        FilePublicity(file=file, follows="applied", place="栏", outcome="x", **period),
        Consent(person=file.person, kind="x", wording="同意", given_on=day, recorded_by=ben),
        Consent(person=file.person, signer="x", wording="同意", given_on=day, recorded_by=ben),
    ]
    for row in rows:
        with pytest.raises(IntegrityError, match="_known"), transaction.atomic():
            row.save()
    with pytest.raises(IntegrityError, match="_known"), transaction.atomic():
        HardshipFile.objects.filter(pk=file.pk).update(
            status="closed", exit_reason="x", ended_on=day
        )


@pytest.mark.parametrize(
    ("values", "truth"),
    [
        ({}, "override_has_reason"),
        ({"yearly_income": -1}, "amounts_not_negative"),
        ({"rigid_spending": Decimal("-0.01")}, "amounts_not_negative"),
        ({"standard_amount": 0}, "amounts_not_negative"),
    ],
    ids=["class without a suggestion or a reason", "income", "spending", "standard"],
)
def test_an_income_that_does_not_hold_is_refused(
    cast: Cast, file: HardshipFile, coded: Coded, values: dict[str, Any], truth: str
):
    standard = LivingStandard.objects.create(
        region=coded("region:110000"), starts_on=timezone.localdate(), amount=1450
    )
    given: dict[str, Any] = {
        "file": file,
        "yearly_income": 0,
        "rigid_spending": 0,
        "household_size": 1,
        "gross_monthly": 0,
        "net_monthly": 0,
        "living_standard": standard,
        "standard_amount": 1450,
        "multiplier": 1,
        "decided_class": coded("hardship_class:deep"),
        "override_reason": "" if truth == "override_has_reason" else "意外致困",
        "day": timezone.localdate(),
        "by": cast.people["ben"],
    }
    with pytest.raises(IntegrityError, match=truth), transaction.atomic():
        IncomeCalculation.objects.create(**given | values)
    reason = {"override_reason": "意外致困"}
    assert IncomeCalculation.objects.create(**given | reason).pk
