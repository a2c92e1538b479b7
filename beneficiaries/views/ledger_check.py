"""Step 3: what a ledger would do to the registry, what is wrong with it, and mending that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from beneficiaries import ledger_check as check
from beneficiaries import ledger_stand
from beneficiaries import ledger_words as words
from beneficiaries.forms.ledger_check import DecisionForm, LookForm, MendForm, SkipForm
from beneficiaries.ledger_deciding import decide
from beneficiaries.ledger_problems import problem_titles
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from beneficiaries.services.ledgers import group_decisions, overview
from beneficiaries.services.ledgers.decisions import look_at_cell, mend_cell
from beneficiaries.shown import name_for
from beneficiaries.views.ledgers import LEDGER, visible_ledger
from relief.lib.http import submit
from relief.lib.regions import render_region, wants_region
from relief.lib.tables import page_of
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.permissions import Capability

ROW = "beneficiaries.StagedRow"
Status = LedgerImport.Status
#: Before these nothing was judged, and afterwards nothing is left to be looked at.
_WITHOUT_ROWS = frozenset({Status.UPLOADED, Status.LAID_OUT, Status.DISCARDED})


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=LEDGER)
@require_safe
def ledger_check(request: StaffRequest, pk: str) -> HttpResponse:
    """The equation, the problems by how they are mended, and the rows, one cell open at most."""
    ledger = visible_ledger(request, pk)
    if ledger.status in _WITHOUT_ROWS or ledger.emptied_at is not None:
        return redirect("ledger-detail", pk=pk)
    return _page(request, ledger)


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_POST
def ledger_decide(request: StaffRequest, pk: str) -> HttpResponse:
    """One button: about a row, about a group of problems, or about the whole file."""
    ledger = visible_ledger(request, pk)
    form = DecisionForm(request.POST)
    if done := submit(form, decide, by=request.staff, ledger=ledger):
        messages.success(request, done.value)
    else:
        messages.error(request, "".join(map(str, form.non_field_errors())) or "没有这一步。")
    return _back(request, ledger)


@needs(Capability.ENTER_RECORDS, of=ROW)
@require_POST
@limited("look_up", when=lambda request: check.asks_for_a_number(request.POST))
def ledger_mend(request: StaffRequest, pk: str) -> HttpResponse:
    """Put what was typed into one cell; refused, it is there again, beside what stands now."""
    row = _visible_row(request, pk)
    ledger = visible_ledger(request, row.ledger_id)
    form = MendForm(request.POST)
    if done := submit(form, mend_cell, by=request.staff, row=row):
        _tell_mended(request, done.value)
        return _back(request, ledger)
    row.refresh_from_db()
    stand = ledger_stand.stand_of(request.staff, visible_ledger(request, ledger.pk))
    if not check.may_decide(request.staff, stand):
        messages.error(request, "".join(map(str, form.non_field_errors())) or "现在不能改。")
        return _back(request, ledger)
    return _page(request, stand.ledger, check.refused_editor(request.staff, stand, row, form))


@needs(Capability.ENTER_RECORDS, of=ROW)
@require_POST
@limited("reveal")
def ledger_look(request: StaffRequest, pk: str) -> HttpResponse:
    """Open a masked cell whole, once, on the page that answers."""
    row = _visible_row(request, pk)
    ledger = visible_ledger(request, row.ledger_id)
    stand = ledger_stand.stand_of(request.staff, ledger)
    form = LookForm(request.POST)
    if check.may_decide(request.staff, stand) and (
        done := submit(form, look_at_cell, by=request.staff, row=row)
    ):
        name = form.cleaned_data["field"]
        return _page(request, ledger, check.seen_editor(stand, row, name, done.value))
    messages.error(request, "".join(map(str, form.non_field_errors())) or "现在不能看。")
    return _back(request, ledger)


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=ROW)
@require_safe
def ledger_row(request: StaffRequest, pk: str) -> HttpResponse:
    """Everything that one row says, behind masks."""
    row = _visible_row(request, pk)
    ledger = visible_ledger(request, row.ledger_id)
    if ledger.emptied_at is not None:
        return redirect("ledger-detail", pk=ledger.pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    context = check.row_context(request.staff, stand, row)
    return render(request, "beneficiaries/ledger_row.html", context)


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_POST
def ledger_skip(request: StaffRequest, pk: str) -> HttpResponse:
    """Leave the ticked rows out; the first time it asks why."""
    ledger = visible_ledger(request, pk)
    is_asked = "reason" in request.POST
    form = SkipForm(request.POST if is_asked else None, initial=check.skip_initial(request.POST))
    if done := submit(form, group_decisions.skip_rows, by=request.staff, ledger=ledger):
        messages.success(request, f"{done.value:,} 行已跳过，不写入；可以在“跳过”里恢复。")
        return _back(request, ledger)
    numbers = check.picked_numbers(request.staff, ledger, request.POST)
    if not numbers:
        messages.warning(request, "请先勾选要跳过的行。")
        return _back(request, ledger)
    if form.is_stale:
        form.rebase(visible_ledger(request, pk).version)
    context = {
        "form": form,
        "ledger": ledger,
        "numbers": numbers,
        "back": _address(request, ledger),
    }
    return render(request, "beneficiaries/ledger_skip.html", context)


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_words(request: StaffRequest, pk: str, code: str, field: str) -> HttpResponse:
    """What each word of a column means; learnt for the union, so it is asked only once."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    asked = words.asked_of(stand, code, field) if check.may_decide(request.staff, stand) else None
    if asked is None:
        return redirect("ledger-check", pk=pk)
    form = words.form_of(request.staff, asked, request.POST or None, ledger.version)
    if submit(form, asked.act, by=request.staff, ledger=ledger):
        messages.success(request, "已采用，以后同样的写法会自己认出来。")
        return redirect("ledger-check", pk=pk)
    if form.is_stale:
        form.rebase(visible_ledger(request, pk).version)
    context = {"ledger": ledger, "stand": stand, "asked": asked, "form": form}
    return render(request, "beneficiaries/ledger_words.html", context)


