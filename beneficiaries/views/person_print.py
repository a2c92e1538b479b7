from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.models import Event
from beneficiaries import person_page
from beneficiaries.views.person import PERSON, own_person
from unions.access import StaffRequest, needs
from unions.permissions import Capability
from unions.services.trail import record


@needs(Capability.EXPORT, of=PERSON)
@require_safe
def person_print(request: StaffRequest, pk: str) -> HttpResponse:
    """人员档案 on A4, in masks: for a meeting or a folder. Whoever opens it is noted."""
    person = own_person(request, pk)
    context = person_page.context_of(request.staff, person)
    record(request.staff, Event.Action.PRINT, person)
    context |= {"printed_at": timezone.now()}
    return render(request, "beneficiaries/person_print.html", context)
