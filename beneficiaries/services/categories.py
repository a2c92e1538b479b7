"""Which categories a person belongs to, and for how long."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Beneficiary, CategoryMembership
from beneficiaries.services.people import locked_person
from relief.codes.models import Code
from relief.lib import periods
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record


@transaction.atomic
def add_category(
    *,
    by: Staff,
    person: Beneficiary,
    category: Code,
    level: Code | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    evidence: Code | None = None,
    evidence_number: str = "",
) -> CategoryMembership:
    """Put a person into a category for a period.

    Raises ValidationError: the person is in it at that time already, closed code, gone.
    """
    current = locked_person(person)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    if category not in Code.objects.of("category").current():
        text = "这个类别已经停用，请另选。"
        raise ValidationError({"category": ValidationError(text, code="code_closed")})
    membership = CategoryMembership(
        beneficiary=current,
        category=category,
        level=level,
        starts_on=starts_on or timezone.localdate(),
        ends_on=ends_on,
        evidence=evidence,
        evidence_number=evidence_number,
        recorded_by=by,
    )
    membership.full_clean()
    _refuse_overlap(membership)
    membership.save(force_insert=True)
    record(by, Event.Action.CREATE, membership, category=category.pk)
    return membership


@transaction.atomic
def end_category(
    *, by: Staff, membership: CategoryMembership, ends_on: date, reason: str
) -> CategoryMembership:
    """End it with `ends_on` as the last day. Raises ValidationError: ended, before it began."""
    person = locked_person(membership.beneficiary)
    require(by, Capability.ENTER_RECORDS, at=person.union)
    current = CategoryMembership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if current.ends_on is not None and current.ends_on < timezone.localdate():
        raise ValidationError("这个类别已经结束。", code="ended")
    current.ends_on = ends_on
    current.full_clean()
    current.save(update_fields=["ends_on"])
    record(by, Event.Action.CHANGE, current, reason=reason, ends_on=ends_on.isoformat())
    return current


def overlapping(membership: CategoryMembership, person: Beneficiary) -> bool:
    """Whether the person is in that category at some time of that period by another row."""
    others = CategoryMembership.objects.filter(
        periods.overlapping(membership.starts_on, membership.ends_on),
        beneficiary=person,
        category=membership.category_id,
    )
    return others.exclude(pk=membership.pk).exists()


def _refuse_overlap(membership: CategoryMembership) -> None:
    if overlapping(membership, membership.beneficiary):
        text = "这个人在这段时间已经属于这个类别。"
        raise ValidationError({"category": ValidationError(text, code="category_overlaps")})
