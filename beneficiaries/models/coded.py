"""Columns that hold one of a few values: of a code list (relief.codes), or of the model's own."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import StartsWith

if TYPE_CHECKING:
    from relief.codes.models import Code


def coded(label: str, list_key: str) -> "models.ForeignKey[Code | None, Code | None]":
    """A value of the list, or none yet. The rare search by one of them needs no index."""
    return models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        verbose_name=label,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        limit_choices_to={"list": list_key},
    )


def of_its_list(table: str, field: str, list_key: str) -> models.CheckConstraint:
    """The key of a code begins with its list."""
    return models.CheckConstraint(
        condition=StartsWith(F(f"{field}_id"), f"{list_key}:"),
        name=f"{table}_{field}_of_its_list",
        violation_error_message="请从这一栏的代码表里选。",
    )


def one_of(table: str, field: str, values: Iterable[str]) -> models.CheckConstraint:
    """The values of the field's choices; add "" where the field may stay empty."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": list(values)}),
        name=f"{table}_{field}_known",
        violation_error_message="请从列出的几项里选。",
    )


def finite(table: str, what: str, fields: Iterable[str]) -> models.CheckConstraint:
    """`NaN` is more than any amount, `infinity` later than any day; no sum or page survives them.

    `what`: "amounts" or "days".
    """
    most = 10**12 if what == "amounts" else date(9999, 12, 31)
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": most})
    return models.CheckConstraint(
        condition=condition,
        name=f"{table}_{what}_finite",
        violation_error_message="金额或日期超出了能保存的范围。",
    )
