"""Step 2: the sheets of a ledger, their heading rows, and what each column is."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from beneficiaries import ledger_stand
from beneficiaries.forms.ledger_columns import ColumnsForm
from beneficiaries.ledger_book import Book
from beneficiaries.models import LedgerImport
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import columns
from beneficiaries.services.ledgers.layouts import layout_of
from beneficiaries.views.ledgers import LEDGER, visible_ledger
from relief.lib.http import add_errors
from unions.access import StaffRequest, needs
from unions.models import Union
from unions.permissions import Capability

Status = LedgerImport.Status


@needs(Capability.ENTER_RECORDS, of=LEDGER)
@require_http_methods(["GET", "POST"])
def ledger_columns(request: StaffRequest, pk: str) -> HttpResponse:
    """Choose, and have the rows judged by a job; picking another heading row looks again first."""
    ledger = visible_ledger(request, pk)
    stand = ledger_stand.stand_of(request.staff, ledger)
    if stand.is_working or ledger.status not in {Status.LAID_OUT, Status.STAGED}:
        return redirect("ledger-detail", pk=pk)
    form = _form(request, ledger, request.POST or None)
    if "look" in request.POST:
        form = _looked_again(request, ledger, form)
    elif request.method == "POST" and form.is_valid():
        try:
            columns.choose_columns(
                by=request.staff, ledger=ledger, sheets=form.choices(), **form.version.cleaned_data
            )
            return redirect("ledger-detail", pk=pk)
        except ValidationError as error:
            form = _refused(request, ledger, error)
    context = {
        "ledger": ledger,
        "stand": stand,
        "form": form,
        "earlier": ledger_stand.earlier_of(request.staff, ledger),
        "is_whole": "all" in request.GET,
    }
    return render(request, "beneficiaries/ledger_columns.html", context)


def _form(
    request: StaffRequest,
    ledger: LedgerImport,
    data: QueryDict | None,
    headers: Mapping[str, list[int]] | None = None,
) -> ColumnsForm:
    layouts = layout_of(ledger, key_of_ledger(ledger))
    codes = {one["union"] for one in layouts}
    unions = Union.objects.visible_to(request.staff).filter(code__in=codes)
    book = Book(
        layouts=layouts,
        chosen=ledger.decisions.get("sheets", {}),
        headers=headers or {},
        unions=dict(unions.values_list("code", "name")),
    )
    return ColumnsForm(data, book=book, version=ledger.version, is_whole="all" in request.GET)


def _refused(
    request: StaffRequest,
    ledger: LedgerImport,
    error: ValidationError,
    headers: Mapping[str, list[int]] | None = None,
) -> ColumnsForm:
    """The page as it is now, with what was typed and why it was not taken."""
    ledger.refresh_from_db()
    form = _form(request, ledger, request.POST, headers)
    add_errors(form.version, error)
    form.version.rebase(ledger.version)
    return form


def _looked_again(request: StaffRequest, ledger: LedgerImport, form: ColumnsForm) -> ColumnsForm:
    """What the columns of one layout are below other heading rows; all else stays as typed."""
    sheet = next((one for one in form.sheets if str(one.number) == request.POST["look"]), None)
    if sheet is None or not form.version.is_valid() or not sheet.is_valid():
        return form
    rows = sheet.header_rows()
    headers = {one["name"]: rows for one in sheet.layouts}
    version: int = form.version.cleaned_data["version"]
    if not rows:
        error = ValidationError("请先勾选表头所在的行。", code="no_header")
        return _refused(request, ledger, error)
    try:
        for name in headers:
            version = columns.choose_header(
                by=request.staff, ledger=ledger, version=version, sheet=name, header_rows=rows
            ).version
    except ValidationError as error:
        if error.code != "header_unknown" or not sheet.unread_reason:
            return _refused(request, ledger, error, headers)
    ledger.refresh_from_db()
    fresh = _form(request, ledger, _as_guessed(request, ledger, sheet.number, headers), headers)
    for one in fresh.sheets:
        one.is_picked = one.number == sheet.number
    return fresh


def _as_guessed(
    request: StaffRequest, ledger: LedgerImport, number: int, headers: Mapping[str, list[int]]
) -> QueryDict:
    """What was posted, with what was guessed anew in the place of one layout's columns."""
    fresh = _form(request, ledger, None, headers)
    data = request.POST.copy()
    data["version"] = str(ledger.version)
    for sheet in fresh.sheets:
        if sheet.number == number:
            for field in sheet:
                if field.name.startswith("column"):
                    data[field.html_name] = field.initial or ""
    return data
