"""What a person keeps about a list: its columns, and filters under a name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from relief.lib.access import signed_in
from relief.lib.http import local_path, submit
from unions.access import SignedInRequest
from unions.lists.forms import ColumnsForm, SaveFilterForm
from unions.lists.listing import listing_named
from unions.models import SavedFilter
from unions.services.preferences import choose_columns, delete_filter, save_filter


@signed_in
@require_POST
def table_columns(request: SignedInRequest, name: str) -> HttpResponse:
    """Keep the columns chosen for one table, or forget them."""
    table = listing_named(name).table
    form = ColumnsForm(request.POST, table=table)
    if form.is_valid():
        choose_columns(by=request.user, table=table.name, columns=form.chosen())
    else:
        _say_errors(request, form)
    return redirect(_back(request))


@signed_in
@require_POST
def filter_save(request: SignedInRequest, name: str) -> HttpResponse:
    """Keep the present filter under a name (我的筛选), on request for the whole union."""
    table = listing_named(name).table
    form = SaveFilterForm(request.POST, union=request.staff.union if request.staff else None)
    if submit(form, save_filter, by=request.user, table=table.name):
        kept = form.cleaned_data["name"]
        messages.success(request, f"筛选“{kept}”已保存，在“我的筛选”里可以找到。")
    else:
        _say_errors(request, form)
    return redirect(_back(request))


@signed_in
@require_POST
def filter_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Drop one of one's own filters."""
    saved = get_object_or_404(SavedFilter.objects.of(request.user), pk=pk)
    delete_filter(by=request.user, saved=saved)
    messages.success(request, f"筛选“{saved.name}”已删除。")
    return redirect(_back(request))


def _say_errors(request: HttpRequest, form: ColumnsForm | SaveFilterForm) -> None:
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))


def _back(request: HttpRequest) -> str:
    return local_path(request, request.GET.get("next"), reverse("home"))
