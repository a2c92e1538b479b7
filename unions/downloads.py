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
    if not job.union_code or not isinstance(request.user, User):
        yield not job.union_code
        return
    postings = Staff.objects.live().of(request.user).filter(union__code=job.union_code)
    staff = next((staff for staff in postings if has(staff, Capability.EXPORT)), None)
    if staff is not None:
        record(staff, Event.Action.EXPORT, job, step="download")
    yield staff is not None
