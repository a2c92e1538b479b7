"""What the database itself refuses about one row, whoever writes it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
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


# NaN is more than every amount, and infinity later than every day: no table takes them.


def amounts() -> Iterator[Any]:
    for model in apps.get_app_config("beneficiaries").get_models():
        if not issubclass(model, pghistory.models.Event):
            for field in model._meta.concrete_fields:
                if isinstance(field, models.DecimalField):
                    yield pytest.param(model, field.name, id=f"{model.__name__}-{field.name}")


@pytest.mark.parametrize(("model", "name"), list(amounts()))
def test_every_amount_is_finite(db: None, model: type[models.Model], name: str):
    """Asked of the constraint as the database keeps it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND conname = %s",
            [model._meta.db_table, f"{model._meta.db_table}_amounts_finite"],
        )
        (condition,) = cursor.fetchone() or ("",)
        assert name in condition
        others = [field.column for field in model._meta.concrete_fields]
        rows = ", ".join(
            f"'NaN'::numeric AS {other}" if other == name else f"NULL::numeric AS {other}"
            for other in others
            if other in condition
        )
        cursor.execute(f"SELECT {condition} FROM (SELECT {rows}) AS made")
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("beneficiaries_livingstandard", ("starts_on",)),
        ("beneficiaries_incomecalculation", ("day",)),
        ("beneficiaries_filepublicity", ("starts_on", "ends_on")),
        ("beneficiaries_hardshipfile", ("opened_on", "ended_on")),
    ],
)
def test_every_day_that_pages_read_is_finite(db: None, table: str, columns: tuple[str, ...]):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND conname = %s",
            [table, f"{table}_days_finite"],
        )
        (condition,) = cursor.fetchone() or ("",)
    for column in columns:
        assert f"{column} <= '9999-12-31'" in condition
