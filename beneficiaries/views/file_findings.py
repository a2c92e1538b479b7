"""What is found out about a family: its income by the standard, and the negative list."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from beneficiaries import income_shown
from beneficiaries.forms.file_rules import ExclusionForm, IncomeForm
from beneficiaries.models import FileExclusion, HardshipFile, IncomeCalculation
from beneficiaries.ownership import REFUSAL, edits
from beneficiaries.services.file_reviews import calculate_income, record_exclusion
from beneficiaries.shown import name_for
from beneficiaries.views.files import FILE, tell_saved, visible_file
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.permissions import Capability


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_income(request: StaffRequest, pk: str) -> HttpResponse:
    """Work out the net income; every calculation is kept with all that went in."""
    file = visible_file(request, pk)
    if not edits(request.staff, file.union):
        messages.warning(request, REFUSAL)
        return redirect("file-detail", pk=pk)
    form = IncomeForm(request.POST or None)
    if done := submit(form, calculate_income, by=request.staff, file=file):
        calculation = done.value
        messages.success(request, f"已核算：认定为{calculation.decided_class}。")
        return redirect("file-income", pk=pk)
    calculations = IncomeCalculation.objects.visible_to(request.staff).filter(file=file)
    context = {
        "form": form,
        "file": file,
        "name": name_for(request.staff, file.person),
        "figures": income_shown.figures(request.staff, file, day=timezone.localdate()),
        "calculations": calculations.select_related(
            "suggested_class", "decided_class", "living_standard__region", "by__user"
        ).order_by("-pk"),
    }
    return render(request, "beneficiaries/file_income.html", context)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_exclusions(request: StaffRequest, pk: str) -> HttpResponse:
    """The negative list: each line found or not, with the evidence."""
    file = visible_file(request, pk)
    if not edits(request.staff, file.union):
        messages.warning(request, REFUSAL)
        return redirect("file-detail", pk=pk)
    forms = _exclusion_forms(request, file)
    if request.method == "POST" and _are_answered(forms):
        _record(request, file, forms)
        tell_saved(request, file, "负面清单核查已保存。")
        return redirect("file-detail", pk=pk)
    context = {"forms": forms, "file": file, "name": name_for(request.staff, file.person)}
    return render(request, "beneficiaries/file_exclusions.html", context)


def _exclusion_forms(request: StaffRequest, file: HardshipFile) -> list[ExclusionForm]:
    known = {row.kind: row for row in FileExclusion.objects.visible_to(request.staff).of_file(file)}
    return [
        ExclusionForm(
            request.POST if request.method == "POST" else None,
            kind=kind,
            initial=_initial(known.get(kind)),
        )
        for kind in FileExclusion.Kind.values
    ]


def _are_answered(forms: list[ExclusionForm]) -> bool:
    """Every line is right, and at least one says something."""
    are_valid = all([form.is_valid() for form in forms])  # noqa: C419 (each says what is wrong)
    if are_valid and not any(form.cleaned_data["answer"] for form in forms):
        forms[0].add_error("answer", "还没有填任何一条，请至少核查一条。")
        return False
    return are_valid


def _initial(row: FileExclusion | None) -> dict[str, str]:
    if row is None:
        return {}
    return {"answer": "yes" if row.is_found else "no", "evidence": row.evidence}


def _record(request: StaffRequest, file: HardshipFile, forms: list[ExclusionForm]) -> None:
    """All that was answered and is not so already, in one transaction."""
    with transaction.atomic():
        for form in forms:
            if form.cleaned_data["answer"] and form.has_changed():
                record_exclusion(
                    by=request.staff,
                    file=file,
                    kind=form.kind,
                    is_found=form.cleaned_data["answer"] == "yes",
                    evidence=form.cleaned_data["evidence"],
                )
