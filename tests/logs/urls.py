"""The project's addresses, and a few that break on purpose."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import path

from relief.jobs.models import NightlyRun
from relief.lib.access import public
from relief.lib.headers import allow_camera
from relief.urls import *  # noqa: F403  # the handlers, too
from relief.urls import urlpatterns as project_urls
from tests.logs.canaries import ID_NUMBER, NAME


@public
def crash(request: HttpRequest) -> HttpResponse:
    raise LookupError(f"{NAME} {ID_NUMBER}")


@public
def refused_row(request: HttpRequest) -> HttpResponse:
    """PostgreSQL quotes the row it refuses; Django and psycopg pass that on."""
    for _ in range(2):
        NightlyRun.objects.create(name=f"{NAME} {ID_NUMBER}", day=date(2026, 1, 1))
    return HttpResponse()


@public
@allow_camera
def camera(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", headers={"Server": "relief/1.0"})


urlpatterns = [
    path("test/crash/", crash, name="test-crash"),
    path("test/refused-row/", refused_row, name="test-refused-row"),
    path("test/camera/", camera, name="test-camera"),
    *project_urls,
]
