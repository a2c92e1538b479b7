"""Audit events of this app: the actor is always a posting, an account, or nobody (a command)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

from audit.models import Event
from audit.services import Actor, record_event
from unions.models import Staff, User


def actor_from(by: Staff | User | None) -> Actor:
    if isinstance(by, Staff):
        return Actor(by.user_id, by.pk, by.role, by.union.code, by.union.path)
    return Actor(user_id=by.pk if by else None)


_later: ContextVar[list[dict[str, Any]] | None] = ContextVar("later", default=None)


@contextmanager
def collected() -> Iterator[list[dict[str, Any]]]:
    """Hold events back: writing one locks its chain until the transaction ends.

    A long act collects them and writes them with `record_all` just before it is over.
    """
    events: list[dict[str, Any]] = []
    token = _later.set(events)
    try:
        yield events
    finally:
        _later.reset(token)


def record_all(events: list[dict[str, Any]]) -> None:
    for event in events:
        record_event(**event)


def record(
    by: Staff | User | None,
    action: Event.Action,
    about: Model | None = None,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    event: dict[str, Any] = {
        "actor": actor_from(by),
        "action": action,
        "about": about,
        "reason": reason,
        "details": details,
    }
    later = _later.get()
    if later is None:
        record_event(**event)
    else:
        later.append(event)


def refuse(by: Staff | User | None, action: Event.Action, about: Model | None = None) -> None:
    """Record what somebody tried and was not let."""
    record_event(actor=actor_from(by), action=action, about=about, result=Event.Result.REFUSED)
