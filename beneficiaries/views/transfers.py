"""People across unions: linking by the whole number, asking for a person, answering."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries.elsewhere import number_kept
from beneficiaries.forms.transfers import (
    DeclineForm,
    ElsewhereForm,
    EndLinkForm,
    SecondLookForm,
    TransferForm,
)
from beneficiaries.models import Beneficiary, BeneficiaryLink, HardshipFile, Transfer
from beneficiaries.services.people import Found, find_by_id
from beneficiaries.services.transfers import (
    accept_transfer,
    decline_transfer,
    end_link,
    reach_elsewhere,
    request_transfer,
    withdraw_transfer,
)
from beneficiaries.shown import name_for
from beneficiaries.views.person import PERSON, visible_person
from beneficiaries.views.transfers_table import TRANSFERS, state_of
from relief.lib.http import submit
from relief.lib.regions import render_region
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.lists.page import list_page
from unions.permissions import Capability, has

TRANSFER: Final = "beneficiaries.Transfer"
LINK: Final = "beneficiaries.BeneficiaryLink"
#: What the service says of a number whose person need not be looked for elsewhere.
_NEARER: Final = ("own", "linked")


@needs(Capability.ENTER_RECORDS)
@require_http_methods(["GET", "POST"])
@limited("look_up")
def person_elsewhere(request: StaffRequest) -> HttpResponse:
    """Link to somebody whom another union keeps, or ask for the record.

    Only who holds the whole number comes through; the number was looked for a moment ago, or is
    typed here. Of the person nothing is shown before.
    """
    initial = {"id_number": number_kept(request), "union": request.staff.union}
    form = ElsewhereForm(request.POST or None, staff=request.staff, initial=initial)
    if done := submit(form, reach_elsewhere, by=request.staff):
        if isinstance(done.value, Transfer):
            messages.success(request, "已发出转入申请，等对方答复。")
            return redirect("transfer-detail", pk=done.value.pk)
        messages.success(request, "已关联。资料仍由原机构维护，这里只显示遮挡后的信息。")
        return redirect("person-detail", pk=done.value.beneficiary_id)
    context = {"form": form, "found": _found(request, form)}
    return render(request, "beneficiaries/person_elsewhere.html", context)


@needs(Capability.ENTER_RECORDS, of=LINK)
@require_http_methods(["GET", "POST"])
def link_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Either side ends a link."""
    links = BeneficiaryLink.objects.visible_to(request.staff)
    link = get_object_or_404(links.select_related("beneficiary__union", "union"), pk=pk)
    form = EndLinkForm(request.POST or None)
    if submit(form, end_link, by=request.staff, link=link):
        messages.success(request, "已解除关联。")
        people = Beneficiary.objects.visible_to(request.staff)
        if people.filter(pk=link.beneficiary_id).exists():
            return redirect("person-detail", pk=link.beneficiary_id)
        return redirect("people-list")
    name = name_for(request.staff, link.beneficiary)
    return render(
        request, "beneficiaries/link_end.html", {"form": form, "link": link, "name": name}
    )


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def transfer_request(request: StaffRequest, pk: str) -> HttpResponse:
    """Ask the union that keeps a person to hand the record over."""
    person = visible_person(request, pk)
    initial = {"to": None if request.staff.union == person.union else request.staff.union}
    form = TransferForm(request.POST or None, staff=request.staff, initial=initial)
    if done := submit(form, request_transfer, by=request.staff, person=person):
        messages.success(request, "已发出转入申请，等对方答复。")
        return redirect("transfer-detail", pk=done.value.pk)
    context = {"form": form, "person": person, "name": name_for(request.staff, person)}
    return render(request, "beneficiaries/transfer_request.html", context)


@needs(Capability.READ_RECORDS)
@require_safe
def transfer_list(request: StaffRequest) -> HttpResponse:
    """Requests of the own subtree, and those it is asked about."""
    context = list_page(request, TRANSFERS)
    return render_region(request, "beneficiaries/transfer_list.html", context)


