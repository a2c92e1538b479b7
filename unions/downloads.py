"""Who may fetch the file of a background export, and the note in the log that it was fetched."""

from collections.abc import Iterator

from django.http import HttpRequest

from audit.models import Event
from relief.jobs.models import Job
from unions.models import Staff, User
from unions.permissions import Capability, has
from unions.services.trail import record


def posting_still_stands(request: HttpRequest, job: Job) -> Iterator[bool]:
    """The person must still work where the file was ordered, and still be allowed to export.

    Files of no union (system work) are the person's own.
    """
    if job.union_code:
        yield _posting(request, job) is not None
    else:
        yield isinstance(request.user, User)


def note_download(request: HttpRequest, job: Job) -> None:
    """With the hook `job-downloaded`; what belongs to no union is noted under the account."""
    if isinstance(request.user, User):
        record(_posting(request, job) or request.user, Event.Action.EXPORT, job, step="download")


def _posting(request: HttpRequest, job: Job) -> Staff | None:
    """The live posting at the job's union that may export."""
    if not isinstance(request.user, User):
        return None
    postings = Staff.objects.live().of(request.user).filter(union__code=job.union_code)
    return next((staff for staff in postings if has(staff, Capability.EXPORT)), None)
