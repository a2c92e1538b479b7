"""Codes that a page shows to the one who made them, and to nobody later.

The post that makes a code leads on to a page that can be printed and loaded again for ten minutes.
Until then it waits in the maker's session, sealed with a key that is not in the database.
"""

import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

KEPT_SECONDS = 600


def keep(request: HttpRequest, name: str, shown: dict[str, Any]) -> None:
    """Keep what the page called `name` will show."""
    request.session[_key(name)] = _seal(request).encrypt(json.dumps(shown).encode()).decode()


def kept(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """What was kept in this session, or None after ten minutes."""
    sealed = request.session.get(_key(name))
    if sealed is None:
        return None
    try:
        opened = _seal(request).decrypt(sealed.encode(), ttl=KEPT_SECONDS)
    except InvalidToken:
        return None
    shown: dict[str, Any] = json.loads(opened)
    return shown


def take(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """What was kept, for this one page: whoever loads it again does not see it any more."""
    shown = kept(request, name)
    request.session.pop(_key(name), None)
    return shown


def _key(name: str) -> str:
    return f"shown_once.{name}"


def _seal(request: HttpRequest) -> Fernet:
    session_key = request.session.session_key or ""
    secret = salted_hmac("unions.shown_once", session_key, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(secret))
