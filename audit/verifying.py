"""Whether the log is what it was: chains recomputed, and held against every anchor file."""

import logging

from django.conf import settings

from audit.anchors import anchor_breaks
from audit.chain import Break, breaks

logger = logging.getLogger(__name__)


def all_breaks(*folders: str) -> list[Break]:
    """Breaks of the chains, against settings.ANCHOR_DIR and the further folders of anchors."""
    found = list(breaks())
    for folder in (str(settings.ANCHOR_DIR), *folders):
        found += [single for single in anchor_breaks(folder) if single not in found]
    return found


def verify() -> list[Break]:
    """Every break, each said in the log of the system, where no administrator of ours rewrites."""
    found = all_breaks()
    for single in found:
        # Codes, numbers and our own words; nothing that anybody typed.
        logger.error("audit chain %s #%s: %s", single.chain, single.seq, single.what)
    return found
