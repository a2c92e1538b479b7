"""Decorators of views, and the request they get.

`needs` only spares a person a form that would be refused; the authority is `require` in the
service. Source: STYLE §3.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from relief.lib.access import Audience, Policy, declare
from relief.lib.http import local_path
from unions import sessions
from unions.models import Staff, User
from unions.permissions import Capability, has

View = TypeVar("View", bound=Callable[..., HttpResponse])


class StaffRequest(HttpRequest):
    """A request of somebody who works in a posting; the middleware has put them there."""

    user: User
    staff: Staff
    postings: list[Staff]
    htmx: HtmxDetails
    request_id: str


def needs(*capabilities: Capability, of: str = "") -> Callable[[View], View]:
    """Only for postings whose role carries one of the capabilities.

    `of` names the model (`app.Model`) of the object in the URL, for the access matrix.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(has(request.staff, capability) for capability in capabilities):
                raise PermissionDenied("您的岗位没有这项权限。")
            return view(request, *args, **kwargs)

        policy = Policy(Audience.CAPABLE, tuple(capabilities), of)
        return declare(guarded, policy)  # type: ignore[return-value]  # wraps keeps the signature

    return decorate


def reauthenticated(view: View) -> View:
    """Asks for the password again before a dangerous act (SECURITY §2.3)."""

    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.confirmed_recently(request):
            return view(request, *args, **kwargs)
        target = request.get_full_path() if request.method == "GET" else _page_before(request)
        return redirect(f"{reverse('identity-confirm')}?{urlencode({'next': target})}")

    return guarded  # type: ignore[return-value]  # wraps keeps the signature


def _page_before(request: HttpRequest) -> str:
    """The page whose form was posted: a post cannot be repeated behind the person's back."""
    home = reverse(settings.LOGIN_REDIRECT_URL)
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return home
    return local_path(request, came_from.path, home)
