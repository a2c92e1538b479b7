"""Decorators of views, and the request they get.

`needs` only spares a person a form that would be refused; the authority is `require` in the
service. Source: STYLE §3.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from audit.models import Event
from relief.lib.access import Audience, Policy, declare
from unions import sessions
from unions.authentication import proven, status_of
from unions.forms.login import IdentityForm
from unions.models import Staff, User
from unions.permissions import Capability, has
from unions.services.trail import record

#: Prefix of the question's own field among those of the form that waits for the answer.
_ASKED = "identity"

View = TypeVar("View", bound=Callable[..., HttpResponse])


class SignedInRequest(HttpRequest):
    """A request of an account, which may work in no posting at all."""

    user: User
    staff: Staff | None
    postings: list[Staff]
    htmx: HtmxDetails
    request_id: str


class StaffRequest(SignedInRequest):
    """A request of somebody who works in a posting: only behind `needs`, which sees to it."""

    staff: Staff


def needs(*capabilities: Capability, of: str = "") -> Callable[[View], View]:
    """Only for postings whose role carries one of the capabilities.

    `of` names the model (`app.Model`) of the object in the URL, for the access matrix.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(has(request.staff, capability) for capability in capabilities):
                raise PermissionDenied("您的岗位没有这项权限。")
            return view(request, *args, **kwargs)

        policy = Policy(Audience.CAPABLE, tuple(capabilities), of)
        return declare(guarded, policy)  # type: ignore[return-value]  # wraps keeps the signature

    return decorate


def reauthenticated(view: View) -> View:
    """Asks for the password again before a dangerous act (SECURITY §2.3).

    What was posted travels along with the question, so that nothing typed is lost.
    """

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.confirmed_recently(request):
            return view(request, *args, **kwargs)
        if request.method != "POST":
            target = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('identity-confirm')}?{target}")
        is_answer = f"{_ASKED}-password" in request.POST
        form = IdentityForm(request.POST if is_answer else None, prefix=_ASKED)
        if confirm_identity(request, form):
            return view(request, *args, **kwargs)
        context = {"form": form, "posted": list(_posted(request))}
        return render(request, "unions/identity_confirm.html", context, status=status_of(form))

    return guarded  # type: ignore[return-value]  # wraps keeps the signature


def confirm_identity(request: SignedInRequest, form: IdentityForm) -> bool:
    """Whether the own password was given; a wrong one counts like one at the log-in."""
    if not form.is_valid():
        return False
    wrong = {"password": "密码不对。"}
    if not proven(request, form, wrong, username=request.user.username, **form.cleaned_data):
        return False
    sessions.note_confirmation(request)
    record(request.staff or request.user, Event.Action.REAUTHENTICATE, request.user)
    return True


def _posted(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """The fields of the post but those of the question itself."""
    for name, values in request.POST.lists():
        if name != "csrfmiddlewaretoken" and not name.startswith(f"{_ASKED}-"):
            yield from ((name, str(value)) for value in values)
