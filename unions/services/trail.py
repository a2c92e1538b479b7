"""Audit events of this app: the actor is always a posting, an account, or a command."""

from typing import Any

from django.db.models import Model

from audit.models import Event
from audit.pace import note_decision
from audit.services import Actor, record_event
from relief.lib.history import origin
from unions.models import Staff, User
from unions.permissions import Command

#: Whoever can be the actor of an event.
By = Staff | User | Command


def actor_from(by: By) -> Actor:
    """Whoever acts; an account in a posting that it has, so that its own union finds the event."""
    if isinstance(by, Command):
        return Actor()
    staff = by if isinstance(by, Staff) else _posting_of_account(by)
    if staff is None:
        return Actor(user_id=by.pk)
    return Actor(staff.user_id, staff.pk, staff.role, staff.union.code, staff.union.path)


def _posting_of_account(user: User) -> Staff | None:
    """The one that the session works in, else the first that counts."""
    postings = list(Staff.objects.live().of(user))
    here = origin().staff_id
    return next((staff for staff in postings if staff.pk == here), next(iter(postings), None))


def posting_of(by: Staff | Command) -> Staff | None:
    """What a nullable key "recorded by" keeps: a command has no posting."""
    return by if isinstance(by, Staff) else None


def record(
    by: By,
    action: Event.Action,
    about: Model | None = None,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    if isinstance(by, Command):
        details["command"] = by.name
    actor = actor_from(by)
    record_event(actor=actor, action=action, about=about, reason=reason, details=details)
    if action == Event.Action.DECIDE:
        note_decision(actor)


def refuse(by: By, action: Event.Action, about: Model | None = None) -> None:
    """Record what somebody tried and was not let."""
    record_event(actor=actor_from(by), action=action, about=about, result=Event.Result.REFUSED)
