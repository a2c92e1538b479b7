from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from relief.lib.access import Audience
from unions import second_factor, sessions
from unions.models import Staff, User

#: Pages that work before any step that is still owed.
ALWAYS_OPEN = {"logout", "identity-confirm"}


class StaffMiddleware:
    """Sets `request.postings`, the live ones, and `request.staff`, the one worked in, or None.

    A posting that ended, an account that was disabled and a changed right take effect here, at the
    next request (SECURITY §2.3).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.postings = self._postings(request)  # type: ignore[attr-defined]
        request.staff = self._posting(request, request.postings)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        policy = getattr(view, "policy", None)
        if not isinstance(request.user, User) or (policy and policy.audience is Audience.PUBLIC):
            return None
        match = request.resolver_match
        if match and match.view_name in ALWAYS_OPEN:
            return None
        step = self._next_step(request, request.user)
        if step is None or (match and match.view_name == step):
            return None
        return redirect(f"{reverse(step)}?{urlencode({'next': request.get_full_path()})}")

    def _next_step(self, request: HttpRequest, user: User) -> str | None:
        if not second_factor.is_satisfied(request):
            has_device = second_factor.device_of(user) is not None
            return "second-factor" if has_device else "second-factor-setup"
        limit = settings.PASSWORD_MAX_AGE
        if limit and (
            user.password_set_at is None or timezone.now() - user.password_set_at > limit
        ):
            return "password-change"
        return None

    def _postings(self, request: HttpRequest) -> list[Staff]:
        user = request.user
        return list(Staff.objects.live().of(user)) if isinstance(user, User) else []

    def _posting(self, request: HttpRequest, postings: list[Staff]) -> Staff | None:
        chosen = request.session.get(sessions.POSTING)
        for staff in postings:
            if staff.pk == chosen:
                return staff
        return postings[0] if postings else None
