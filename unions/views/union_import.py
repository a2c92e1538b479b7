"""The union list out to Excel and back in."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relief.lib.bodies import takes_files
from relief.lib.forms import Form
from relief.lib.http import submit, typed
from relief.lib.tables import page_of
from relief.lib.workbooks.read import read_table
from relief.lib.workbooks.seats import reading_seat
from relief.lib.workbooks.template import template_response
from unions.access import StaffRequest, needs
from unions.forms.upload import UploadForm
from unions.limits import limited
from unions.lists.exports import export
from unions.models import Union, UnionUpload
from unions.permissions import Capability
from unions.resources import HEADINGS
from unions.services.upload import apply_upload, review_upload, stage_upload
from unions.views.union_table import UNIONS

UPLOAD = "unions.UnionUpload"
#: State of a row → tint and icon.
_LOOKS = {
    "new": ("ok", "plus"),
    "changed": ("info", "refresh"),
    "same": ("", "equals"),
    "bad": ("err", "cross"),
}


@needs(Capability.EXPORT)
@require_POST
@limited("export")
def union_export(request: StaffRequest) -> HttpResponse:
    """The unions of the own subtree as a workbook, with the columns that the import reads."""
    return export(request, UNIONS)


@needs(Capability.MANAGE_UNIONS)
@require_safe
def union_template(request: StaffRequest) -> HttpResponse:
    """An empty workbook with the headings, the kinds to choose from and notes."""
    choices = {HEADINGS["kind"]: [str(kind.label) for kind in Union.Kind]}
    return template_response("机构导入模板", list(HEADINGS.values()), choices)


@needs(Capability.MANAGE_UNIONS)
@require_http_methods(["GET", "POST"])
@limited("upload")
@takes_files
def union_import(request: StaffRequest) -> HttpResponse:
    """Read a workbook (in a child process) and show what would be written."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            upload = _stage(request, form.cleaned_data["file"])
        except ValidationError as error:
            form.add_error("file", error.messages)
        else:
            return redirect("union-import-preview", pk=upload.pk)
    return render(request, "unions/union_import.html", {"form": form})


@needs(Capability.MANAGE_UNIONS, of=UPLOAD)
@require_safe
def union_import_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Every row with what would become of it; nothing is written yet."""
    upload = get_object_or_404(UnionUpload.objects.visible_to(request.staff), pk=pk)
    context = {
        "upload": upload,
        "page": page_of(upload.preview(typed(request, "state")), request.GET, size=100),
        "total": {"number": len(upload.rows), "label": "行", "url": request.path},
        "terms": [_term(state, count) for state, count in upload.counts.items()],
        "bad": upload.counts["bad"],
    }
    return render(request, "unions/union_import_preview.html", context)


@needs(Capability.MANAGE_UNIONS, of=UPLOAD)
@require_POST
def union_import_apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Write the previewed rows, all or none."""
    upload = get_object_or_404(UnionUpload.objects.visible_to(request.staff), pk=pk)
    form = Form(request.POST)  # nothing to type: it takes what the service refuses
    done = submit(form, apply_upload, by=request.staff, upload=upload)
    if done is None:
        review_upload(by=request.staff, upload=upload)
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("union-import-preview", pk=pk)
    new, changed = done.value["new"], done.value["changed"]
    messages.success(request, f"已写入：新建 {new} 个，修改 {changed} 个。")
    return redirect("union-list")


def _term(state: str, count: int) -> dict[str, Any]:
    kind, icon = _LOOKS[state]
    label = str(UnionUpload.State(state).label)
    return {"number": count, "label": label, "kind": kind, "icon": icon, "url": f"?state={state}"}


def _stage(request: StaffRequest, file: UploadedFile) -> UnionUpload:
    """Read the first visible sheet in the child process and stage its rows.

    Within the request, which suits a list of unions; a ledger of people is read by a job.
    """
    with reading_seat(), read_table(file) as book:
        sheet = next((sheet for sheet in book.sheets if not sheet.is_hidden), None)
        rows = (
            [(row.number, [cell.text for cell in row.cells]) for row in book.rows(sheet)]
            if sheet
            else []
        )
        return stage_upload(
            by=request.staff, file_name=file.name or "", sha256=book.sha256, rows=rows
        )
