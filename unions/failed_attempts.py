"""What django-axes keeps of a failed try: under which name, from where, how often. Nothing typed.

Axes masks the fields that it knows by name; a password may stand in any other one, also in that of
the user name. So it gets no fields at all, and every name stands there as an HMAC.
"""

from copy import copy
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac

#: What axes notes on the request it was given, for its middleware and for our own pages.
_NOTES = ("axes_locked_out", "axes_credentials", "axes_failures_since_start")


def kept_name(name: str) -> str:
    """The name as the tables of axes keep it; only who has SECRET_KEY can tell whether it is one.

    Names of accounts, too: an account must not be told from a typing error by how it is kept.
    """
    return salted_hmac("unions.failed_attempts", name, algorithm="sha256").hexdigest()


class FieldlessHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Axes' own handler, which never sees what was posted."""

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        if request is None:
            return
        bare = copy(request)
        bare.GET = bare.POST = QueryDict()
        super().user_login_failed(sender, credentials, bare, **kwargs)
        for name in _NOTES:
            if hasattr(bare, name):
                setattr(request, name, getattr(bare, name))
