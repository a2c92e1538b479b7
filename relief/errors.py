"""What a person reads when something did not work: what happened, what was kept, what to do.

The number on the page is the request id: it leads to the log line, not to personal data.
"""

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from relief.lib.http import WAITED_TOO_LONG, sqlstate

#: Seconds after which a page that found the database busy may be asked for again.
BUSY_SECONDS = 10


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _error_page(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """With the sentence of whoever refused, where there is one."""
    return _error_page(request, "403.html", status=403, reason=str(exception or ""))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(request, "404.html", status=404)


def too_large(request: HttpRequest) -> HttpResponse:
    return _error_page(request, "413.html", status=413)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    response = _error_page(request, "429.html", status=429, seconds=seconds)
    response["Retry-After"] = str(seconds)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that stood open over a log-in or a restart. `reason` is Django's, for developers."""
    return _error_page(request, "csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: whatever broke the page must not break this one too.

    Django calls it while the exception is handled. Who waited in vain for a lock that somebody
    else holds has met no fault: that was rolled back, and may be tried again.
    """
    error = sys.exc_info()[1]
    is_busy = isinstance(error, OperationalError) and sqlstate(error) in WAITED_TOO_LONG
    context = {"request_id": _request_id(request), "seconds": BUSY_SECONDS}
    if not is_busy:
        return HttpResponse(loader.get_template("500.html").render(context), status=500)
    response = HttpResponse(loader.get_template("503.html").render(context), status=503)
    response["Retry-After"] = str(BUSY_SECONDS)
    return response


def _error_page(
    request: HttpRequest, template: str, *, status: int, **told: int | str
) -> HttpResponse:
    """In the frame of the person who is signed in; a bare card for everybody else."""
    context = {
        "layout": "base.html" if getattr(request, "staff", None) else "base_plain.html",
        "request_id": _request_id(request),
        **told,
    }
    return render(request, template, context, status=status)


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
