"""The list of people (P5), and finding somebody by a whole number."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries.forms.people import FindForm
from beneficiaries.people_filters import carries_number
from beneficiaries.services.lookup import Looked, find_by_number
from beneficiaries.views.people_table import PEOPLE
from relief.lib.http import submit
from relief.lib.regions import render_region
from relief.lib.tables import query_without
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.lists.page import list_page
from unions.permissions import Capability


@needs(Capability.READ_RECORDS)
@require_safe
def people_list(request: StaffRequest) -> HttpResponse:
    """Everybody whom the own subtree helps, as far as lists may tell."""
    if carries_number(request.GET):
        text = "为了保密，完整的号码不能放在网址里。请填在“按号码查找”那一栏。"
        messages.warning(request, text)
        return redirect(request.path + query_without(request.GET, ["q"]))
    context = list_page(request, PEOPLE) | {"find_form": FindForm(auto_id="find_%s")}
    return render_region(request, "beneficiaries/people_list.html", context)


@needs(Capability.READ_RECORDS)
@require_http_methods(["GET", "POST"])
@limited("search")
def people_find(request: StaffRequest) -> HttpResponse:
    """Exactly this ID number or phone: one hit leads to the person, the number goes nowhere."""
    form = FindForm(request.POST or None)
    looked: Looked | None = None
    if submit(form, find_by_number, by=request.staff):
        looked = form.result  # type: ignore[attr-defined]  # set by submit
        assert looked is not None
        if len(looked.people) == 1:
            return redirect("person-detail", pk=looked.people[0].pk)
        form = FindForm()
    context = {"form": form, "looked": looked}
    return render(request, "beneficiaries/people_find.html", context)
