"""The system's own addresses with error pages of one word.

The matrix reads thousands of refusals; what their pages look like is the matter of other tests.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from relief.urls import urlpatterns

__all__ = ["urlpatterns"]


def handler400(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return HttpResponse("bad request", status=400)


def handler403(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return HttpResponse("refused", status=403)


def handler404(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return HttpResponse("not found", status=404)


def handler500(request: HttpRequest) -> HttpResponse:
    return HttpResponse("broken", status=500)
