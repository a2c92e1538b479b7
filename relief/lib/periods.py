"""Rows that hold from a first to a last day, both included; without a last day they go on.

Conditions on `starts_on` and `ends_on`. That two of one kind do not hold at one time is refused by
a trigger of the model, for rows that are judged side by side.
"""

from datetime import date

from django.db.models import Q


def not_ended(day: date) -> Q:
    """Those whose last day is not over on `day`, also those still to begin."""
    return Q(ends_on__isnull=True) | Q(ends_on__gte=day)


def holding_on(day: date) -> Q:
    """Those that hold on `day`."""
    return not_ended(day) & Q(starts_on__lte=day)


def overlapping(starts_on: date, ends_on: date | None) -> Q:
    """Those that hold on some day of that period."""
    return not_ended(starts_on) & (Q(starts_on__lte=ends_on) if ends_on else Q())
