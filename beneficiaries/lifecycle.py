"""The steps of a hardship file: the one table that the trigger, the services and the pages read.

Source: DOMAIN §3.8. Publicity (公示) is a step that a union may put after the first review, after
the comparison with the civil affairs office, after both, or nowhere.
"""

from types import MappingProxyType
from typing import Final

from django.db import models


class Status(models.TextChoices):
    DRAFT = "draft", "草稿"
    APPLIED = "applied", "待初审"
    PUBLICITY = "publicity", "公示中"
    REVIEW = "review", "待复核"
    COMPARISON = "comparison", "待核对"
    APPROVAL = "approval", "待审批"
    ACTIVE = "active", "在档"
    RELIEVED = "relieved", "脱困"
    CLOSED = "closed", "注销"
    REJECTED = "rejected", "不予建档"


S = Status

_SENT_BACK = frozenset({S.DRAFT, S.REJECTED})

#: Status → where a file may go from there.
STEPS: Final = MappingProxyType(
    {
        S.DRAFT: frozenset({S.APPLIED, S.CLOSED}),
        S.APPLIED: frozenset({S.PUBLICITY, S.REVIEW}) | _SENT_BACK,
        S.PUBLICITY: frozenset({S.REVIEW, S.APPROVAL}) | _SENT_BACK,
        S.REVIEW: frozenset({S.COMPARISON}) | _SENT_BACK,
        S.COMPARISON: frozenset({S.PUBLICITY, S.APPROVAL}) | _SENT_BACK,
        S.APPROVAL: frozenset({S.ACTIVE}) | _SENT_BACK,
        # 变更: what its maker changes in a file in force is reviewed before it holds again.
        S.ACTIVE: frozenset({S.REVIEW, S.RELIEVED, S.CLOSED}),
        S.RELIEVED: frozenset({S.CLOSED}),
        S.CLOSED: frozenset[Status](),
        S.REJECTED: frozenset[Status](),
    }
)

#: A file that was in force on paper or in another system comes in as 在档.
BEGINNINGS: Final = frozenset({S.DRAFT, S.ACTIVE})
#: Where a checker decides.
UNDER_REVIEW: Final = frozenset({S.APPLIED, S.PUBLICITY, S.REVIEW, S.COMPARISON, S.APPROVAL})
#: Columns that an approval is about: in a file in force they change by 变更 or by a ledger only.
DECISIVE: Final = frozenset(
    {
        "standard",
        "hardship_class",
        "file_standard",
        "file_kind",
        "family_kind",
        "own_monthly_income",
        "other_yearly_income",
        "yearly_income",
        "rigid_spending",
        "household_size",
        "main_cause",
        "other_causes",
        "housing",
        "floor_area",
        "is_single_parent",
        "has_ability",
        "has_no_worker",
    }
)
#: As above, but seen by the services only: sealed values are sealed anew, 转正 is a checker's.
DECISIVE_ELSEWHERE: Final = frozenset({"health", "disability", "hardship", "is_temporary"})
#: Where a file stands once it is through its review, or was never put through one.
THROUGH: Final = frozenset({S.ACTIVE, S.RELIEVED, S.CLOSED})
#: The household has its one file while it is in one of these.
LIVE: Final = frozenset({S.DRAFT, S.ACTIVE}) | UNDER_REVIEW


def legal_steps_sql() -> str:
    """For the trigger: a list of (from, to) pairs."""
    pairs = sorted((start, end) for start, ends in STEPS.items() for end in ends)
    return ", ".join(f"('{start}', '{end}')" for start, end in pairs)
