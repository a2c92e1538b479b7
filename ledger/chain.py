"""The chains of the ledger, read and hashed again in Python.

A link covers all entries that one statement gave a union: each as netstrings of its stored values,
after the union, the number of the link, the hash before and the count. Source: SECURITY §3.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db import connection

from audit.chain import link_hash
from audit.models import GENESIS
from ledger.models import Head, Seal
from ledger.models.sql import HASHED

_COLUMNS: Final = ", ".join(expression for _, expression in HASHED)
_NAMES: Final = tuple(name for name, _ in HASHED)
_LINK: Final = _NAMES.index("link")
_UNION: Final = _NAMES.index("union_id")

#: The stored values of one entry, as text; None where the column is null.
Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Break:
    """The first place where a union's chain does not hold."""

    union: int
    seq: int
    what: str

    def __str__(self) -> str:
        return f"chain of union {self.union}, link {self.seq}: {self.what}"


def named(row: Row) -> dict[str, str | None]:
    return dict(zip(_NAMES, row, strict=True))


def entries() -> Iterator[Row]:
    """Every entry, by union, link and key."""
    with connection.chunked_cursor() as cursor:
        # The expressions are constants of the module.
        cursor.execute(
            f"SELECT {_COLUMNS} FROM ledger_entry a ORDER BY a.union_id, a.link, a.id"  # noqa: S608
        )
        yield from cursor


def chain_breaks(rows: Iterator[Row]) -> Iterator[Break]:
    """The first break of every chain that has one; `rows` as `entries` gives them, all taken."""
    seals = _seals()
    heads = {head.union_id: (head.seq, head.hash) for head in Head.objects.order_by("pk")}
    seen: set[int] = set()
    for union, of_union in groupby(rows, key=lambda row: int(row[_UNION] or 0)):
        seen.add(union)
        found = _first_break(union, of_union, seals.pop(union, {}), heads.get(union))
        if found:
            yield found
    for union in sorted(seals.keys() | heads.keys() - seen):
        if union in seals or heads.get(union, (0, ""))[0]:
            yield Break(union, 1, "the entries of the chain are gone")


def _first_break(
    union: int, rows: Iterator[Row], seals: dict[int, Any], head: tuple[int, str] | None
) -> Break | None:
    seq, previous = 0, GENESIS
    for link, group in groupby(rows, key=lambda row: int(row[_LINK] or 0)):
        seq += 1
        seal = seals.pop(seq, None)
        what = _fault(union, link, seq, list(group), seal, previous)
        if what:
            return Break(union, seq, what)
        previous = seal[1]
    if seals:
        return Break(union, min(seals), "its entries are gone")
    if head != (seq, previous):
        return Break(union, seq + 1, f"the chain ends at {seq}, its head says otherwise")
    return None


def _fault(
    union: int, link: int, seq: int, group: list[Row], seal: tuple[str, str] | None, previous: str
) -> str:
    """What is wrong with one link; empty when it holds."""
    if link != seq or seal is None:
        return f"link {seq} is missing"
    if seal[0] != previous:
        return "the link does not name the hash of the one before"
    header: list[str | None] = [str(union), str(link), previous, str(len(group))]
    if link_hash(header + [value for row in group for value in row]) != seal[1]:
        return "an entry was changed, added or removed after it was written"
    return ""


def _seals() -> dict[int, dict[int, tuple[str, str]]]:
    """union → link → (hash before, hash)."""
    found: dict[int, dict[int, tuple[str, str]]] = {}
    rows = Seal.objects.order_by("union", "seq").values_list(
        "union", "seq", "previous_hash", "hash"
    )
    for union, seq, previous, link in rows.iterator(chunk_size=5000):
        found.setdefault(union, {})[seq] = (previous, link)
    return found
