"""What runs every night across the apps."""

from datetime import timedelta

from django.utils import timezone

from audit.anchors import write_anchor
from audit.verifying import verify
from beneficiaries.housekeeping import sweep_standards
from beneficiaries.services.papers import sweep_removed
from beneficiaries.services.registry_report import report_breaks
from ledger import anchors as ledger_anchors
from ledger.services.alarm import report_breaches
from relief.jobs.registry import nightly
from unions.housekeeping import sweep
from unions.log_alarm import tell_keepers


@nightly("audit-anchor")
def anchor_audit() -> None:
    """The heads of the audit chains go to a file outside the database."""
    write_anchor()


@nightly("audit-verify", hour=3)
def verify_audit() -> None:
    """Recompute the log and hold it against all anchors; every 审计管理员 is told of a break."""
    if found := verify():
        tell_keepers(len(found))


@nightly("ledger-anchor")
def anchor_ledger() -> None:
    """So do those of the ledger's chains."""
    ledger_anchors.write_anchor()


@nightly("ledger-check", hour=3)
def check_ledger() -> None:
    """Recompute the ledger; auditors and keepers of the system are told of a breach."""
    report_breaches()


@nightly("sweep")
def throw_away() -> None:
    """Expired sessions, counters and uploads that nobody applied."""
    sweep()
    sweep_standards()


@nightly("registry-check", hour=4)
def check_registry() -> None:
    """Whether what lists and search read is what stands sealed; who keeps the system is told."""
    report_breaks()


@nightly("papers-sweep")
def sweep_papers() -> None:
    """Files of papers that were removed, or whose person was erased."""
    sweep_removed(since=timezone.now() - timedelta(days=30))
