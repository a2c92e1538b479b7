"""What relief.admin asks about lists that hold for every union; it lies below and names these."""

from typing import Any

from django.http import HttpRequest

from audit.models import Event
from unions.models import Staff
from unions.permissions import Capability, has
from unions.services.trail import record


def may_change(request: HttpRequest) -> bool:
    """Only the system administration of the root union."""
    staff = _staff(request)
    return has(staff, Capability.MANAGE_SYSTEM) and staff.union.parent_id is None


def record_exchange(request: HttpRequest, action: str, **details: Any) -> None:
    """A list went out into a file, or came in from one."""
    record(_staff(request), Event.Action(action), reason="", **details)


def _staff(request: HttpRequest) -> Staff:
    staff: Staff = request.staff  # type: ignore[attr-defined]  # the admin lets nobody else in
    return staff
