"""Imports of ledgers (P7): the list, the upload, how one stands, throwing one away."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from beneficiaries import ledger_result, ledger_stand
from beneficiaries.forms.ledgers import LedgerUploadForm, VersionForm
from beneficiaries.models import LedgerImport
from beneficiaries.services.ledgers.receiving import discard_ledger, receive_ledger
from beneficiaries.views.ledger_table import LEDGER_LIST
from relief.jobs import services as jobs
from relief.lib.bodies import takes_files
from relief.lib.http import submit
from relief.lib.regions import render_region, vary, wants_region
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.lists.page import list_page
from unions.permissions import Capability

LEDGER = "beneficiaries.LedgerImport"


def visible_ledger(request: StaffRequest, pk: object) -> LedgerImport:
    ledgers = LedgerImport.objects.visible_to(request.staff)
    related = (
        "union", "uploaded_by__user", "staged_by__user", "submitted_by__user",
        "released_by__user", "applied_by__user", "undone_by__user", "discarded_by__user",
    )  # fmt: skip
    return get_object_or_404(ledgers.select_related(*related), pk=pk)


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS)
@require_safe
def ledger_list(request: StaffRequest) -> HttpResponse:
    """The imports of the own subtree; what waits for the posting stands above them."""
    waiting = ledger_stand.counts(request.staff)
    context = list_page(request, LEDGER_LIST) | {"waiting": waiting}
    return render_region(request, "beneficiaries/ledger_list.html", context)


@needs(Capability.ENTER_RECORDS)
@require_http_methods(["GET", "POST"])
@limited("upload")
@takes_files
def ledger_upload(request: StaffRequest) -> HttpResponse:
    """Step 1: keep the file; a job reads it."""
    form = LedgerUploadForm(request.POST or None, request.FILES or None, staff=request.staff)
    if done := submit(form, receive_ledger, by=request.staff):
        return redirect("ledger-detail", pk=done.value.pk)
    context = {"form": form, "steps": ledger_stand.STEPS}
    return render(request, "beneficiaries/ledger_upload.html", context)


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=LEDGER)
@require_safe
def ledger_detail(request: StaffRequest, pk: str) -> HttpResponse:
    """Progress while a job works, the result once it is written; else the page of the step."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    if wants_region(request) and not stand.is_working:
        return vary(HttpResponseClientRedirect(stand.url))
    if not stand.has_page:
        return redirect(stand.url)
    context = {"stand": stand, "ledger": ledger, "form": VersionForm(initial=_version(ledger))}
    if not stand.is_working:
        context |= ledger_result.context_of(request.staff, ledger, request.GET)
    context["earlier"] = ledger_stand.earlier_of(request.staff, ledger)
    return render_region(request, "beneficiaries/ledger_detail.html", context, region="progress")


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_POST
def ledger_restart(request: StaffRequest, pk: str) -> HttpResponse:
    """Begin anew with what was interrupted; it runs in the name of whoever started it."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    broken = stand.failure
    if broken is None:
        messages.warning(request, "没有中断的任务，不用重新开始。")
        return redirect("ledger-detail", pk=pk)
    if not stand.may_restart:
        messages.warning(request, "这项任务是别人提交的，不能替他重新开始；您可以自己再提交一次。")
        return redirect("ledger-detail", pk=pk)
    try:
        jobs.restart(broken)
    except ValidationError as error:
        messages.warning(request, "".join(error.messages))
    return redirect("ledger-detail", pk=pk)


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_discard(request: StaffRequest, pk: str) -> HttpResponse:
    """Throw an import away that was never written."""
    ledger = visible_ledger(request, pk)
    form = VersionForm(request.POST or None, initial=_version(ledger))
    if submit(form, discard_ledger, by=request.staff, ledger=ledger):
        messages.success(request, "已放弃这次导入，上传的文件也已删除。")
        return redirect("ledger-list")
    stand = ledger_stand.stand_of(request.staff, ledger)
    context = {"form": form, "ledger": ledger, "stand": stand}
    return render(request, "beneficiaries/ledger_discard.html", context)


def _version(ledger: LedgerImport) -> dict[str, int]:
    return {"version": ledger.version}
