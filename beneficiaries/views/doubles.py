"""Two people who may be one: the work list, both side by side, keeping apart and merging."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries import comparing
from beneficiaries.forms.same_person import KeepApartForm, MergeForm, WithdrawApartForm
from beneficiaries.models import Beneficiary, KeptApart, PossibleDouble
from beneficiaries.services.same_person import (
    apart,
    in_order,
    keep_apart,
    merge_beneficiaries,
    withdraw_kept_apart,
)
from beneficiaries.shown import name_for
from beneficiaries.views.doubles_table import APART, DOUBLES, MERGED
from beneficiaries.views.person import PERSON
from relief.lib.http import submit
from relief.lib.regions import render_region
from unions.access import StaffRequest, needs
from unions.lists.page import list_page
from unions.permissions import Capability, has

PAIR = "beneficiaries.KeptApart"


@needs(Capability.READ_RECORDS)
@require_safe
def doubles_list(request: StaffRequest) -> HttpResponse:
    """Who may be one person with somebody else of the own subtree."""
    return _list(request, DOUBLES, "doubles-list")


@needs(Capability.READ_RECORDS)
@require_safe
def apart_list(request: StaffRequest) -> HttpResponse:
    """Which pairs were found to be two people, by whom and why."""
    return _list(request, APART, "apart-list")


@needs(Capability.READ_RECORDS)
@require_safe
def merged_list(request: StaffRequest) -> HttpResponse:
    """Who was merged into whom."""
    return _list(request, MERGED, "merged-list")


@needs(Capability.READ_RECORDS, of=PERSON)
@require_safe
def double_detail(request: StaffRequest, pk: str, other: str) -> HttpResponse:
    """Both side by side; of two that were merged meanwhile the remaining one."""
    first, second = _pair(request, pk, other)
    if gone := _gone(request, first, second):
        return gone
    staff = request.staff
    double = PossibleDouble.objects.visible_to(staff).filter(first=first, second=second).first()
    context = _context(request, first, second) | {
        "why": double and double.get_why_display(),
        "kept_apart": apart(first, second),
        "refusal": comparing.why_not_merge(first, second),
        "may_decide": has(staff, Capability.ENTER_RECORDS),
    }
    return render(request, "beneficiaries/double_detail.html", context)


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def double_apart(request: StaffRequest, pk: str, other: str) -> HttpResponse:
    """Note that the two are two; nobody is asked about them again."""
    first, second = _pair(request, pk, other)
    if gone := _gone(request, first, second):
        return gone
    form = KeepApartForm(request.POST or None)
    if submit(form, keep_apart, by=request.staff, person=first, other=second):
        messages.success(
            request, "已记下不是同一人，以后不再提示；可以在“认定不是同一人”里查到、撤回。"
        )
        return redirect("doubles-list")
    context = _context(request, first, second) | {"form": form}
    return render(request, "beneficiaries/double_apart.html", context)


@needs(Capability.ENTER_RECORDS, of=PAIR)
@require_http_methods(["GET", "POST"])
def apart_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the decision back."""
    pairs = KeptApart.objects.visible_to(request.staff)
    pair = get_object_or_404(pairs.select_related("first__union", "second__union"), pk=pk)
    form = WithdrawApartForm(request.POST or None)
    if submit(form, withdraw_kept_apart, by=request.staff, pair=pair):
        messages.success(request, "已撤回，这两个人会重新列为疑似重复。")
        return redirect("double-detail", pk=pair.first_id, other=pair.second_id)
    context = _context(request, pair.first, pair.second) | {"form": form, "pair": pair}
    return render(request, "beneficiaries/apart_withdraw.html", context)


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def double_merge(request: StaffRequest, pk: str, other: str) -> HttpResponse:
    """Merge the first into the other: what stays, what is filled in, what moves, then the reason.

    Whoever saved one of the two meanwhile stops it; the page then shows what is stored now.
    """
    pair = {str(one.pk): one for one in _pair(request, pk, other)}
    source, target = pair[str(pk)], pair[str(other)]
    if gone := _gone(request, source, target):
        return gone
    versions = f"{source.version}.{target.version}"
    form = MergeForm(request.POST or None, initial={"versions": versions})
    if submit(form, merge_beneficiaries, by=request.staff, person=source, into=target):
        messages.success(request, "已合并。旧的那一页还能查到，会指向保留的人。")
        return redirect("person-detail", pk=target.pk)
    if form.has_error("__all__", "stale"):
        form.rebase(versions)
    context = _context(request, source, target) | {
        "form": form,
        "refusal": comparing.why_not_merge(source, target),
    }
    return render(request, "beneficiaries/double_merge.html", context)


def _list(request: StaffRequest, listing: Any, here: str) -> HttpResponse:
    context = list_page(request, listing) | {"here": here, "title": listing.title}
    return render_region(request, "beneficiaries/doubles_list.html", context)


def _person(request: StaffRequest, pk: str) -> Beneficiary:
    """Somebody whose record the own subtree keeps; of others nothing can be decided here."""
    people = Beneficiary.objects.visible_to(request.staff).select_related("union", "workplace")
    person = get_object_or_404(people, pk=pk)
    if not request.staff.union.contains(person.union):
        raise PermissionDenied("这个人由别的机构登记，请由两边的上级工会核对。")
    return person


def _pair(request: StaffRequest, pk: str, other: str) -> list[Beneficiary]:
    if pk == other:
        raise Http404
    return in_order(_person(request, pk), _person(request, other))


def _context(request: StaffRequest, first: Beneficiary, second: Beneficiary) -> dict[str, Any]:
    staff = request.staff
    return {
        "first": first,
        "second": second,
        "first_name": name_for(staff, first),
        "second_name": name_for(staff, second),
        "rows": comparing.compared(staff, first, second),
        "held": comparing.held(staff, first, second),
    }


def _gone(request: StaffRequest, *people: Beneficiary) -> HttpResponse | None:
    """Where to go when one of them was merged or erased since; None while both stand."""
    for person in people:
        if person.merged_into_id is not None:
            messages.info(request, "已经合并过了，下面是保留的人。")
            return redirect("person-detail", pk=person.merged_into_id)
        if person.erased_at is not None:
            messages.info(request, "这个人的个人信息已经删除，不用再核对。")
            return redirect("person-detail", pk=person.pk)
    return None
