"""The page of one person (P6)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from beneficiaries import shown, slots
from beneficiaries.models import Beneficiary, BeneficiaryLink, CategoryMembership, HardshipFile
from unions.access import StaffRequest, needs
from unions.permissions import Capability

PERSON = "beneficiaries.Beneficiary"


@needs(Capability.READ_RECORDS, of=PERSON)
@require_safe
def person_detail(request: StaffRequest, pk: str) -> HttpResponse:
    """Everything about one person: who it is in masks, files, categories, aid, papers, history."""
    staff = request.staff
    people = Beneficiary.objects.visible_to(staff).select_related(
        "union", "workplace", "merged_into"
    )
    person = get_object_or_404(people, pk=pk)
    held = CategoryMembership.objects.visible_to(staff).of_person(person)
    context = {
        "person": person,
        "name": shown.name_for(staff, person),
        "values": shown.masked_values(person),
        "is_owner": staff.union.contains(person.union),
        "links": BeneficiaryLink.objects.visible_to(staff).standing().filter(beneficiary=person),
        "categories": held.on(timezone.localdate()).select_related("category", "level"),
        "household": shown.household_of(staff, person),
        "files": HardshipFile.objects.visible_to(staff).of_person(person),
        "panels": slots.person_panels.items(staff, person),
    }
    return render(request, "beneficiaries/person_detail.html", context)
