"""Whether the ledger holds: everything recomputed, told apart from the code that keeps it.

I1 nothing from nowhere · I2 balances are sums · I3 nothing below zero · I4 paid ≤ promised ≤ there
I5 two people · I6 reversals mirror · I7 chains, heads, anchors · I8 goods are whole · I9 the tree
Source: SECURITY §3.7, DESIGN §8.1.
"""

from collections.abc import Iterator

from ledger.anchors import anchor_breaks
from ledger.chain import chain_breaks, entries
from ledger.checks.books import Books, balance_breaches, commitment_breaches, fund_breaches
from ledger.checks.truths import truth_breaches
from relief.lib.snapshot import snapshot


def breaches(anchors: str | None = None) -> Iterator[str]:
    """One sentence for each breach, all as of one moment; a sound ledger gives none.

    `anchors` is a folder of anchor files of earlier nights.
    """
    with snapshot():
        books = Books()
        yield from (str(found) for found in chain_breaks(books.taking(entries())))
        yield from balance_breaches(books)
        yield from fund_breaches(books)
        yield from commitment_breaches(books)
        yield from truth_breaches()
        if anchors:
            yield from anchor_breaks(anchors)
