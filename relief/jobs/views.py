"""The pages of one's own background jobs (UX P19, progress row)."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseStopPolling
from django_htmx.middleware import HtmxDetails

from relief.jobs import services, slots
from relief.jobs.models import Job, JobQuerySet
from relief.lib.access import signed_in

PAGE_SIZES = {"20": 20, "50": 50, "100": 100, "200": 200}


class JobRequest(HttpRequest):
    htmx: HtmxDetails


@signed_in
@require_safe
@vary_on_headers("HX-Request")
def job_list(request: JobRequest) -> HttpResponse:
    """One's own imports and exports, newest first."""
    size = PAGE_SIZES.get(request.GET.get("size", ""), 20)
    page = Paginator(_own(request).newest_first(), size).get_page(request.GET.get("page"))
    template = "jobs/job_list.html#rows" if request.htmx else "jobs/job_list.html"
    return render(request, template, {"page": page})


@signed_in
@require_safe
@vary_on_headers("HX-Request")
def job_progress(request: JobRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: the row alone for htmx, which asks until the job is over; else a whole page."""
    job = get_object_or_404(_own(request), pk=pk)
    template = "jobs/job_progress.html"
    if not request.htmx:
        return render(request, template, {"job": job})
    row = render(request, f"{template}#row", {"job": job})
    return HttpResponseStopPolling(row.content) if job.is_over else row


@signed_in
@require_POST
def job_restart(request: JobRequest, pk: uuid.UUID) -> HttpResponse:
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
def job_download(request: JobRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The result file of one's own job, under its Chinese name (RFC 6266)."""
    job = get_object_or_404(_own(request), pk=pk)
    if job.expires_at is None:
        raise Http404
    if not job.has_file or not job.result_path.is_file():
        return render(request, "jobs/job_gone.html", {"job": job}, status=410)
    if not all(slots.downloads.items(request, job)):
        raise PermissionDenied("您已经不在当时的岗位上，不能再下载这个文件。")
    response = FileResponse(
        job.result_path.open("rb"), as_attachment=True, filename=job.result_name
    )
    response["Cache-Control"] = "no-store"
    return response


def _own(request: HttpRequest) -> JobQuerySet:
    # signed_in: the middleware has turned anonymous visitors away
    return Job.objects.of(request.user.pk or 0)
