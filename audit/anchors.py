"""Anchors: the heads of all chains in a file outside the database, one a night.

A superuser could rewrite a whole chain and its head; the anchor file of an earlier night, kept on
another machine, shows it. Source: SECURITY §3.4.
"""

import json
import os
from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from audit.chain import Break
from audit.models import ChainHead, Event


def write_anchor(day: date | None = None) -> Path:
    """Write the heads of all chains to `<ANCHOR_DIR>/audit-<day>.json`; a day is written once."""
    folder = Path(settings.ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"audit-{day or timezone.localdate():%Y-%m-%d}.json"
    if path.exists():
        return path
    heads = {head.chain: [head.seq, head.hash] for head in ChainHead.objects.order_by("chain")}
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(heads, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return path


def anchor_breaks(folder: str) -> list[Break]:
    """Links that an anchor file names and the database no longer has as they were."""
    found = []
    for path in sorted(Path(folder).glob("audit-*.json")):
        for chain, (seq, link) in json.loads(path.read_text(encoding="utf-8")).items():
            if seq == 0:
                continue  # a chain that was opened and had no link yet
            stored = Event.objects.filter(chain=chain, seq=seq).values_list("hash", flat=True)
            if list(stored) != [link]:
                found.append(Break(chain, seq, f"differs from the anchor {path.name}"))
    return found
