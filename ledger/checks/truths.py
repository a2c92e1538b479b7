"""What must be true of single rows, asked of the database in the plainest way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection


@dataclass(frozen=True)
class Truth:
    """A query that finds the keys of rows for which the sentence is true and must not be."""

    sentence: str
    query: str


TRUTHS: Final = (
    Truth(
        "reversal {}: it does not mirror its entry",
        """
        SELECT r.id FROM ledger_entry r LEFT JOIN ledger_entry e ON e.id = r.reverses_id
        WHERE r.reverses_id IS NOT NULL AND (
            e.id IS NULL OR e.reverses_id IS NOT NULL
            OR e.kind <> r.kind OR e.union_id <> r.union_id OR e.fund_id <> r.fund_id
            OR e.to_union_id IS DISTINCT FROM r.to_union_id
            OR e.item_id IS DISTINCT FROM r.item_id OR e.lot_id IS DISTINCT FROM r.lot_id
            OR e.amount IS DISTINCT FROM r.amount OR e.quantity IS DISTINCT FROM r.quantity
            OR e.commitment_id IS DISTINCT FROM r.commitment_id)
        ORDER BY r.id
        """,
    ),
    Truth(
        "entry {}: reversed more than once",
        """
        SELECT reverses_id FROM ledger_entry WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id HAVING count(*) > 1 ORDER BY reverses_id
        """,
    ),
    Truth(
        "entry {}: its sums are out of shape",
        """
        SELECT id FROM ledger_entry WHERE NOT (
            (amount IS NULL OR amount > 0 AND amount <= 9999999999.99)
            AND (quantity IS NULL OR quantity BETWEEN 1 AND 1000000000)
            AND (item_id IS NULL) = (quantity IS NULL)
            AND (is_unpriced = (item_id IS NOT NULL AND amount IS NULL))
            AND (item_id IS NOT NULL OR amount IS NOT NULL)
            AND (kind IN ('allot', 'return')) = (to_union_id IS NOT NULL))
        ORDER BY id
        """,
    ),
    Truth(
        "entry {}: the two unions never stood directly above each other",
        """
        SELECT e.id FROM ledger_entry e
        JOIN unions_union upper ON upper.id =
            CASE e.kind WHEN 'allot' THEN e.union_id ELSE e.to_union_id END
        JOIN unions_union lower ON lower.id =
            CASE e.kind WHEN 'allot' THEN e.to_union_id ELSE e.union_id END
        WHERE e.kind IN ('allot', 'return') AND e.reverses_id IS NULL
          AND lower.parent_id IS DISTINCT FROM upper.id
          AND NOT EXISTS (
            SELECT FROM unions_unionchange c WHERE c.union_id = lower.id AND (
                right(c.path_before, length(upper.code || '/' || lower.code) + 1)
                    = upper.code || '/' || lower.code || '/'
                OR right(c.path_after, length(upper.code || '/' || lower.code) + 1)
                    = upper.code || '/' || lower.code || '/'))
        ORDER BY e.id
        """,
    ),
    Truth(
        "entry {}: the lot is of other goods",
        """
        SELECT e.id FROM ledger_entry e LEFT JOIN ledger_lot l ON l.id = e.lot_id
        WHERE e.lot_id IS NOT NULL AND l.item_id IS DISTINCT FROM e.item_id ORDER BY e.id
        """,
    ),
    Truth(
        "entry {}: paid out of a commitment of another union, fund or item",
        """
        SELECT e.id FROM ledger_entry e LEFT JOIN ledger_commitment c ON c.id = e.commitment_id
        WHERE e.commitment_id IS NOT NULL AND (c.id IS NULL OR c.union_id <> e.union_id
            OR c.fund_id <> e.fund_id OR c.item_id IS DISTINCT FROM e.item_id
            OR c.lot_id IS DISTINCT FROM e.lot_id)
        ORDER BY e.id
        """,
    ),
    Truth(
        "entry {}: cash or cards out of a fund whose money line forbids it",
        """
        SELECT e.id FROM ledger_entry e JOIN ledger_fund f ON f.id = e.fund_id
        JOIN ledger_moneyline m ON m.key = f.line_id LEFT JOIN ledger_item i ON i.id = e.item_id
        WHERE e.kind = 'disburse' AND (e.item_id IS NULL AND NOT m.allows_cash
            OR i.kind = 'card' AND NOT m.allows_cards)
        ORDER BY e.id
        """,
    ),
    Truth(
        "entry {}: acknowledged by the one who posted it",
        """
        SELECT e.id FROM ledger_acknowledgement a JOIN ledger_entry e ON e.id = a.entry_id
        JOIN unions_staff poster ON poster.id = e.recorded_by_id
        JOIN unions_staff taker ON taker.id = a.acknowledged_by_id
        WHERE poster.user_id = taker.user_id ORDER BY e.id
        """,
    ),
    Truth(
        "donation {}: counted by nobody, or by the one who registered it",
        """
        SELECT id FROM ledger_donation WHERE counted_at IS NOT NULL
          AND NOT is_backfilled AND (counted_by_id IS NULL OR counted_by_id = registered_by_id)
        ORDER BY id
        """,
    ),
    Truth(
        "donation {}: what was counted is not what was received",
        """
        SELECT d.id FROM ledger_donation d LEFT JOIN ledger_entry e
            ON e.donation_id = d.id AND e.reverses_id IS NULL
        GROUP BY d.id HAVING count(e.id) <> (CASE WHEN d.counted_at IS NULL THEN 0 ELSE 1 END)
            OR bool_or(e.amount IS DISTINCT FROM d.amount OR e.union_id <> d.union_id
                OR e.fund_id <> d.fund_id OR e.item_id IS DISTINCT FROM d.item_id
                OR e.quantity IS DISTINCT FROM d.quantity)
                AND count(e.id) > 0
        ORDER BY d.id
        """,
    ),
    Truth(
        "stock-taking {}: approved by nobody, or by the one who counted",
        """
        SELECT id FROM ledger_stocktaking WHERE approved_at IS NOT NULL
          AND (approved_by_id IS NULL OR approved_by_id = counted_by_id) ORDER BY id
        """,
    ),
    Truth(
        "purchase {}: accepted by the one who bought",
        """
        SELECT p.id FROM ledger_purchase p JOIN ledger_entry e ON e.posting_id = p.posting_id
        JOIN unions_staff buyer ON buyer.id = e.recorded_by_id
        JOIN unions_staff acceptor ON acceptor.id = p.accepted_by_id
        WHERE buyer.user_id = acceptor.user_id GROUP BY p.id ORDER BY p.id
        """,
    ),
)

#: Acts that may change nothing: a stock-taking without differences, a release of nothing open.
_MAY_BE_EMPTY: Final = "('approve-stocktaking', 'release')"
_EMPTY: Final = f"""
    SELECT id FROM ledger_posting p WHERE route NOT IN {_MAY_BE_EMPTY}
      AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.posting_id = p.id)
      AND NOT EXISTS (SELECT FROM ledger_commitment c WHERE c.posting_id = p.id)
    ORDER BY id
"""  # noqa: S608 (constants of the module)


def truth_breaches() -> Iterator[str]:
    """I5, I6, I9, one sentence for each row that is not as it must be."""
    for truth in (*TRUTHS, Truth("posting {}: it did nothing", _EMPTY)):
        with connection.cursor() as cursor:
            cursor.execute(truth.query)
            for (key,) in cursor.fetchall():
                yield truth.sentence.format(key)
