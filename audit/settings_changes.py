"""Changes made in the system administration go into the log."""

from collections.abc import Iterator

from django.db.models import Model
from django.http import HttpRequest

from audit.middleware import actor_of
from audit.models import Event
from audit.services import record_event


def note(request: HttpRequest, changed: Model) -> Iterator[Event]:
    """Provider of the slot `admin-changed`."""
    yield record_event(actor=actor_of(request), action=Event.Action.SETTING, about=changed)
