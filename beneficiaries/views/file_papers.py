"""A file on paper: the form on A4, and the public notice while the file is posted."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from beneficiaries import file_papers, file_shown
from beneficiaries.models import FilePublicity, FileStep, HardshipFile
from beneficiaries.services.file_reading import reveal_paper
from beneficiaries.shown import name_for
from beneficiaries.views.files import FILE, visible_file
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.forms.fields import ReasonForm
from unions.limits import limited
from unions.permissions import Capability


@needs(Capability.REVEAL, of=FILE)
@require_safe
def file_print(request: StaffRequest, pk: str) -> HttpResponse:
    """The form on A4 with masks; numbers and what is sealed only after a reason."""
    file = visible_file(request, pk)
    context = _paper(request, file, {}) | {"reason_form": ReasonForm()}
    return render(request, "beneficiaries/file_print.html", context)


@needs(Capability.PRINT_FULL_ID, of=FILE)
@require_POST
@limited("reveal")
def file_print_full(request: StaffRequest, pk: str) -> HttpResponse:
    """The form on A4 with everything, for signature; who printed it is written down."""
    file = visible_file(request, pk)
    form = ReasonForm(request.POST or None)
    done = submit(form, reveal_paper, by=request.staff, file=file)
    if done is None:
        context = _paper(request, file, {}) | {"reason_form": form}
        return render(request, "beneficiaries/file_print.html", context)
    paper = done.value
    context = _paper(request, file, paper.of_file) | {
        "reason_form": None,
        "of_person": paper.of_person,
        "members": paper.members,
    }
    return render(request, "beneficiaries/file_print.html", context)


@needs(Capability.CHECK_RECORDS, Capability.ENTER_RECORDS, of=FILE)
@require_safe
def file_notice(request: StaffRequest, pk: str, kind: str) -> HttpResponse:
    """The public notice, as long as the file is posted; taken down when that is over."""
    if kind not in file_papers.TITLES:
        raise Http404
    file = visible_file(request, pk)
    postings = FilePublicity.objects.visible_to(request.staff).running().filter(file=file)
    posting = postings.first()
    is_up = posting is not None and posting.ends_on >= timezone.localdate()
    context = {
        "file": file,
        "name": name_for(request.staff, file.person),
        "title": file_papers.TITLES[kind],
        "notice": file_papers.notice(request.staff, file, posting, kind)
        if is_up and posting
        else None,
    }
    return render(request, "beneficiaries/file_notice.html", context)


def _paper(request: StaffRequest, file: HardshipFile, revealed: dict[str, str]) -> dict[str, Any]:
    steps = FileStep.objects.visible_to(request.staff).of_file(file)
    return {
        "file": file,
        "name": name_for(request.staff, file.person),
        "groups": file_shown.groups(file, revealed),
        "of_person": file_shown.masked_person(file.person),
        "members": file_shown.members(request.staff, file),
        "steps": steps.select_related("by__user", "by__union"),
        "postings": FilePublicity.objects.visible_to(request.staff).filter(file=file),
    }
