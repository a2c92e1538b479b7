"""Hardship files (困难档案): the list with its work lists, and the page of one file."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from beneficiaries import acts, file_shown, waiting
from beneficiaries.file_filters import WAITING, WORK
from beneficiaries.lifecycle import UNDER_REVIEW, Status
from beneficiaries.models import (
    FileExclusion,
    FilePublicity,
    FileStep,
    HardshipFile,
    IncomeCalculation,
)
from beneficiaries.ownership import edits
from beneficiaries.sections import SEALED
from beneficiaries.shown import name_for
from beneficiaries.views.file_table import FILE_LIST, status_kind
from relief.lib.regions import render_region
from unions.access import StaffRequest, needs
from unions.forms.fields import ReasonForm
from unions.limits import limited
from unions.lists.exports import export
from unions.lists.page import list_page
from unions.permissions import Capability

FILE = "beneficiaries.HardshipFile"


@needs(Capability.READ_RECORDS)
@require_safe
def file_list(request: StaffRequest) -> HttpResponse:
    """The files of the own subtree; what waits for the posting stands above them."""
    context = list_page(request, FILE_LIST) | {
        "waiting": waiting.counts(request.staff),
        "waiting_query": f"work={WAITING}",
        "work_lists": WORK[1:],
    }
    return render_region(request, "beneficiaries/file_list.html", context)


@needs(Capability.EXPORT_RECORDS)
@require_POST
@limited("export")
def file_export(request: StaffRequest) -> HttpResponse:
    """The filtered list as a workbook."""
    return export(request, FILE_LIST)


@needs(Capability.READ_RECORDS, of=FILE)
@require_safe
def file_detail(request: StaffRequest, pk: str) -> HttpResponse:
    """One file: where it stands, what comes next, its form, household, income and history."""
    file = visible_file(request, pk)
    return render(request, "beneficiaries/file_detail.html", file_context(request, file, {}))


def visible_file(request: StaffRequest, pk: object) -> HardshipFile:
    files = HardshipFile.objects.visible_to(request.staff)
    related = ("person", "union", "hardship_class", "main_cause", "workplace", "region")
    return get_object_or_404(files.select_related(*related), pk=pk)


def file_context(
    request: StaffRequest, file: HardshipFile, revealed: dict[str, str]
) -> dict[str, Any]:
    """What the page of a file reads; `revealed` are sealed texts that were just asked for."""
    staff = request.staff
    is_keeper = edits(staff, file.union) and file.person.erased_at is None
    return {
        "file": file,
        "name": name_for(staff, file.person),
        "status_kind": status_kind(file.status),
        "groups": file_shown.groups(file, revealed),
        "is_revealed": bool(revealed),
        "reason_form": ReasonForm(),
        "has_sealed": any(getattr(file, name) is not None for name in SEALED),
        "members": file_shown.members(staff, file),
        "household_hint": file_shown.household_hint(file),
        "papers": file_shown.evidence(staff, file),
        "acts": list(acts.offered(staff, file)),
        "may_edit": is_keeper and file.is_editable,
        "urls": {
            "member": _url("member-create", file, is_let=is_keeper and file.is_editable),
            "paper": _paper_url(file, is_let=is_keeper),
            "income": _url("file-income", file, is_let=is_keeper and file.is_live),
            "exclusions": _url("file-exclusions", file, is_let=is_keeper and file.is_live),
        },
    } | _course(request, file)


def _course(request: StaffRequest, file: HardshipFile) -> dict[str, Any]:
    """The way of a file: where it stands, what was found out, what happened."""
    staff = request.staff
    postings = list(FilePublicity.objects.visible_to(staff).filter(file=file).order_by("-pk"))
    posting = postings[0] if postings else None
    calculations = IncomeCalculation.objects.visible_to(staff).filter(file=file).order_by("-pk")
    return {
        "way": file_shown.way(file, posting),
        "who_is_next": file_shown.who_is_next(file),
        "postings": postings,
        "posting": posting,
        "is_posted": posting is not None and not posting.outcome,
        "calculations": calculations.select_related("suggested_class", "decided_class"),
        "class_differs": _class_differs(file, calculations.first()),
        "exclusions": FileExclusion.objects.visible_to(staff).of_file(file),
        "happenings": file_shown.happenings(staff, file),
        "sent_back": _sent_back(request, file),
        "change": _change(request, file),
    }


def _class_differs(file: HardshipFile, newest: IncomeCalculation | None) -> bool:
    """The form says another class than the newest calculation decided."""
    return newest is not None and newest.decided_class_id != file.hardship_class_id


def _sent_back(request: StaffRequest, file: HardshipFile) -> FileStep | None:
    """How a draft came back from a review, if it did."""
    if file.status != Status.DRAFT:
        return None
    steps = FileStep.objects.visible_to(request.staff).of_file(file)
    back = steps.filter(to_status=Status.DRAFT).select_related("by__user", "by__union")
    return back.last()


def _change(request: StaffRequest, file: HardshipFile) -> FileStep | None:
    """The 变更 that brought a file in force back to review, while it is there."""
    if file.status not in UNDER_REVIEW:
        return None
    steps = FileStep.objects.visible_to(request.staff).of_file(file)
    begun = steps.filter(from_status__in=[Status.DRAFT, Status.ACTIVE])
    last = begun.select_related("by__user").last()
    return last if last and last.from_status == Status.ACTIVE else None


def tell_saved(request: StaffRequest, file: HardshipFile, words: str) -> None:
    """Say what was done, and that a file in force went back to review by it.

    `file` is as it was before.
    """
    now = HardshipFile.objects.visible_to(request.staff).get(pk=file.pk)
    if (file.status, now.status) == (Status.ACTIVE, Status.REVIEW):
        words = f"{words}这是变更，档案已经回到复核，审批以后才再生效。"
    messages.success(request, words)


def _paper_url(file: HardshipFile, *, is_let: bool) -> str:
    address = reverse("attachment-add", args=[file.person_id])
    return f"{address}?file={file.pk}" if is_let else ""


def _url(name: str, file: HardshipFile, *, is_let: bool) -> str:
    return reverse(name, args=[file.pk]) if is_let else ""
