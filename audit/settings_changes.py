"""Changes made in the system administration go into the log."""

from django.db.models import Model
from django.http import HttpRequest

from audit.middleware import actor_of
from audit.models import Event
from audit.services import record_event


def note(request: HttpRequest, changed: Model) -> None:
    """With the hook `admin-changed`."""
    record_event(actor=actor_of(request), action=Event.Action.SETTING, about=changed)
