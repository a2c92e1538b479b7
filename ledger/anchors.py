"""Anchors of the ledger's chains: their heads in a file outside the database, one a night."""

from datetime import date
from pathlib import Path

from audit.anchors import anchored, write_heads
from ledger.models import Head, Seal

_NAME = "ledger"


def write_anchor(day: date | None = None) -> Path:
    """Write the heads of all chains to `<ANCHOR_DIR>/ledger-<day>.json`; a day is written once."""
    heads = Head.objects.select_related("union").order_by("union__code")
    return write_heads(_NAME, {head.union.code: (head.seq, head.hash) for head in heads}, day)


def anchor_breaks(folder: str) -> list[str]:
    """Links that an anchor file names and the database no longer has as they were."""
    found = []
    for file, code, seq, link in anchored(_NAME, folder):
        stored = Seal.objects.filter(union__code=code, seq=seq).values_list("hash", flat=True)
        if seq and list(stored) != [link]:
            found.append(f"chain of union {code}, link {seq}: differs from the anchor {file}")
    return found
