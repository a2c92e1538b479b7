"""Limits and columns that several tables of the ledger share."""

from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import Q

from relief.lib.text import refuse_hidden_characters

#: Below any sum that could be meant, far above any that is: a slipped finger is refused.
MOST_YUAN: Final = Decimal("9999999999.99")
MOST_UNITS: Final = 1_000_000_000


def yuan_field(label: str) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Yuan with two places, or nothing."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, null=True, blank=True)


def sum_field(label: str) -> "models.DecimalField[Decimal, Decimal]":
    """A sum kept by the database: yuan of money, units of goods."""
    return models.DecimalField(
        label, max_digits=18, decimal_places=2, default=0, db_default=Decimal(0)
    )


def words_field(label: str, length: int = 100) -> "models.CharField[str, str]":
    """One line that may stay empty."""
    return models.CharField(
        label, max_length=length, blank=True, validators=[refuse_hidden_characters]
    )


def in_yuan(table: str, field: str = "amount") -> models.CheckConstraint:
    """More than nothing and within the limit; NaN is above every limit."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True})
        | Q(**{f"{field}__gt": 0, f"{field}__lte": MOST_YUAN}),
        name=f"{table}_{field}_positive",
        violation_error_message="金额要大于 0，不超过 9,999,999,999.99 元。",
    )


def in_units(table: str, field: str = "quantity") -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True})
        | Q(**{f"{field}__gt": 0, f"{field}__lte": MOST_UNITS}),
        name=f"{table}_{field}_positive",
        violation_error_message="数量要大于 0，不超过 1,000,000,000。",
    )


def filled(table: str, field: str, words: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__regex": r"\S"}),
        name=f"{table}_{field}_filled",
        violation_error_message=words,
    )
