"""Sessions in PostgreSQL that know whose they are, end when idle, and end after ten hours.

Django's documented way to extend the database engine: a store and a model of our own.
Source: SECURITY §2.3 (ASVS 7.3.1, 7.3.2, 7.4.5).
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from relief.lib.address import client_address

#: An open page that polls must not keep an unattended session alive.
POLL_HEADER = "Relief-Poll"
#: The row is written again only when it is older, so that reading costs no write.
REFRESH_AFTER = timedelta(seconds=60)

STARTED = "started_at"
SEEN = "seen_at"
ADDRESS = "address"
AGENT = "agent"
POSTING = "posting_id"
CONFIRMED = "confirmed_at"


#: What fits Django's column: 160 bits of SHA-256.
_KEPT_LETTERS: Final = 40


def kept_key(session_key: str | None) -> str:
    """What the table holds of a session's key: whoever reads the table can be nobody."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:_KEPT_LETTERS]


class SessionStore(DatabaseStore):
    """Only the browser has the key; every look at the table goes by what is kept of it."""

    @classmethod
    def get_model_class(cls) -> Any:
        from unions.models import Session  # noqa: PLC0415 (the engine is loaded before the models)

        return Session

    def _get_session_from_db(self) -> Any:
        open_now = self.model.objects.filter(expire_date__gt=timezone.now())
        row = open_now.filter(session_key=kept_key(self.session_key)).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(kept_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(kept_key(key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.session_key = kept_key(row.session_key)
        row.user_id = data.get("_auth_user_id")
        row.started_at = _instant(data.get(STARTED))
        row.seen_at = _instant(data.get(SEEN))
        row.address = data.get(ADDRESS)
        row.agent = data.get(AGENT, "")[:120]
        return row


class SessionMiddleware(DjangoSessionMiddleware):
    """Ends sessions past their absolute age; moves the idle limit along with real use."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        started = _instant(request.session.get(STARTED))
        if started and timezone.now() - started > settings.SESSION_ABSOLUTE_AGE:
            request.session.flush()
            request.session_has_ended = True  # type: ignore[attr-defined]  # told by the log-in page

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if "_auth_user_id" in request.session and POLL_HEADER not in request.headers:
            seen = _instant(request.session.get(SEEN))
            if seen is None or timezone.now() - seen > REFRESH_AFTER:
                request.session[SEEN] = timezone.now().isoformat()
        return super().process_response(request, response)


def begin(request: HttpRequest) -> None:
    """Note when and from where the session that `login` just made began."""
    now = timezone.now().isoformat()
    request.session[STARTED] = now
    request.session[SEEN] = now
    request.session[CONFIRMED] = now
    request.session[ADDRESS] = client_address(request)
    request.session[AGENT] = request.headers.get("User-Agent", "")[:120]


def confirmed_recently(request: HttpRequest) -> bool:
    """Whether the password was given within the last REAUTHENTICATION_AGE."""
    confirmed = _instant(request.session.get(CONFIRMED))
    return confirmed is not None and timezone.now() - confirmed <= settings.REAUTHENTICATION_AGE


def note_confirmation(request: HttpRequest) -> None:
    request.session[CONFIRMED] = timezone.now().isoformat()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
