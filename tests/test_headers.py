"""The headers of SECURITY §2.4, on every kind of answer: a page, a refusal, a fault, a file."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from relief.lib.access import public
from relief.urls import urlpatterns as own_addresses
from tests.cast import Cast

EXPECTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOWHERE = {"default-src", "frame-ancestors", "base-uri", "object-src"}
OWN_SITE = {"script-src", "style-src", "font-src", "connect-src", "form-action"}
CLOSED_FEATURES = {"camera", "microphone", "geolocation", "usb", "payment"}


@public
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [*own_addresses, path("broken/", broken, name="broken")]
handler400 = "relief.errors.bad_request"
handler403 = "relief.errors.permission_denied"
handler404 = "relief.errors.page_not_found"
handler500 = "relief.errors.server_error"

#: What is asked for, by whom, and what comes back.
ANSWERS = {
    "a page": ("GET", "/", "ann", 200),
    "log-in": ("GET", "/login/", None, 200),
    "led to log-in": ("GET", "/", None, 302),
    "bad request": ("POST", "/csp-report/", None, 400),
    "no right": ("GET", "/staff/account/", "leo", 403),
    "not there": ("GET", "/unions/NOSUCH/", "ann", 404),
    "no such page": ("GET", "/no/such/page/", None, 404),
    "wrong method": ("POST", "/log/", "ann", 405),
    "a fault": ("GET", "/broken/", None, 500),
    "health": ("GET", "/healthz", None, 200),
    "a file": ("POST", "/unions/export/", "ann", 200),
    "admin": ("GET", "/admin/", "sam", 200),
    "style": ("GET", "/static/css/base.css", None, 200),
    "no such style": ("GET", "/static/css/nosuch.css", None, 404),
    "script": ("GET", "/static/js/base.js", None, 200),
    "activation": ("GET", "/activate/", None, 200),
    "readiness": ("GET", "/readyz", None, 200),
    "led to log-in, deep": ("GET", "/staff/create/", None, 302),
    "led to log-in, admin": ("GET", "/admin/", None, 302),
    "led to log-in, post": ("POST", "/unions/create/", None, 302),
    "wrong method, anonymous": ("PUT", "/login/", None, 405),
    "list": ("GET", "/staff/", "ann", 200),
    "list, odd query": ("GET", "/staff/?page=x&sort=%27&role=x", "ann", 200),
    "form": ("GET", "/unions/create/", "ann", 200),
    "form with errors": ("POST", "/unions/create/", "ann", 200),
    "log": ("GET", "/log/", "ada", 200),
    "people": ("GET", "/people/", "ben", 200),
    "hardship files": ("GET", "/files/", "ben", 200),
    "template to fill in": ("GET", "/unions/template/", "ann", 200),
    "typeahead": ("GET", "/unions/search/?q=a", "ann", 200),
    "own account": ("GET", "/account/", "eve", 200),
    "not mine": ("GET", "/jobs/00000000-0000-0000-0000-000000000001/", "ann", 404),
    "no right, post": ("POST", "/unions/create/", "leo", 403),
    "no right, admin": ("GET", "/admin/login/", "ann", 403),
}


@pytest.fixture
def answer(cast: Cast, settings: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    settings.ROOT_URLCONF = __name__
    method, address, who, status = ANSWERS[request.param]
    client = Client(raise_request_exception=False)
    if who:
        cast.sign_in(client, who)
    response = client.generic(method, address, "scope=all", "application/x-www-form-urlencoded")
    assert response.status_code == status
    yield response
    if response.streaming:
        response.getvalue()  # read to its end, or the file stays open
    response.close()


every_answer = pytest.mark.parametrize("answer", ANSWERS, indirect=True)


@every_answer
def test_every_answer_carries_the_headers(answer: Any) -> None:
    assert {name: answer.get(name) for name in EXPECTED} == EXPECTED
    assert "Server" not in answer
    assert answer["X-Request-ID"]


@every_answer
def test_nothing_inline_and_nothing_from_outside_is_allowed(answer: Any) -> None:
    policy = _directives(answer["Content-Security-Policy"])
    assert {policy[name] for name in NOWHERE} == {"'none'"}
    assert {policy[name] for name in OWN_SITE} == {"'self'"}
    assert policy["img-src"] == "'self' data:"
    assert not {"unsafe", "http", "*"} & set(" ".join(policy.values()).split())
    assert "unsafe" not in answer["Content-Security-Policy"]


@every_answer
def test_no_page_may_use_the_devices(answer: Any) -> None:
    features = dict(part.strip().split("=") for part in answer["Permissions-Policy"].split(","))
    assert {features[name] for name in CLOSED_FEATURES} == {"()"}


@every_answer
def test_only_static_files_are_kept(answer: Any) -> None:
    is_static = answer.request["PATH_INFO"].startswith("/static/") and answer.status_code == 200
    assert ("no-store" in answer["Cache-Control"]) is not is_static


@pytest.mark.django_db
def test_cookies_are_out_of_reach_of_scripts(client: Client, cast: Cast, settings: Any) -> None:
    cast.sign_in(client, "ann")
    response = client.get(reverse("password-change"))
    cookie = response.cookies[settings.CSRF_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def _directives(policy: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy.split(";"))
    return {name: value for name, _, value in parts}
