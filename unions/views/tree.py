"""The tree of unions and the changes of it."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from relief.lib.forms import Form
from relief.lib.http import submit, typed
from relief.lib.regions import render_region
from relief.lib.tables import page_of
from unions import slots
from unions.access import StaffRequest, needs
from unions.branches import branches_of
from unions.forms.tree import (
    ChangeUnionForm,
    CloseUnionForm,
    CreateUnionForm,
    MergeUnionForm,
    MoveUnionForm,
)
from unions.models import Staff, Union
from unions.permissions import Capability
from unions.second_look import (
    SecondLook,
    is_confirmed,
    of_closing,
    of_merger,
    of_move,
    wants_second_look,
)
from unions.services.tree import (
    change_union,
    check_closing,
    check_merger,
    check_move,
    close_union,
    create_union,
    merge_union,
    move_union,
)
from unions.tree_history import told_changes

UNION = "unions.Union"
#: Rows that a union's own page shows of a list; a link leads to all of them.
SHOWN = 50


@needs(Capability.VIEW_UNIONS)
@require_safe
def union_list(request: StaffRequest) -> HttpResponse:
    """The own subtree to fold; with ?q= or ?parent= the unions that were asked for, as a list."""
    query, code = typed(request, "q"), typed(request, "parent")
    visible = Union.objects.visible_to(request.staff)
    parent = get_object_or_404(visible, code=code) if code else None
    found = visible.children_of(parent) if parent else visible
    found = found.matching(query).select_related("parent").in_tree_order()
    is_list = bool(query or parent)
    context = {
        "query": query,
        "parent": parent,
        "page": page_of(found, request.GET, size=50) if is_list else None,
        "branches": [] if is_list else branches_of(request.staff),
        "count": visible.open().count(),
    }
    return render_region(request, "unions/union_list.html", context)


@needs(Capability.VIEW_UNIONS, of=UNION)
@require_safe
def union_detail(request: StaffRequest, code: str) -> HttpResponse:
    """One union: what it is, what is below it, who works there, what changed."""
    visible = Union.objects.visible_to(request.staff)
    union = get_object_or_404(visible.select_related("parent", "merged_into"), code=code)
    staff = Staff.objects.visible_to(request.staff).filter(union=union).live().with_people()
    first = QueryDict()
    context = {
        "union": union,
        "above": visible.above(union),
        "children": page_of(visible.children_of(union).in_tree_order(), first, size=SHOWN),
        "staff": page_of(staff.order_by("role", "user__pinyin", "pk"), first, size=SHOWN),
        "changes": told_changes(request.staff, union, most=20),
        "panels": slots.union_panels.items(request.staff, union),
    }
    return render(request, "unions/union_detail.html", context)


@needs(Capability.MANAGE_UNIONS)
@require_http_methods(["GET", "POST"])
def union_create(request: StaffRequest) -> HttpResponse:
    """Add a union below one of the own subtree."""
    visible = Union.objects.visible_to(request.staff)
    parent = visible.filter(code=typed(request, "parent")).first() or request.staff.union
    form = CreateUnionForm(request.POST or None, staff=request.staff, initial={"parent": parent})
    if done := submit(form, create_union, by=request.staff):
        union = done.value
        messages.success(request, f"已新建机构：{union.name}。")
        return redirect("union-detail", code=union.code)
    return render(request, "unions/union_create.html", {"form": form})


@needs(Capability.MANAGE_UNIONS, of=UNION)
@require_http_methods(["GET", "POST"])
def union_change(request: StaffRequest, code: str) -> HttpResponse:
    """Rename or re-classify; somebody else's newer version is shown beside what was typed."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    if union.closed_on is not None:
        return _refuse_closed(request, union)
    initial = {
        "name": union.name,
        "kind": union.kind,
        "region_code": union.region_code,
        "version": union.version,
    }
    form = ChangeUnionForm(request.POST or None, initial=initial)
    if submit(form, change_union, by=request.staff, union=union):
        messages.success(request, "已保存。")
        return redirect("union-detail", code=code)
    is_stale = form.has_error("__all__", "stale")
    context = {"form": form, "union": union, "is_stale": is_stale}
    return render(request, "unions/union_change.html", context)


@needs(Capability.MANAGE_UNIONS, of=UNION)
@require_http_methods(["GET", "POST"])
def union_move(request: StaffRequest, code: str) -> HttpResponse:
    """Hang the union with everything below it under another parent."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    if union.closed_on is not None:
        return _refuse_closed(request, union)
    form = MoveUnionForm(request.POST or None, staff=request.staff)
    if wants_second_look(request, form, lambda: check_move(union, *_typed(form, "parent"))):
        return _second_look(request, form, union, of_move(union, **form.cleaned_data))
    if is_confirmed(request) and submit(form, move_union, by=request.staff, union=union):
        messages.success(request, f"{union.name}已移到新的上级之下。")
        return redirect("union-detail", code=code)
    below = Union.objects.visible_to(request.staff).below(union).count()
    return render(request, "unions/union_move.html", {"form": form, "union": union, "below": below})


@needs(Capability.MANAGE_UNIONS, of=UNION)
@require_http_methods(["GET", "POST"])
def union_close(request: StaffRequest, code: str) -> HttpResponse:
    """Close a union; its records stay. Asked twice: it cannot be undone."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    if union.closed_on is not None:
        return _refuse_closed(request, union)
    form = CloseUnionForm(request.POST or None, initial={"closed_on": timezone.localdate()})
    if wants_second_look(
        request, form, lambda: check_closing(union, form.cleaned_data["closed_on"])
    ):
        return _second_look(request, form, union, of_closing(union, **form.cleaned_data))
    if is_confirmed(request) and submit(form, close_union, by=request.staff, union=union):
        messages.success(request, f"{union.name}已撤销，原有记录都还能查到。")
        return redirect("union-detail", code=code)
    return render(request, "unions/union_close.html", {"form": form, "union": union})


@needs(Capability.MANAGE_UNIONS, of=UNION)
@require_http_methods(["GET", "POST"])
def union_merge(request: StaffRequest, code: str) -> HttpResponse:
    """Merge the union into another one. Asked twice: it cannot be undone."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    if union.closed_on is not None:
        return _refuse_closed(request, union)
    form = MergeUnionForm(request.POST or None, staff=request.staff)
    if wants_second_look(request, form, lambda: check_merger(union, *_typed(form, "into"))):
        return _second_look(request, form, union, of_merger(union, **form.cleaned_data))
    if is_confirmed(request) and submit(form, merge_union, by=request.staff, union=union):
        messages.success(request, f"{union.name}已并入{form.cleaned_data['into'].name}。")
        return redirect("union-detail", code=code)
    return render(request, "unions/union_merge.html", {"form": form, "union": union})


def _typed(form: Form, target: str) -> tuple[Union, date | None]:
    return form.cleaned_data[target], form.cleaned_data["effective_on"]


def _refuse_closed(request: StaffRequest, union: Union) -> HttpResponse:
    """At the door: nobody fills in a form that cannot be taken."""
    messages.error(request, f"“{union.name}”已经撤销，不能再改。")
    return redirect("union-detail", code=union.code)


def _second_look(request: StaffRequest, form: Form, union: Union, look: SecondLook) -> HttpResponse:
    back = reverse("union-detail", args=[union.code])
    context = {**vars(look), "kind": "danger", "cancel_url": back, "of": union.name, "form": form}
    return render(request, "confirm.html", context)
