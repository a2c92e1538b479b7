"""The hash chain: computed in PostgreSQL when an event is written, and again here to verify it.

A link's hash covers every stored value of the row and the hash of the link before. The values are
joined as netstrings (`3:abc,`), absent ones as `-`, so that no two rows give the same text.
Source: SECURITY §3.4 (docs/decisions/0004-audit.md).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from audit.models import GENESIS, ChainHead
from relief.lib.snapshot import snapshot

#: Columns in the order they are hashed, as SQL over the row `e`; migration 0002 has the same.
#: A change needs a new function and a column that says which version a row was hashed with.
HASHED = (
    ("chain", "e.chain"),
    ("seq", "e.seq::text"),
    ("previous_hash", "e.previous_hash"),
    ("at", """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""),
    ("action", "e.action"),
    ("result", "e.result"),
    ("actor_id", "e.actor_id::text"),
    ("staff_id", "e.staff_id::text"),
    ("role", "e.role"),
    ("union_path", "e.union_path"),
    ("object_type", "e.object_type"),
    ("object_id", "e.object_id"),
    ("request_id", "e.request_id"),
    ("address", "host(e.address)"),
    ("reason", "e.reason"),
    ("details", "e.details::text"),
    ("id", "e.id::text"),
)


@dataclass(frozen=True)
class Break:
    """The first place where a chain does not hold, in words for the operator."""

    chain: str
    seq: int
    what: str


def link_hash(values: list[str | None]) -> str:
    """Hash of one link; `values` in the order of HASHED, as text, None where the column is null."""
    payload = b""
    for value in values:
        if value is None:
            payload += b"-"
            continue
        encoded = value.encode()
        payload += b"%d:%b," % (len(encoded), encoded)
    return hashlib.sha256(payload).hexdigest()


def breaks() -> Iterator[Break]:
    """The first break of every chain that has one, by chain; all as of one moment."""
    with snapshot():
        yield from _breaks_now()


def _breaks_now() -> Iterator[Break]:
    heads = {head.chain: head for head in ChainHead.objects.order_by("chain")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT chain FROM audit_event")
        chains = {row[0] for row in cursor.fetchall()}
    for chain in sorted(chains | heads.keys()):
        found = first_break(chain, heads.get(chain))
        if found:
            yield found


def first_break(chain: str, head: ChainHead | None) -> Break | None:
    """Walk one chain from its first link; None when it holds up to its head."""
    seq, previous = 0, GENESIS
    for values, stored in _links(chain):
        seq += 1
        what = _fault(values, stored, seq, previous)
        if what:
            return Break(chain, seq, what)
        previous = stored
    if head is None:
        return Break(chain, seq, "the chain has no head")
    if (head.seq, head.hash) != (seq, previous):
        return Break(chain, seq + 1, f"the chain ends at {seq}, its head says {head.seq}")
    return None


def _fault(values: list[str | None], stored: str, seq: int, previous: str) -> str:
    """What is wrong with one link; empty when it holds."""
    if values[1] != str(seq):
        return f"link {seq} is missing"
    if values[2] != previous:
        return "the link does not name the hash of the one before"
    if link_hash(values) != stored:
        return "the row was changed after it was written"
    return ""


def _links(chain: str) -> Iterator[tuple[list[str | None], str]]:
    columns = ", ".join(sql for _, sql in HASHED)
    with connection.chunked_cursor() as cursor:
        # The expressions are the constants above; the chain is a parameter.
        cursor.execute(
            f"SELECT {columns}, e.hash FROM audit_event e WHERE e.chain = %s ORDER BY e.seq",  # noqa: S608
            [chain],
        )
        for row in cursor:
            yield list(row[:-1]), row[-1]
