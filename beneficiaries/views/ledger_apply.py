"""Step 4: a second look and writing; before it, where the union demands it, a reviewer's word."""

from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from beneficiaries import ledger_check as check
from beneficiaries import ledger_result, ledger_stand
from beneficiaries.forms.ledgers import VersionForm, VersionReasonForm
from beneficiaries.models import LedgerImport
from beneficiaries.services.ledgers import applying, problem_book, releasing
from beneficiaries.services.ledgers.undoing import may_undo, undo_ledger
from beneficiaries.views.ledgers import LEDGER, visible_ledger
from relief.lib.http import submit
from relief.lib.workbooks.template import workbook_response
from unions.access import StaffRequest, needs, reauthenticated
from unions.limits import limited
from unions.permissions import Capability


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_apply(request: StaffRequest, pk: str) -> HttpResponse:
    """What will be written, once more; then a job writes it."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    ending = check.ending(request.staff, stand)
    if not ending["may_apply"]:
        messages.warning(request, "这份台账现在不能由您写入。")
        return redirect(stand.url)
    form = VersionForm(request.POST or None, initial={"version": ledger.version})
    if submit(form, applying.start_applying, by=request.staff, ledger=ledger):
        return redirect("ledger-detail", pk=pk)
    _rebase(form, ledger)
    context = {"ledger": ledger, "stand": stand, "form": form} | check.second_look(ledger) | ending
    return render(request, "beneficiaries/ledger_apply.html", context)


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_POST
def ledger_submit(request: StaffRequest, pk: str) -> HttpResponse:
    """Hand a checked import to a reviewer."""
    ledger = visible_ledger(request, pk)
    form = VersionForm(request.POST)
    if submit(form, releasing.submit_ledger, by=request.staff, ledger=ledger):
        messages.success(request, "已提交，等复核放行。放行以前可以请复核退回再改。")
    else:
        messages.error(request, "".join(map(str, form.non_field_errors())) or "请刷新页面再试。")
    return redirect("ledger-check", pk=pk)


@needs(Capability.CHECK_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_return(request: StaffRequest, pk: str) -> HttpResponse:
    """Send a submitted import back to the clerk, with why."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    if ledger.status != LedgerImport.Status.SUBMITTED or stand.is_working:
        messages.warning(request, "这份台账现在没有等复核，不用退回。")
        return redirect(stand.url)
    form = VersionReasonForm(request.POST or None, initial={"version": ledger.version})
    if submit(form, releasing.return_ledger, by=request.staff, ledger=ledger):
        messages.success(request, "已退回经办，理由会显示给经办。")
        return redirect("ledger-list")
    _rebase(form, ledger)
    context = {"form": form, "ledger": ledger, "stand": stand}
    return render(request, "beneficiaries/ledger_return.html", context)


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_undo(request: StaffRequest, pk: str) -> HttpResponse:
    """Take a written import back within a day; what was touched since stays, by name."""
    ledger = visible_ledger(request, pk)
    if not ledger.can_be_undone:
        messages.warning(request, "只有写入 24 小时以内的台账可以撤销。")
        return redirect("ledger-detail", pk=pk)
    if not may_undo(request.staff, ledger):
        messages.warning(
            request, "这份台账不能由您撤销：要放行的由复核撤销，不用放行的由经办撤销。"
        )
        return redirect("ledger-detail", pk=pk)
    form = VersionReasonForm(request.POST or None, initial={"version": ledger.version})
    if submit(form, undo_ledger, by=request.staff, ledger=ledger):
        messages.success(request, "已撤销本次导入。")
        return redirect("ledger-detail", pk=pk)
    _rebase(form, ledger)
    return render(request, "beneficiaries/ledger_undo.html", {"form": form, "ledger": ledger})


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_POST
@reauthenticated
@limited("export")
def ledger_problems(request: StaffRequest, pk: str) -> HttpResponse:
    """The held rows as they were, with what is to be mended; a long file is written by a job."""
    ledger = visible_ledger(request, pk)
    if ledger.emptied_at is not None or not ledger_result.held(ledger.counts):
        messages.warning(request, "现在没有要处理的行。")
        return redirect("ledger-detail", pk=pk)
    if ledger.counts["read"] > problem_book.ROWS_AT_ONCE:
        job = problem_book.start_writing(by=request.staff, ledger=ledger)
        return redirect("job-progress", pk=job.pk)
    target = BytesIO()
    try:
        problem_book.write_problem_rows(by=request.staff, ledger=ledger, target=target)
    except ValidationError as error:  # the file was destroyed for somebody who was erased
        messages.error(request, "".join(error.messages))
        return redirect("ledger-check", pk=pk)
    return workbook_response(target.getvalue(), problem_book.name_of(ledger))


def _rebase(form: VersionForm, ledger: LedgerImport) -> None:
    """Stale: the next attempt is about the import as the page shows it now."""
    if form.is_stale:
        ledger.refresh_from_db()
        form.rebase(ledger.version)
