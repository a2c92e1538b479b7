"""What runs every night across the apps."""

from audit.anchors import write_anchor
from relief.jobs.registry import nightly
from unions.housekeeping import sweep


@nightly("audit-anchor")
def anchor_audit() -> None:
    """The heads of the audit chains go to a file outside the database."""
    write_anchor()


@nightly("sweep")
def throw_away() -> None:
    """Expired sessions, counters and uploads that nobody applied."""
    sweep()