@needs(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS, of=LEDGER)
@require_safe
def ledger_missing(request: StaffRequest, pk: str) -> HttpResponse:
    """People of the registry whom the file does not name; they are listed and nothing else."""
    ledger = visible_ledger(request, pk)
    if ledger.status in _WITHOUT_ROWS:
        return redirect("ledger-detail", pk=pk)
    people = overview.missing_people(ledger, Beneficiary.objects.visible_to(request.staff))
    page = page_of(
        people.select_related("union").order_by("union__path", "pinyin", "pk"), request.GET
    )
    named = [(person, name_for(request.staff, person)) for person in page.object_list]
    context = {"ledger": ledger, "page": page, "people": named}
    return render(request, "beneficiaries/ledger_missing.html", context)


def _page(
    request: StaffRequest, ledger: LedgerImport, editor: check.Editor | None = None
) -> HttpResponse:
    stand = ledger_stand.stand_of(request.staff, ledger)
    context = check.context_of(request.staff, stand, request.GET, editor)
    context |= {
        "earlier": ledger_stand.earlier_of(request.staff, ledger),
        "is_region": wants_region(request),
    }
    return render_region(request, "beneficiaries/ledger_check.html", context, region="check")


def _tell_mended(request: StaffRequest, row: StagedRow) -> None:
    """That a cell is mended, and what the row still has."""
    if still := "、".join(problem_titles(row)):
        messages.warning(request, f"第 {row.number} 行已改，但还有要处理的：{still}。")
    else:
        messages.success(request, f"第 {row.number} 行已改好，并重新核对。")


def _back(request: StaffRequest, ledger: LedgerImport) -> HttpResponse:
    """To the rows that were looked at: the region alone where htmx swaps it."""
    if wants_region(request):
        return _page(request, visible_ledger(request, ledger.pk))
    return redirect(_address(request, ledger))


def _address(request: StaffRequest, ledger: LedgerImport) -> str:
    query = check.list_params(request.GET).urlencode()
    row = request.GET.get("from", "")
    if row and (found := check.visible_row(request.staff, ledger, row)):
        return reverse("ledger-row", args=[found.pk])
    url = reverse("ledger-check", args=[ledger.pk])
    return f"{url}?{query}" if query else url


def _visible_row(request: StaffRequest, pk: str) -> StagedRow:
    rows = StagedRow.objects.visible_to(request.staff).select_related("ledger", "union", "person")
    return get_object_or_404(rows, pk=pk)
