"""The steps of a campaign: the one table that the trigger, the services and the pages read.

Source: DOMAIN §10 (草稿 → 已批准 → 进行中 → 汇总 → 归档); docs/decisions/0040.
"""

from types import MappingProxyType
from typing import Final

from django.db import models


class Status(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待批准"
    APPROVED = "approved", "已批准"
    RUNNING = "running", "进行中"
    CLOSED = "closed", "已结束"
    ARCHIVED = "archived", "已归档"
    VOID = "void", "已作废"


S = Status

#: Status → where a campaign may go from there.
STEPS: Final = MappingProxyType(
    {
        S.DRAFT: frozenset({S.SUBMITTED, S.VOID}),
        S.SUBMITTED: frozenset({S.APPROVED, S.DRAFT}),
        S.APPROVED: frozenset({S.RUNNING, S.DRAFT, S.VOID}),
        S.RUNNING: frozenset({S.CLOSED}),
        # Reopened with a reason: a bank sent money back, a sheet came in late.
        S.CLOSED: frozenset({S.RUNNING, S.ARCHIVED}),
        S.ARCHIVED: frozenset[Status](),
        S.VOID: frozenset[Status](),
    }
)

#: Money may be raised and handed down.
OPEN: Final = frozenset({S.APPROVED, S.RUNNING})
#: Somebody else than the maker has agreed to the plan.
AGREED: Final = frozenset({S.APPROVED, S.RUNNING, S.CLOSED, S.ARCHIVED})
#: Nothing of the campaign itself changes any more.
ENDED: Final = frozenset({S.ARCHIVED, S.VOID})
#: What the approval is about: it changes in a draft only.
DECISIVE: Final = ("kind_id", "title", "season_year", "starts_on", "participation")


def legal_steps_sql() -> str:
    """For the trigger: a list of (from, to) pairs."""
    pairs = sorted((start, end) for start, ends in STEPS.items() for end in ends)
    return ", ".join(f"('{start}', '{end}')" for start, end in pairs)
