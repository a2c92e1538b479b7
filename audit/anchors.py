"""Anchors: the heads of all chains in a file outside the database, one a night.

A superuser could rewrite a whole chain and its head; the anchor file of an earlier night, kept on
another machine, shows it. Source: SECURITY §3.4.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from audit.chain import Break
from audit.models import ChainHead, Event


def write_anchor(day: date | None = None) -> Path:
    """Write the heads of all chains to `<ANCHOR_DIR>/audit-<day>.json`; a day is written once."""
    heads = ChainHead.objects.order_by("chain")
    return write_heads("audit", {head.chain: (head.seq, head.hash) for head in heads}, day)


def write_heads(name: str, heads: Mapping[str, tuple[int, str]], day: date | None = None) -> Path:
    """Write heads (chain → number and hash of its last link) to `<name>-<day>.json`, once a day."""
    folder = Path(settings.ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}-{day or timezone.localdate():%Y-%m-%d}.json"
    if path.exists():
        return path
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(dict(heads), file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return path


def anchored(name: str, folder: str) -> Iterator[tuple[str, str, int, str]]:
    """(file, chain, number, hash) of every link that the files of this name hold."""
    for path in sorted(Path(folder).glob(f"{name}-*.json")):
        for chain, (seq, link) in json.loads(path.read_text(encoding="utf-8")).items():
            yield path.name, chain, seq, link


def anchor_breaks(folder: str) -> list[Break]:
    """Links that an anchor file names and the database no longer has as they were."""
    found = []
    for file, chain, seq, link in anchored("audit", folder):
        if seq == 0:
            continue  # a chain that was opened and had no link yet
        stored = Event.objects.filter(chain=chain, seq=seq).values_list("hash", flat=True)
        if list(stored) != [link]:
            found.append(Break(chain, seq, f"differs from the anchor {file}"))
    return found
