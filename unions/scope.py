"""Who sees which rows: one definition, used by every list, page, form and export.

A union's path is the codes from the root down, each closed by a slash (`110000/110101/`); its
subtree is every path with that prefix, and the closing slash keeps `32/1` from matching `32/11`.
Outside the subtree an object does not exist: views answer 404. Source: DESIGN §2, STYLE §2.
"""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from audit.models import Event, EventQuerySet
from unions.permissions import Capability, has

if TYPE_CHECKING:
    from unions.models import Staff, User

M = TypeVar("M", bound=models.Model)

#: Apps about who we are and what the system does: their rows are no records of the business.
_OF_THE_HOUSE = frozenset(
    {"unions", "audit", "jobs", "codes", "auth", "contenttypes", "otp_totp", "otp_static"}
)


def ancestor_paths(path: str) -> list[str]:
    """Paths of the union itself and of every union above it, root first.

    >>> ancestor_paths("11/1101/")
    ['11/', '11/1101/']
    """
    codes = path.rstrip("/").split("/")
    return ["/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to a union. Views and forms begin every query with visible_to()."""

    #: ORM path from the model to unions.Union, with trailing "__"; "" on Union itself.
    union_lookup = "union__"

    def visible_to(self, staff: "Staff") -> Self:
        """Rows of the posting's union and of every union below it."""
        return self.within(staff.union.path)

    def within(self, path: str) -> Self:
        """Rows of the union with this path and of every union below it."""
        return self.filter(**{f"{self.union_lookup}path__startswith": path})


def visible_events(staff: "Staff") -> EventQuerySet:
    """The log of the own subtree; at the root, for whom it concerns, also what has no union."""
    events = Event.objects.within(staff.union.path)
    if staff.union.parent_id is None and has(staff, Capability.READ_SYSTEM_LOG):
        events = events | Event.objects.filter(union_path="")
    return events


def visible_accounts(staff: "Staff") -> "models.QuerySet[User]":
    """Accounts that work, or have worked, in the subtree."""
    from unions.models import Staff, User  # noqa: PLC0415 (the models are made with this module)

    return User.objects.filter(pk__in=Staff.objects.visible_to(staff).values("user"))


def accounts_without_posting(staff: "Staff") -> "models.QuerySet[User]":
    """Accounts that work nowhere: of no union, so only for whoever keeps all accounts."""
    from unions.models import Staff, User  # noqa: PLC0415 (as above)

    if not has(staff, Capability.RECOVER_ACCOUNTS):
        return User.objects.none()
    return User.objects.exclude(pk__in=Staff.objects.standing().values("user"))


def may_read(model: type[models.Model], staff: "Staff") -> bool:
    """三员分立: who keeps accounts and logs sees that a record was changed, not the record.

    The house's own models are named; whatever else there is belongs to the business.
    """
    if model._meta.app_label in _OF_THE_HOUSE:
        return True
    return has(staff, Capability.READ_RECORDS)


def visible_rows(model: type[models.Model], staff: "Staff") -> models.QuerySet[Any]:
    """Rows of any model; those of no union are for whoever reads the system's own log.

    None of a model that the role may not read, whatever the log tells of it.
    """
    if not may_read(model, staff):
        return model._default_manager.none()
    if model._meta.label == "unions.User":
        return visible_accounts(staff)
    rows: Any = model._default_manager.all()
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(staff)
    elif not has(staff, Capability.READ_SYSTEM_LOG):
        rows = rows.none()
    found: models.QuerySet[Any] = rows
    return found
