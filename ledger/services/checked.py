"""What every movement is asked before it is written, and what is noted with it."""

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError

from ledger import rules
from ledger.models import Entry, Fund
from ledger.portions import Portion
from ledger.services.acts import Circumstances
from unions.models import Union
from unions.services.tree import require_open

#: Lines of one act: more would hold the balance for too long. Source: SECURITY §3.6.
MOST_LINES: Final = 2000


def noted(how: Circumstances) -> dict[str, object]:
    return {
        "occurred_on": how.on(),
        "voucher_number": how.voucher_number,
        "note": how.note,
        "is_backfilled": how.is_backfilled,
    }


def refuse_movement(
    fund: Fund,
    union: Union,
    kind: Entry.Kind,
    portions: Sequence[Portion],
    how: Circumstances,
    *,
    is_own: bool = True,
) -> None:
    """What is asked of every movement. `is_own`: the union stands in the tree of the fund.

    A union that was moved elsewhere still hands over, and sends back, what it has.
    """
    require_open(union)
    if is_own:
        rules.refuse_foreign(fund, union)
    rules.refuse_closed(fund, is_backfilled=how.is_backfilled)
    rules.refuse_day(fund, kind, how.on(), is_backfilled=how.is_backfilled)
    for portion in portions:
        rules.refuse_portion(portion.item, portion.lot, portion.amount, portion.quantity)


def refuse_count(lines: Sequence[object]) -> None:
    """Raises ValidationError: nothing, too_many."""
    if not lines:
        raise ValidationError("一行也没有填。", code="nothing")
    if len(lines) > MOST_LINES:
        raise ValidationError(f"一次最多 {MOST_LINES:,} 行，请分几次。", code="too_many")
