"""The page of one person (P6), registering, changing, and showing a full value."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries import person_page, shown
from beneficiaries.elsewhere import keep_number
from beneficiaries.forms.person import ChangePersonForm, CreatePersonForm, PersonForm, RevealForm
from beneficiaries.models import Beneficiary
from beneficiaries.services.people import (
    Found,
    change_beneficiary,
    create_beneficiary,
    find_by_id,
    reveal_values,
)
from relief.lib.http import submit
from unions.access import StaffRequest, needs, reauthenticated
from unions.limits import limited
from unions.permissions import Capability
from unions.shown_once import keep, take

PERSON = "beneficiaries.Beneficiary"


def visible_person(request: StaffRequest, pk: str) -> Beneficiary:
    people = Beneficiary.objects.visible_to(request.staff)
    return get_object_or_404(
        people.select_related("union", "workplace", "merged_into__union"), pk=pk
    )


def own_person(request: StaffRequest, pk: str) -> Beneficiary:
    """For what only the union that keeps the person may do. Raises PermissionDenied."""
    person = visible_person(request, pk)
    if not request.staff.union.contains(person.union):
        raise PermissionDenied("只有登记机构能修改这个人的资料。")
    return person


@needs(Capability.READ_RECORDS, of=PERSON)
@require_safe
def person_detail(request: StaffRequest, pk: str) -> HttpResponse:
    """Everything about one person: who it is in masks, files, categories, aid, papers, history."""
    person = visible_person(request, pk)
    context = person_page.context_of(request.staff, person)
    context |= {"revealed": take(request, _revealed(person)) or {}, "is_asking": False}
    return render(request, "beneficiaries/person_detail.html", context)


@needs(Capability.REVEAL, of=PERSON)
@require_http_methods(["GET", "POST"])
@reauthenticated
@limited("reveal")
def person_reveal(request: StaffRequest, pk: str) -> HttpResponse:
    """Full values, once, on the next page: not in the address, and gone when it is loaded again."""
    person = own_person(request, pk)
    form = RevealForm(request.POST or None, masks=shown.masked_values(person))
    if done := submit(form, reveal_values, by=request.staff, person=person):
        keep(request, _revealed(person), done.value)
        return redirect(f"{reverse('person-detail', args=[pk])}#who")
    context = person_page.context_of(request.staff, person)
    context |= {"revealed": {}, "reveal_form": form, "is_asking": True}
    return render(request, "beneficiaries/person_detail.html", context)


@needs(Capability.ENTER_RECORDS)
@require_http_methods(["GET", "POST"])
def person_create(request: StaffRequest) -> HttpResponse:
    """Register a person; whoever is known already is shown instead of written twice."""
    initial = {"union": request.staff.union, "id_kind": Beneficiary.IdKind.RESIDENT}
    form = CreatePersonForm(request.POST or None, staff=request.staff, initial=initial)
    similar = _similar(request, form)
    if not similar and (done := submit(form, create_beneficiary, by=request.staff)):
        messages.success(request, f"已登记：{done.value.name}。")
        return redirect("person-detail", pk=done.value.pk)
    context = {"form": form, "similar": similar, "found": _found(request, form)}
    return render(request, "beneficiaries/person_create.html", context)


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def person_change(request: StaffRequest, pk: str) -> HttpResponse:
    """Change a person; if somebody else did meanwhile, both versions stand side by side."""
    person = own_person(request, pk)
    masks = shown.masked_values(person)
    form = ChangePersonForm(request.POST or None, staff=request.staff, person=person, masks=masks)
    if submit(form, change_beneficiary, by=request.staff, person=person):
        messages.success(request, "已保存。")
        return redirect("person-detail", pk=pk)
    context: dict[str, Any] = {"form": form, "person": person, "found": _found(request, form)}
    if any(error.code == "stale" for error in form.non_field_errors().as_data()):
        context["conflict"] = person_page.conflict_of(person, form)
        form.rebase(person)
    return render(request, "beneficiaries/person_change.html", context)


def _revealed(person: Beneficiary) -> str:
    return f"reveal.{person.pk}"


def _similar(request: StaffRequest, form: CreatePersonForm) -> list[Beneficiary]:
    """Who may be the same person, unless the clerk has looked and says it is another one."""
    if not form.is_bound or form.data.get("is_another") or not form.is_valid():
        return []
    return person_page.similar_to(request.staff, form.cleaned_data)


def _found(request: StaffRequest, form: PersonForm) -> Found | None:
    """Who has the number that was refused as known."""
    if not any(form.has_error("id_number", code) for code in ("id_taken", "id_elsewhere")):
        return None
    found = find_by_id(by=request.staff, id_number=form.number)
    if found.is_elsewhere:
        keep_number(request, form.number)
    return found
