"""What a list shows of a person: the present file, the categories, masks; no ciphertext."""

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from beneficiaries.lifecycle import LIVE, Status
from beneficiaries.models import (
    Beneficiary,
    CategoryMembership,
    HardshipFile,
    IncomeCalculation,
)
from beneficiaries.models.beneficiary import BeneficiaryQuerySet
from beneficiaries.models.hardship_file import HardshipFileQuerySet
from relief.lib.money import yuan
from unions.models import Staff
from unions.permissions import Role

_OF_PERSON: Final = OuterRef("pk")


@dataclass(frozen=True)
class PresentFile:
    """The live file of a person, or else the newest that there was."""

    id: uuid.UUID
    year: int
    status: Status
    hardship_class: str
    main_cause: str
    household_size: int | None
    monthly_income: Decimal | None


def listed_people(staff: Staff) -> BeneficiaryQuerySet:
    """The people that the posting may see, each row with what the list needs of it."""
    people = Beneficiary.objects.visible_to(staff).current().listed()
    return people.annotate(
        present_file=_present_file(staff),
        category_names=_categories(timezone.localdate()),
        is_masked=Value(staff.role == Role.LEADER),
        seen_from=Value(staff.union.path),
    )


def present_first(files: HardshipFileQuerySet) -> HardshipFileQuerySet:
    """The live file first, then from the newest to the oldest."""
    ended = Case(When(status__in=LIVE, then=0), default=1, output_field=IntegerField())
    return files.order_by(ended, "-year", "-opened_on", "-pk")


def having_file(people: QuerySet[Any], files: HardshipFileQuerySet) -> QuerySet[Any]:
    """Whose present file is one of these."""
    newer = HardshipFile.objects.filter(person=OuterRef("person")).filter(
        Q(status__in=LIVE) | Q(year__gt=OuterRef("year"))
    )
    present = files.filter(Q(status__in=LIVE) | ~Exists(newer))
    return people.filter(Exists(present.filter(person=_OF_PERSON)))


def without_file(people: QuerySet[Any], files: HardshipFileQuerySet) -> QuerySet[Any]:
    return people.filter(~Exists(files.filter(person=_OF_PERSON)))


def file_of(person: Any) -> PresentFile | None:
    """The file that `listed_people` brought along."""
    found = person.present_file
    if not found:
        return None
    return PresentFile(
        id=uuid.UUID(found["id"]),
        year=found["year"],
        status=Status(found["status"]),
        hardship_class=found["class"] or "",
        main_cause=found["cause"] or "",
        household_size=found["size"],
        monthly_income=_monthly(found),
    )


def is_linked(person: Any) -> bool:
    """Whether another union keeps the record, and this one is only linked to the person."""
    return not person.union.path.startswith(person.seen_from)


def age_of(person: Beneficiary, today: date) -> int | None:
    """In full years; the birth date itself stands in no list."""
    born = person.birth_on
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _monthly(found: dict[str, Any]) -> Decimal | None:
    """As it was worked out, or from what the form says."""
    if found["monthly"] is not None:
        return Decimal(found["monthly"])
    if found["yearly"] is None or not found["size"]:
        return None
    return yuan(Decimal(found["yearly"]) / found["size"] / 12)


def _present_file(staff: Staff) -> Subquery:
    # Amounts travel as text: JSON would make floats of them.
    worked_out = IncomeCalculation.objects.filter(file=_OF_PERSON).order_by("-id")
    files = HardshipFile.objects.visible_to(staff).filter(person=_OF_PERSON)
    shown = JSONObject(
        id="pk",
        year="year",
        status="status",
        **{"class": "hardship_class__name"},
        cause="main_cause__name",
        size="household_size",
        yearly=Cast("yearly_income", CharField()),
        monthly=Subquery(worked_out.values(text=Cast("gross_monthly", CharField()))[:1]),
    )
    return Subquery(present_first(files).values(shown=shown)[:1])


def _categories(today: date) -> ArraySubquery:
    held = CategoryMembership.objects.on(today).filter(beneficiary=_OF_PERSON)
    names = held.order_by("category__position", "category").values_list("category__name")
    return ArraySubquery(names)
