"""How often an account may do a thing (settings.RATE_LIMITS), counted in PostgreSQL.

So several app machines share one count. Source: SECURITY §5 (ASVS 2.4.1).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from audit.middleware import actor_of
from audit.models import Event
from audit.services import record_event
from relief.errors import too_many_requests
from unions.access import SignedInRequest

View = TypeVar("View", bound=Callable[..., HttpResponse])

_COUNT = """
    INSERT INTO unions_ratewindow (user_id, name, starts_at, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (user_id, name, starts_at) DO UPDATE SET count = unions_ratewindow.count + 1
    RETURNING count
"""


def limited(
    name: str, *, counts: str = "POST", when: Callable[[SignedInRequest], bool] = lambda _: True
) -> Callable[[View], View]:
    """Refuse with 429 once the account has used up its share of the window.

    Only requests of the method `counts` for which `when` holds are counted: looking at a form uses
    nothing up.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != counts or not when(request):
                return view(request, *args, **kwargs)
            allowed, seconds = settings.RATE_LIMITS[name]
            used = count_use(request.user.pk, name, seconds)
            if used <= allowed:
                return view(request, *args, **kwargs)
            if used == allowed + 1:
                record_event(
                    actor=actor_of(request),
                    action=Event.Action.LIMIT_REACHED,
                    result=Event.Result.REFUSED,
                    details={"limit": name, "seconds": seconds},
                )
            return too_many_requests(request, seconds)

        return guarded  # type: ignore[return-value]  # wraps keeps the signature

    return decorate


def count_use(user_id: int, name: str, seconds: int) -> int:
    """Count one use in the current window and return how many there are now."""
    now = int(timezone.now().timestamp())
    starts_at = datetime.fromtimestamp(now - now % seconds, tz=UTC)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [user_id, name, starts_at])
        row = cursor.fetchone()
    return int(row[0])
