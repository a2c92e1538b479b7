"""Which categories a person belongs to."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from beneficiaries.forms.papers import CategoryForm, EndCategoryForm
from beneficiaries.models import CategoryMembership
from beneficiaries.services.categories import add_category, end_category
from beneficiaries.views.person import PERSON, own_person
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.permissions import Capability

MEMBERSHIP = "beneficiaries.CategoryMembership"


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def category_add(request: StaffRequest, pk: str) -> HttpResponse:
    """Put a person into a category for a period."""
    person = own_person(request, pk)
    form = CategoryForm(request.POST or None)
    if submit(form, add_category, by=request.staff, person=person):
        messages.success(request, "已登记类别。")
        return redirect(f"{reverse('person-detail', args=[pk])}#categories")
    return render(request, "beneficiaries/category_add.html", {"form": form, "person": person})


@needs(Capability.ENTER_RECORDS, of=MEMBERSHIP)
@require_http_methods(["GET", "POST"])
def category_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End a category with its last day; what was so before stays known."""
    visible = CategoryMembership.objects.visible_to(request.staff)
    membership = get_object_or_404(visible.select_related("beneficiary__union", "category"), pk=pk)
    form = EndCategoryForm(request.POST or None)
    if submit(form, end_category, by=request.staff, membership=membership):
        messages.success(request, "已登记结束日期。")
        return redirect(f"{reverse('person-detail', args=[membership.beneficiary_id])}#categories")
    context = {"form": form, "membership": membership}
    return render(request, "beneficiaries/category_end.html", context)
