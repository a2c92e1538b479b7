"""The list of people (P5): looking, finding somebody by a whole number, exporting."""

from io import BytesIO

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries import people_export as exports
from beneficiaries.elsewhere import keep_number
from beneficiaries.forms.people import ExportForm, FindForm
from beneficiaries.ledger_template import ledger_template
from beneficiaries.people_filters import carries_number
from beneficiaries.services.lookup import Looked, find_by_number
from beneficiaries.views.people_table import PEOPLE
from relief.lib.http import submit
from relief.lib.regions import render_region
from relief.lib.tables import Column, query_without
from relief.lib.workbooks.template import workbook_response
from unions.access import StaffRequest, needs, reauthenticated
from unions.limits import limited
from unions.lists.page import list_page
from unions.lists.picked import NOTHING_PICKED, narrowed, picked_from
from unions.models import TablePreference
from unions.permissions import Capability, has


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
@limited("look_up")
def people_find(request: StaffRequest) -> HttpResponse:
    """Exactly this ID number or phone: one hit leads to the person, the number goes nowhere."""
    form = FindForm(request.POST or None)
    looked: Looked | None = None
    if done := submit(form, find_by_number, by=request.staff):
        looked = done.value
        if len(looked.people) == 1:
            return redirect("person-detail", pk=looked.people[0].pk)
        if looked.is_elsewhere:
            keep_number(request, form.cleaned_data["number"])
        form = FindForm()
    context = {"form": form, "looked": looked}
    return render(request, "beneficiaries/people_find.html", context)


@needs(Capability.EXPORT_RECORDS)
@require_http_methods(["GET", "POST"])
@reauthenticated
@limited("export")
def people_export(request: StaffRequest) -> HttpResponse:
    """The filtered or ticked people as a workbook: at once, or by the worker when there are many.

    The list posts what was ticked, the page posts it again with its answers.
    """
    picked = picked_from(request.POST) if request.method == "POST" else None
    found = PEOPLE.found(request.staff, request.GET)
    if picked == ():
        messages.warning(request, NOTHING_PICKED)
        return redirect(f"{reverse('people-list')}?{found.query}")
    may_be_full = has(request.staff, Capability.PRINT_FULL_ID)
    is_answer = "layout" in request.POST
    form = ExportForm((request.POST or None) if is_answer else None, may_be_full=may_be_full)
    count = narrowed(found, picked).rows.count()
    if form.is_valid():
        order = _order(request, found.query, picked, **form.cleaned_data)
        return _exported(request, order, count)
    context = {"form": form, "found": found, "count": count, "columns": _columns(request)}
    context |= {"picked": picked}
    return render(request, "beneficiaries/people_export.html", context)


@needs(Capability.ENTER_RECORDS)
@require_safe
def people_template(request: StaffRequest) -> HttpResponse:
    """The empty ledger to fill in and import."""
    return ledger_template()


def _exported(request: StaffRequest, order: exports.Order, count: int) -> HttpResponse:
    if count > exports.ROWS_AT_ONCE:
        job = exports.export_later(by=request.staff, order=order)
        messages.info(request, "行数较多，正在后台生成文件，好了就可以下载。")
        return redirect("job-progress", pk=job.pk)
    content = BytesIO()
    exports.export_now(by=request.staff, order=order, target=content)
    return workbook_response(content.getvalue(), exports.file_name(order))


def _order(
    request: StaffRequest,
    query: str,
    picked: tuple[str, ...] | None,
    *,
    is_ledger: bool,
    is_full: bool,
    reason: str,
) -> exports.Order:
    columns = () if is_ledger else tuple(column.key for column in _columns(request))
    return exports.Order(query, columns, is_full, reason, picked)


def _columns(request: StaffRequest) -> tuple[Column, ...]:
    """Those the person sees, and always what marks an invented person."""
    chosen = TablePreference.objects.columns_of(request.user, PEOPLE.name)
    shown = {column.key for column in PEOPLE.table.visible(chosen)} | {"mark"}
    return tuple(column for column in PEOPLE.table.columns if column.key in shown)
