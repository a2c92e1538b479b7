"""低保标准 from a workbook, as unions are imported: a preview before anything is written."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from beneficiaries.models import LivingStandard, StandardUpload
from beneficiaries.services.standard_upload import apply_standards, stage_standards
from beneficiaries.standards_read import HEADINGS, State, counts, judged
from relief.lib.bodies import takes_files
from relief.lib.forms import Form
from relief.lib.http import add_errors, submit, typed
from relief.lib.tables import page_of
from relief.lib.workbooks.read import read_table
from relief.lib.workbooks.seats import reading_seat
from relief.lib.workbooks.template import template_response
from unions.access import StaffRequest, needs
from unions.forms.upload import UploadForm
from unions.limits import limited
from unions.permissions import Capability

UPLOAD = "beneficiaries.StandardUpload"
#: State of a row → tint and icon.
LOOKS = {
    State.NEW: ("ok", "plus"),
    State.CHANGED: ("info", "refresh"),
    State.SAME: ("mute", "equals"),
    State.BAD: ("err", "cross"),
}
_NOTES = (
    "行政区划写名称（东城区）或代码（110101），要和系统里的代码表一致。",
    "同一地区、同一天已有的更新金额和文号；已经被收入核算用过的金额不能改。",
    "表里没有的标准不会删除。",
)


@needs(Capability.KEEP_STANDARDS)
@require_safe
def standard_template(request: StaffRequest) -> HttpResponse:
    """An empty workbook with the headings, what may be chosen, and notes."""
    choices = {HEADINGS["kind"]: [str(kind.label) for kind in LivingStandard.Kind]}
    return template_response("低保标准导入模板", list(HEADINGS.values()), choices, notes=_NOTES)


@needs(Capability.KEEP_STANDARDS)
@require_http_methods(["GET", "POST"])
@limited("upload")
@takes_files
def standard_import(request: StaffRequest) -> HttpResponse:
    """Read a workbook (in a child process) and show what would be written."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            upload = _stage(request, form.cleaned_data["file"])
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("standard-import-preview", pk=upload.pk)
    return render(request, "beneficiaries/standard_import.html", {"form": form})


@needs(Capability.KEEP_STANDARDS, of=UPLOAD)
@require_safe
def standard_import_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Every row with what would become of it, as the table is now; those to mend first."""
    upload = get_object_or_404(StandardUpload.objects.visible_to(request.staff), pk=pk)
    rows = judged(upload)
    found, state = counts(rows), typed(request, "state")
    shown = [row for row in rows if state in {"", row.state}]
    shown.sort(key=lambda row: row.state != State.BAD)
    context = {
        "upload": upload,
        "headings": HEADINGS.values(),
        "page": page_of(shown, request.GET, size=100),
        "total": {"number": len(rows), "label": "行", "url": request.path},
        "terms": [_term(State(state), count) for state, count in found.items()],
        "bad": found[State.BAD],
    }
    return render(request, "beneficiaries/standard_import_preview.html", context)


@needs(Capability.KEEP_STANDARDS, of=UPLOAD)
@require_POST
def standard_import_apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Write the previewed rows, all or none."""
    upload = get_object_or_404(StandardUpload.objects.visible_to(request.staff), pk=pk)
    form = Form(request.POST)  # nothing to type: it takes what the service refuses
    done = submit(form, apply_standards, by=request.staff, upload=upload)
    if done is None:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("standard-import-preview", pk=pk)
    new, changed = done.value[State.NEW], done.value[State.CHANGED]
    messages.success(request, f"已写入：新建 {new} 条，修改 {changed} 条。")
    return redirect("standard-list")


def _term(state: State, count: int) -> dict[str, Any]:
    kind, icon = LOOKS[state]
    return {
        "number": count,
        "label": str(state.label),
        "kind": "" if kind == "mute" else kind,
        "icon": icon,
        "url": f"?state={state.value}",
    }


def _stage(request: StaffRequest, file: UploadedFile) -> StandardUpload:
    """Read the first visible sheet in the child process; a list of standards is small."""
    with reading_seat(), read_table(file) as book:
        sheet = next((sheet for sheet in book.sheets if not sheet.is_hidden), None)
        found = book.rows(sheet) if sheet else ()
        rows = [(row.number, [cell.text for cell in row.cells]) for row in found]
        return stage_standards(
            by=request.staff, file_name=file.name or "", sha256=book.sha256, rows=rows
        )
