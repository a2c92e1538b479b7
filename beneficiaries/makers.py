"""Whose work a hardship file is: nobody decides on what he opened, filled in or handed in.

The log says so, because a file keeps only who handed it in last. Source: DESIGN §8.13.
"""

from typing import Final

from audit.models import Event
from beneficiaries.models import HardshipFile

_MAKING: Final = (Event.Action.CREATE, Event.Action.CHANGE, Event.Action.SUBMIT)
#: A change that only a checker makes (转正).
_OF_CHECKERS: Final = ["is_temporary"]


def is_maker(user_id: int, file: HardshipFile) -> bool:
    """Whether the file is the user's work, in whatever posting it was done."""
    if file.applied_by_id == user_id:
        return True
    made = Event.objects.about(HardshipFile._meta.label, file.pk).filter(
        actor_id=user_id, action__in=_MAKING, result=Event.Result.DONE
    )
    return made.exclude(details__fields=_OF_CHECKERS).exists()
