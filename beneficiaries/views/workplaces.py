"""Workplaces (单位): where people work and are visited."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from beneficiaries.forms.workplace import (
    ChangeWorkplaceForm,
    CloseWorkplaceForm,
    CreateWorkplaceForm,
)
from beneficiaries.models import Beneficiary, Workplace
from beneficiaries.services.workplaces import (
    change_workplace,
    close_workplace,
    create_workplace,
)
from beneficiaries.shown import name_for
from beneficiaries.views.workplace_table import WORKPLACES
from relief.lib.http import submit
from relief.lib.regions import render_region
from relief.lib.tables import page_of
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.lists.exports import export
from unions.lists.page import list_page
from unions.permissions import Capability

WORKPLACE = "beneficiaries.Workplace"
PAGE = 50


@needs(Capability.READ_RECORDS)
@require_safe
def workplace_list(request: StaffRequest) -> HttpResponse:
    """The workplaces of the own subtree."""
    context = list_page(request, WORKPLACES)
    return render_region(request, "beneficiaries/workplace_list.html", context)


@needs(Capability.EXPORT_RECORDS)
@require_POST
@limited("export")
def workplace_export(request: StaffRequest) -> HttpResponse:
    """The filtered list as a workbook."""
    return export(request, WORKPLACES)


@needs(Capability.READ_RECORDS, of=WORKPLACE)
@require_safe
def workplace_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One workplace, and who of the registry works there."""
    workplace = _visible(request, pk)
    people = Beneficiary.objects.visible_to(request.staff).current().filter(workplace=workplace)
    page = page_of(people.listed().order_by("pinyin", "pk"), request.GET, size=PAGE)
    context = {
        "workplace": workplace,
        "page": page,
        "people": [(person, name_for(request.staff, person)) for person in page],
    }
    return render(request, "beneficiaries/workplace_detail.html", context)


@needs(Capability.ENTER_RECORDS)
@require_http_methods(["GET", "POST"])
def workplace_create(request: StaffRequest) -> HttpResponse:
    """Register a workplace."""
    initial = {"union": request.staff.union}
    form = CreateWorkplaceForm(request.POST or None, staff=request.staff, initial=initial)
    if done := submit(form, create_workplace, by=request.staff):
        messages.success(request, f"已登记：{done.value.name}。")
        return redirect("workplace-detail", pk=done.value.pk)
    return render(request, "beneficiaries/workplace_create.html", {"form": form})


@needs(Capability.ENTER_RECORDS, of=WORKPLACE)
@require_http_methods(["GET", "POST"])
def workplace_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a workplace; if somebody else did meanwhile, both versions stand side by side."""
    workplace = _visible(request, pk)
    form = ChangeWorkplaceForm(request.POST or None, staff=request.staff, workplace=workplace)
    if submit(form, change_workplace, by=request.staff, workplace=workplace):
        messages.success(request, "已保存。")
        return redirect("workplace-detail", pk=pk)
    context: dict[str, Any] = {"form": form, "workplace": workplace}
    if form.has_error("__all__", "stale"):
        context["differences"] = form.differences(workplace)
        form.rebase(workplace)
    return render(request, "beneficiaries/workplace_change.html", context)


@needs(Capability.ENTER_RECORDS, of=WORKPLACE)
@require_http_methods(["GET", "POST"])
def workplace_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Nobody can be put there any more; what names it stays."""
    workplace = _visible(request, pk)
    form = CloseWorkplaceForm(request.POST or None)
    if submit(form, close_workplace, by=request.staff, workplace=workplace):
        messages.success(request, f"{workplace.name}已注销，原有记录都还能查到。")
        return redirect("workplace-detail", pk=pk)
    people = Beneficiary.objects.visible_to(request.staff).current().filter(workplace=workplace)
    context = {"form": form, "workplace": workplace, "count": people.count()}
    return render(request, "beneficiaries/workplace_close.html", context)


def _visible(request: StaffRequest, pk: int) -> Workplace:
    related = ("union", "own_union", "employer_kind", "employer_state", "industry")
    places = Workplace.objects.visible_to(request.staff).select_related(*related)
    return get_object_or_404(places, pk=pk)
