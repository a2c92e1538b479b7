"""The equation: every row that was read is in exactly one outcome."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q

from beneficiaries.importing.amounts import plain
from beneficiaries.models import LedgerImport, StagedRow

#: Money that people got. What they earn is nobody's sum, and no paper adds it up.
AMOUNTS: Final = ("relief_amount", "goods_value")


def count_rows(ledger: LedgerImport) -> dict[str, Any]:
    """What stands in `ledger.counts`, but for the sums.

    `read` = new + changed + same + mend + duplicate + skipped; `known` are rows of people whom the
    registry had before, `reasons` of skipping add up to skipped.
    """
    rows = StagedRow.objects.filter(ledger=ledger)
    outcomes: dict[str, int] = dict.fromkeys(StagedRow.Outcome.values, 0)
    reasons: dict[str, int] = {}
    written = known = 0
    groups = rows.values("outcome", "skip_reason").annotate(
        rows=Count("pk"),
        written=Count("pk", filter=Q(written_at__isnull=False)),
        known=Count("pk", filter=Q(person__isnull=False, made_person=False)),
    )
    for group in groups.order_by("outcome", "skip_reason"):
        outcomes[group["outcome"]] += group["rows"]
        written += group["written"]
        known += group["known"]
        if group["skip_reason"]:
            reasons[group["skip_reason"]] = group["rows"]
    return {
        "read": sum(outcomes.values()),
        **outcomes,
        "reasons": reasons,
        "known": known,
        "written": written,
    }


def people_in(counts: Mapping[str, Any]) -> int:
    """Rows that are somebody."""
    return int(counts["read"]) - int(counts["skipped"])


def is_mostly_known(counts: Mapping[str, Any]) -> bool:
    """More than half are doubles, or in the registry already: perhaps the wrong file."""
    return 2 * (int(counts["known"]) + int(counts["duplicate"])) > people_in(counts)


def sums_of(rows: Iterable[Mapping[str, str]]) -> Counter[str]:
    """Field → yuan, in fen, of the money columns of these rows."""
    sums: Counter[str] = Counter()
    for values in rows:
        for name in AMOUNTS:
            if text := values.get(name):
                sums[name] += fen(text)
    return sums


def fen(text: str) -> int:
    return int(text) * 100 if text.isdecimal() else int(Decimal(text) * 100)


def yuan(amount: int) -> str:
    return plain(Decimal(amount) / 100)
