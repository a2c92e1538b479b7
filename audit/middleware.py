from collections.abc import Callable
from datetime import timedelta

from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase

from audit.models import Event
from audit.services import Actor, record_event
from relief.lib.address import client_address
from relief.lib.history import acting

#: So long the same refusal of the same account is written once.
QUIET_AFTER_REFUSAL = timedelta(minutes=10)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request; `request.staff` is set by the app above, where there is one."""
    user = getattr(request, "user", None)
    staff = getattr(request, "staff", None)
    if user is not None and staff is not None:
        return Actor(user.pk, staff.pk, staff.role, staff.union.code, staff.union.path)
    return Actor(user_id=user.pk if user is not None else None)


class AuditMiddleware:
    """Puts the actor into row history and events, and records what an account was refused.

    Visitors without an account leave no event: anybody could fill the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor = actor_of(request)
        request_id = getattr(request, "request_id", "")
        with acting(
            user_id=actor.user_id,
            staff_id=actor.staff_id,
            request_id=request_id,
            address=client_address(request),
        ):
            response = self.get_response(request)
            if response.status_code == 403 and actor.user_id is not None:
                self._record_refusal(request, actor)
        return response

    def _record_refusal(self, request: HttpRequest, actor: Actor) -> None:
        """Once in a while for each page and method: trying on would fill the log."""
        match = request.resolver_match
        details = {"view": match.view_name if match else "", "method": request.method}
        refused = Event.objects.filter(actor_id=actor.user_id, action=Event.Action.ACCESS_DENIED)
        if refused.filter(at__gte=Now() - QUIET_AFTER_REFUSAL, details=details).exists():
            return  # the request log has a line of each
        record_event(
            actor=actor,
            action=Event.Action.ACCESS_DENIED,
            result=Event.Result.REFUSED,
            details=details,
        )
