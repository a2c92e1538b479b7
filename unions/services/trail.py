"""Audit events of this app: the actor is always a posting, an account, or nobody (a command)."""

from typing import Any

from django.db.models import Model

from audit.models import Event
from audit.services import Actor, record_event
from unions.models import Staff, User


def actor_from(by: Staff | User | None) -> Actor:
    if isinstance(by, Staff):
        return Actor(by.user_id, by.pk, by.role, by.union.code, by.union.path)
    return Actor(user_id=by.pk if by else None)


def record(
    by: Staff | User | None,
    action: Event.Action,
    about: Model | None = None,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    record_event(actor=actor_from(by), action=action, about=about, reason=reason, details=details)


def refuse(by: Staff | User | None, action: Event.Action, about: Model | None = None) -> None:
    """Record what somebody tried and was not let."""
    record_event(actor=actor_from(by), action=action, about=about, result=Event.Result.REFUSED)
