"""Opening a hardship file, filling in its form, and reading what is sealed in it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from beneficiaries.file_shown import label_of, words
from beneficiaries.forms.files import FileForm, OpenFileForm
from beneficiaries.models import Beneficiary, HardshipFile
from beneficiaries.ownership import REFUSAL, edits
from beneficiaries.sections import SEALED
from beneficiaries.services.file_reading import reveal_file
from beneficiaries.services.files import change_file, open_file
from beneficiaries.shown import name_for
from beneficiaries.views.files import FILE, file_context, tell_saved, visible_file
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.forms.fields import ReasonForm
from unions.limits import limited
from unions.permissions import Capability

PERSON = "beneficiaries.Beneficiary"
ERASED = "这个人的个人信息已经删除，档案只能查看。"
NOT_NOW = "这份档案正在审核或已经结束，现在不能修改。要修改请先由审核人退回。"


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def file_create(request: StaffRequest, pk: str) -> HttpResponse:
    """Begin the file of a year for the person's household."""
    people = Beneficiary.objects.visible_to(request.staff).owned_by(request.staff)
    person = get_object_or_404(people.select_related("union"), pk=pk)
    if not edits(request.staff, person.union):
        messages.warning(request, "只有这个人所属的机构能为他建档。")
        return redirect("person-detail", pk=pk)
    form = OpenFileForm(request.POST or None)
    if done := submit(form, open_file, by=request.staff, person=person):
        file = done.value
        messages.success(request, "档案草稿已建好，请接着填写。")
        return redirect("file-change", pk=file.pk)
    context = {"form": form, "person": person, "name": name_for(request.staff, person)}
    return render(request, "beneficiaries/file_create.html", context)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_change(request: StaffRequest, pk: str) -> HttpResponse:
    """Fill in the form; somebody else's newer version is shown beside what was typed."""
    file = visible_file(request, pk)
    if refusal := why_not(request, file):
        messages.warning(request, refusal)
        return redirect("file-detail", pk=pk)
    revealed: dict[str, str] | None = {} if "opened" in request.POST else None
    form = FileForm(request.POST or None, staff=request.staff, file=file, revealed=revealed)
    if submit(form, change_file, by=request.staff, file=file):
        tell_saved(request, file, "已保存。")
        return redirect("file-detail", pk=pk)
    return render(request, "beneficiaries/file_change.html", form_context(request, form))


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_POST
@limited("reveal")
def file_open(request: StaffRequest, pk: str) -> HttpResponse:
    """The form with what is sealed in it, too; that it was read is written down."""
    file = visible_file(request, pk)
    if refusal := why_not(request, file):
        messages.warning(request, refusal)
        return redirect("file-detail", pk=pk)
    revealed = reveal_file(by=request.staff, file=file, reason="修改档案")
    form = FileForm(staff=request.staff, file=file, revealed=revealed)
    return render(request, "beneficiaries/file_change.html", form_context(request, form))


@needs(Capability.REVEAL, of=FILE)
@require_POST
@limited("reveal")
def file_reveal(request: StaffRequest, pk: str) -> HttpResponse:
    """The page of a file with what is sealed in it, for a reason."""
    file = visible_file(request, pk)
    form = ReasonForm(request.POST or None)
    revealed: dict[str, str] = {}
    if done := submit(form, reveal_file, by=request.staff, file=file):
        revealed = done.value
    context = file_context(request, file, revealed) | {"reason_form": form}
    return render(request, "beneficiaries/file_detail.html", context)


def why_not(request: StaffRequest, file: HardshipFile) -> str:
    """Why this posting cannot edit the file now; "" when it can."""
    if not edits(request.staff, file.union):
        return REFUSAL
    if file.person.erased_at:
        return ERASED
    return "" if file.is_editable else NOT_NOW


def form_context(request: StaffRequest, form: FileForm) -> dict[str, Any]:
    is_stale = form.has_error("__all__", "stale")
    return {
        "form": form,
        "file": form.file,
        "name": name_for(request.staff, form.file.person),
        "is_stale": is_stale,
        "differences": _differences(form) if is_stale else [],
        "has_sealed": any(getattr(form.file, name) is not None for name in SEALED),
    }


def _differences(form: FileForm) -> list[tuple[str, str, str]]:
    """(label, as stored now, as typed) of every plain answer that differs."""
    found = []
    for name, typed in form.cleaned_data.items():
        if name in SEALED or name in {"version", "change_reason"}:
            continue
        column: Any = HardshipFile._meta.get_field(name)
        stored, ours = words(getattr(form.file, name), column), words(typed, column)
        if stored != ours:
            found.append((label_of(name), stored, ours))
    return found
