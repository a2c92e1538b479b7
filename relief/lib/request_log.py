"""One log line per request, and an id that page, log and audit share."""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from relief.lib import logs

logger = logging.getLogger(__name__)

#: No 0/O, 1/I/L, U/V: the id is read out over the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
#: Asked every few seconds by machines, or by anybody; a line of each would bury the rest.
_QUIET_VIEWS = {"healthz", "readyz", "csp-report"}


def new_request_id() -> str:
    """Nine characters, `K7Q2-M9XW`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class RequestLogMiddleware:
    """Outermost: every answer, also one made by another middleware, gets its id and its line.

    An id sent from outside is not taken: whoever sends it could make his acts look like another's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        context = logs.RequestContext(request_id=new_request_id())
        request.request_id = context.request_id  # type: ignore[attr-defined]  # ours
        token = logs.start(context)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = context.request_id
            milliseconds = round((time.perf_counter() - started) * 1000)
            logger.log(
                self._level(request, response),
                "request",
                extra={
                    "method": request.method if request.method in _METHODS else "OTHER",
                    "status": response.status_code,
                    "ms": milliseconds,
                },
            )
            return response
        finally:
            logs.stop(token)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.resolver_match:
            logs.current().view = request.resolver_match.view_name
        # Here every middleware has seen the request. Who was not looked up so far stays so.
        user = getattr(request, "_cached_user", None)
        staff = getattr(request, "staff", None)
        logs.bind(
            actor=user.pk if user else None,
            posting=staff.pk if staff else None,
            union=staff.union.code if staff else "",
        )
        return None

    def _level(self, request: HttpRequest, response: HttpResponseBase) -> int:
        static = request.path_info.startswith(settings.STATIC_URL)
        quiet = static or logs.current().view in _QUIET_VIEWS
        return logging.DEBUG if quiet and response.status_code < 400 else logging.INFO
