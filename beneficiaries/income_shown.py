"""What the page of the income calculation shows: what goes in, and what each standard suggests."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from beneficiaries import income
from beneficiaries.models import HardshipFile, HouseholdMember, LivingStandard
from relief.codes.models import Code
from unions.models import Staff


@dataclass(frozen=True)
class Suggestion:
    """By one standard: `class_name` is "" above every limit."""

    kind: str
    standard: LivingStandard | None
    class_name: str


@dataclass(frozen=True)
class Figures:
    monthly: income.Income | None
    #: 12 months of everybody's pay and the other income, from the rows of the household.
    added_up: Decimal
    differs: bool
    suggestions: list[Suggestion]


def figures(staff: Staff, file: HardshipFile, *, day: date) -> Figures:
    monthly = _monthly(file)
    added_up = _added_up(staff, file)
    return Figures(
        monthly=monthly,
        added_up=added_up,
        differs=file.yearly_income is not None and added_up != file.yearly_income,
        suggestions=[_suggestion(file, kind, monthly, day) for kind in LivingStandard.Kind.values],
    )


def region_of(file: HardshipFile) -> str:
    """Where the household is registered, else where the union is."""
    return file.region.code if file.region else file.union.region_code


def _monthly(file: HardshipFile) -> income.Income | None:
    yearly, rigid, people = file.yearly_income, file.rigid_spending, file.household_size
    if yearly is None or rigid is None or people is None:
        return None
    return income.monthly_income(yearly_income=yearly, rigid_spending=rigid, people=people)


def _added_up(staff: Staff, file: HardshipFile) -> Decimal:
    rows = HouseholdMember.objects.visible_to(staff).of_file(file)
    others = sum(
        (row.monthly_income or Decimal(0) for row in rows if not row.is_applicant), Decimal(0)
    )
    own = file.own_monthly_income or Decimal(0)
    return (own + others) * 12 + (file.other_yearly_income or Decimal(0))


def _suggestion(
    file: HardshipFile, kind: str, monthly: income.Income | None, day: date
) -> Suggestion:
    standard = LivingStandard.objects.in_force(region=region_of(file), kind=kind, day=day)
    label = str(LivingStandard.Kind(kind).label)
    if standard is None or monthly is None:
        return Suggestion(label, standard, "")
    key = income.class_by_income(monthly.net, standard.amount, income.USUAL_MULTIPLIER)
    code = Code.objects.filter(pk=key).first() if key else None
    return Suggestion(label, standard, code.name if code else "")
