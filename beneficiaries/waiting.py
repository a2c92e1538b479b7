"""Which hardship files wait for a posting, and which are due for another look."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from beneficiaries.acts import DECIDING
from beneficiaries.lifecycle import Status
from beneficiaries.models import FilePublicity, HardshipFile, PastAid
from beneficiaries.models.hardship_file import HardshipFileQuerySet
from unions.models import Staff
from unions.permissions import Capability, has

_CHECKED: Final = (Status.APPLIED, Status.REVIEW)
_DECIDED: Final = (Status.COMPARISON, Status.APPROVAL)


class Waiting(NamedTuple):
    """So many files wait at one step; `status` is what the list is filtered by."""

    status: Status
    label: str
    number: int


def waiting_for(staff: Staff) -> HardshipFileQuerySet:
    """Files that this posting can bring on now: those to check, or the own union's drafts."""
    rows = HardshipFile.objects.visible_to(staff)
    condition = Q(pk__in=[])
    if has(staff, Capability.ENTER_RECORDS):
        condition |= Q(status=Status.DRAFT, union=staff.union)
    if has(staff, Capability.CHECK_RECORDS):
        statuses = _CHECKED + (_DECIDED if staff.union.kind in DECIDING else ())
        is_over = FilePublicity.objects.running().filter(
            file=OuterRef("pk"), ends_on__lt=timezone.localdate()
        )
        condition |= (Q(status__in=statuses) | Q(status=Status.PUBLICITY) & Exists(is_over)) & ~Q(
            applied_by=staff.user_id
        )
    return rows.filter(condition)


def counts(staff: Staff) -> list[Waiting]:
    """What waits, step by step, in the order of the steps; one query, none for who only reads."""
    if not (has(staff, Capability.ENTER_RECORDS) or has(staff, Capability.CHECK_RECORDS)):
        return []
    found = dict(waiting_for(staff).order_by().values_list("status").annotate(number=Count("pk")))
    return [
        Waiting(status, _label(status), found[status]) for status in Status if found.get(status)
    ]


def _label(status: Status) -> str:
    return "公示到期" if status == Status.PUBLICITY else str(status.label)


def helped_by_ledgers() -> Iterator[QuerySet[Any]]:
    """For the slot helped-people: whom a ledger says was helped."""
    yield PastAid.objects.standing().values("person")
