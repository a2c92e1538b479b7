"""Decisions that come faster than anybody can read them are flagged (SECURITY §5, 2.4.2)."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from audit.models import Event
from audit.services import Actor, record_event

WINDOW = timedelta(minutes=1)


def note_decision(actor: Actor) -> None:
    """Flag the actor after more decisions within a minute than settings.APPROVALS_PER_MINUTE.

    Call it after the DECIDE event was recorded, in the same transaction. One flag a minute: the
    auditor needs to know that, not how often. Nothing is refused.
    """
    recent = Event.objects.filter(actor_id=actor.user_id, at__gte=Now() - WINDOW)
    decided = recent.filter(action=Event.Action.DECIDE).count()
    if decided <= settings.APPROVALS_PER_MINUTE or recent.filter(action=Event.Action.FLAG).exists():
        return
    record_event(
        actor=actor,
        action=Event.Action.FLAG,
        details={"decisions": decided, "seconds": int(WINDOW.total_seconds())},
    )
