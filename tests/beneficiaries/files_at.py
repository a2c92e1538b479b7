"""Bringing a file to any status, for tests of what can be done there."""

from datetime import timedelta

from beneficiaries.lifecycle import Status
from beneficiaries.models import FilePublicity, HardshipFile
from tests.beneficiaries.conftest import TODAY


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
        HardshipFile.objects.filter(pk=file.pk).update(status=step, **ended)
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
