"""Bringing a file to any status, for tests of what can be done there."""

from datetime import timedelta

from beneficiaries.lifecycle import Status
from beneficiaries.models import FilePublicity, HardshipFile, LedgerImport
from tests.beneficiaries.conftest import TODAY
from unions.models import Staff, Union, User


def a_ledger(union: Union) -> LedgerImport:
    """An import that may have opened files of the union."""
    return LedgerImport.objects.create(
        union=union,
        year=2026,
        file_name="台账.xlsx",
        size=1,
        sha256="0" * 64,
        uploaded_by=Staff.objects.get(user__username="ben"),
    )


def _makers(step: str) -> dict[str, object]:
    """Who belongs to the step: Ben hands in, Kay approves."""
    if step == "applied":
        return {"applied_by": User.objects.get(username="ben")}
    if step == "active":
        return {"approved_by": User.objects.get(username="kay"), "approved_on": TODAY}
    return {}


def put(file: HardshipFile, status: Status) -> HardshipFile:
    """Bring the file to a status by legal steps, without the services."""
    course = {
        Status.DRAFT: [],
        Status.APPLIED: ["applied"],
        Status.PUBLICITY: ["applied", "publicity"],
        Status.REVIEW: ["applied", "review"],
        Status.COMPARISON: ["applied", "review", "comparison"],
        Status.APPROVAL: ["applied", "review", "comparison", "approval"],
        Status.ACTIVE: ["applied", "review", "comparison", "approval", "active"],
        Status.RELIEVED: ["applied", "review", "comparison", "approval", "active", "relieved"],
        Status.CLOSED: ["closed"],
        Status.REJECTED: ["applied", "rejected"],
    }[status]
    for step in course:
        ended = (
            {"exit_reason": "moved", "ended_on": TODAY} if step in {"relieved", "closed"} else {}
        )
        HardshipFile.objects.filter(pk=file.pk).update(status=step, **ended, **_makers(step))
    if status == Status.PUBLICITY:
        FilePublicity.objects.create(
            file=file,
            follows="applied",
            place="公示栏",
            starts_on=TODAY - timedelta(10),
            ends_on=TODAY - timedelta(3),
            working_days=5,
        )
    HardshipFile.objects.filter(pk=file.pk).update(is_temporary=True)
    return HardshipFile.objects.get(pk=file.pk)
