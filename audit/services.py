"""Writing into the audit log."""

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from audit.models import SYSTEM_CHAIN, Event
from relief.lib.history import origin

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Actor:
    """Who acts. A command without a person is the empty actor and writes into the system chain."""

    user_id: int | None = None
    staff_id: int | None = None
    role: str = ""
    union_code: str = ""
    union_path: str = ""


@transaction.atomic
def record_event(
    *,
    actor: Actor,
    action: Event.Action,
    about: "Model | None" = None,
    result: Event.Result = Event.Result.DONE,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Event:
    """Append one event to the chain of the actor's union (or the system chain).

    `details` holds ids, codes and counts only, never a personal value. The event is part of the
    caller's transaction: what is rolled back was not done.
    """
    here = origin()
    event = Event(
        chain=actor.union_code or SYSTEM_CHAIN,
        action=action,
        result=result,
        actor_id=actor.user_id,
        staff_id=actor.staff_id,
        role=actor.role,
        union_path=actor.union_path,
        object_type=about._meta.label if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        request_id=here.request_id,
        address=here.address,
        reason=_one_line(reason),
        details=details or {},
    )
    event.full_clean(exclude=["previous_hash", "hash"], validate_constraints=False)
    event.save(force_insert=True)
    return event


def _one_line(typed: str) -> str:
    """Without line breaks and control characters, which the log refuses."""
    words = " ".join(typed.split())
    return "".join(letter for letter in words if unicodedata.category(letter) != "Cc")
