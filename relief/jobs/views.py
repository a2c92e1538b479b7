"""The pages of one's own background jobs (UX P19, progress row)."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from relief.jobs import services, slots
from relief.jobs.models import Job, JobQuerySet
from relief.lib.access import signed_in
from relief.lib.regions import render_region, vary, wants_region
from relief.lib.tables import page_of


@signed_in
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """One's own imports and exports, newest first."""
    page = page_of(_own(request).newest_first(), request.GET)
    return render_region(request, "jobs/job_list.html", {"page": page})


@signed_in
@require_safe
def job_progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: the row alone for htmx, which asks until the job is over; else a whole page."""
    job = get_object_or_404(_own(request), pk=pk)
    page = render_region(request, "jobs/job_progress.html", {"job": job}, region="row")
    if job.is_over and wants_region(request):
        return vary(HttpResponseStopPolling(page.content))
    return page


@signed_in
@require_POST
def job_restart(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put an interrupted or failed job into the queue again."""
    job = get_object_or_404(_own(request), pk=pk)
    try:
        services.restart(job)
    except ValidationError as error:
        messages.warning(request, "".join(error.messages))
    else:
        messages.success(request, f"“{job.title}”已重新排队。")
    return redirect("job-list")


@signed_in
@require_safe
def job_download(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The result file of one's own job, under its Chinese name (RFC 6266)."""
    job = get_object_or_404(_own(request), pk=pk)
    if job.expires_at is None:
        raise Http404
    if not job.has_file or not job.result_path.is_file():
        return render(request, "jobs/job_gone.html", {"job": job}, status=410)
    if not all(slots.downloads.items(request, job)):
        raise PermissionDenied("您已经不在当时的岗位上，不能再下载这个文件。")
    slots.downloaded.run(request, job)
    response = FileResponse(
        job.result_path.open("rb"), as_attachment=True, filename=job.result_name
    )
    response["Cache-Control"] = "no-store"
    return response


def _own(request: HttpRequest) -> JobQuerySet:
    # signed_in: the middleware has turned anonymous visitors away
    return Job.objects.of(request.user.pk or 0)