@needs(Capability.READ_RECORDS, of=TRANSFER)
@require_safe
def transfer_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One request: who asks whom for whom and why, and what was answered."""
    transfer = _visible(request, pk)
    is_open = transfer.status == Transfer.Status.REQUESTED
    may_enter = is_open and has(request.staff, Capability.ENTER_RECORDS)
    context = _context(request, transfer) | {
        "may_answer": may_enter and request.staff.union.contains(transfer.from_union),
        "may_withdraw": may_enter and request.staff.union.contains(transfer.to_union),
    }
    return render(request, "beneficiaries/transfer_detail.html", context)


@needs(Capability.ENTER_RECORDS, of=TRANSFER)
@require_http_methods(["GET", "POST"])
def transfer_accept(request: StaffRequest, pk: int) -> HttpResponse:
    """The record and the live files go over."""
    transfer = _visible(request, pk, "from_union")
    form = SecondLookForm(request.POST if request.method == "POST" else None)
    if submit(form, accept_transfer, by=request.staff, transfer=transfer):
        messages.success(request, f"已转给{transfer.to_union.name}。")
        return redirect("transfer-detail", pk=pk)
    return _ask(request, transfer, form, "accept")


@needs(Capability.ENTER_RECORDS, of=TRANSFER)
@require_http_methods(["GET", "POST"])
def transfer_decline(request: StaffRequest, pk: int) -> HttpResponse:
    """The person stays; the reason is told."""
    transfer = _visible(request, pk, "from_union")
    form = DeclineForm(request.POST or None)
    if submit(form, decline_transfer, by=request.staff, transfer=transfer):
        messages.success(request, "已答复：不同意转移。")
        return redirect("transfer-detail", pk=pk)
    return _ask(request, transfer, form, "decline")


@needs(Capability.ENTER_RECORDS, of=TRANSFER)
@require_http_methods(["GET", "POST"])
def transfer_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Who asked does not want it any more."""
    transfer = _visible(request, pk, "to_union")
    form = SecondLookForm(request.POST if request.method == "POST" else None)
    if submit(form, withdraw_transfer, by=request.staff, transfer=transfer):
        messages.success(request, "申请已撤回。")
        return redirect("transfer-detail", pk=pk)
    return _ask(request, transfer, form, "withdraw")


def _found(request: StaffRequest, form: ElsewhereForm) -> Found | None:
    """Whoever tries numbers leaves a trail, and is led to whom he may see."""
    is_refused = form.has_error("id_number", "not_found") or any(
        form.has_error("__all__", code) for code in _NEARER
    )
    return find_by_id(by=request.staff, id_number=form.number) if is_refused else None


def _visible(request: StaffRequest, pk: int, side: str = "") -> Transfer:
    """Raises PermissionDenied where the other side decides."""
    related = ("person__union", "from_union", "to_union", "requested_by__user", "decided_by__user")
    transfers = Transfer.objects.visible_to(request.staff).select_related(*related)
    transfer = get_object_or_404(transfers, pk=pk)
    if side and not request.staff.union.contains(getattr(transfer, side)):
        raise PermissionDenied("这份申请要由另一边的机构办理。")
    return transfer


def _ask(request: StaffRequest, transfer: Transfer, form: Any, act: str) -> HttpResponse:
    context = _context(request, transfer) | {"form": form, "act": act}
    return render(request, "beneficiaries/transfer_answer.html", context)


def _context(request: StaffRequest, transfer: Transfer) -> dict[str, Any]:
    staff = request.staff
    person = transfer.person
    people = Beneficiary.objects.visible_to(staff)
    files = HardshipFile.objects.visible_to(staff).of_person(person).live()
    return {
        "transfer": transfer,
        "state": state_of(transfer),
        "name": name_for(staff, person),
        "is_visible": people.filter(pk=person.pk).exists(),
        "files": files.count(),
        "is_closed": not transfer.to_union.is_open,
    }
