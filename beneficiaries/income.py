"""Net income of a household and the class it stands for. Source: DOMAIN §3.2."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from relief.lib.money import yuan

#: 相对困难 reaches to twice the 低保 standard; some places add a band, so it is an argument.
USUAL_MULTIPLIER: Final = Decimal(2)
DEEP: Final = "hardship_class:深度困难"
RELATIVE: Final = "hardship_class:相对困难"


@dataclass(frozen=True)
class Income:
    """Yuan for each person and month, over the last twelve months."""

    gross: Decimal
    net: Decimal


def monthly_income(*, yearly_income: Decimal, rigid_spending: Decimal, people: int) -> Income:
    """
    >>> monthly_income(
    ...     yearly_income=Decimal(60000), rigid_spending=Decimal(36000), people=2
    ... ).net
    Decimal('1000.00')
    """
    return Income(
        gross=yuan(yearly_income / people / 12),
        net=yuan((yearly_income - rigid_spending) / people / 12),
    )


def class_by_income(net: Decimal, standard: Decimal, multiplier: Decimal) -> str:
    """The key of the class, "" above every limit. 意外致困 is a judgement, never arithmetic."""
    if net < standard:
        return DEEP
    return RELATIVE if net < multiplier * standard else ""
