"""Which rule of publicity holds for a union, and until when a posting would last."""

from typing import NamedTuple

from django.utils import timezone

from beneficiaries.lifecycle import Status
from beneficiaries.models import HardshipFile, PublicityRule
from beneficiaries.working_days import Deadline, after_working_days
from unions.models import Union


class Period(NamedTuple):
    """How long a posting that begins today would last."""

    working_days: int
    deadline: Deadline


def rule_of(union: Union) -> PublicityRule:
    return PublicityRule.objects.for_union(union)


def is_posted_next(file: HardshipFile, rule: PublicityRule | None = None) -> bool:
    """Whether the step that is due now puts the file up; `rule` where the union's is known."""
    rule = rule or rule_of(file.union)
    is_first = file.status == Status.APPLIED
    return rule.after_first_review if is_first else rule.after_comparison


def period_from_today(union: Union) -> Period:
    days = rule_of(union).working_days
    return Period(days, after_working_days(timezone.localdate(), days))
