"""Public notices (公示) of several files: the sheets to hang up, and putting files up together."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from beneficiaries import acts, file_papers
from beneficiaries.forms.file_steps import PlaceForm
from beneficiaries.models import HardshipFile, PublicityRule
from beneficiaries.publicity import is_posted_next, period_from_today, rule_of
from beneficiaries.services.posting_together import post_together
from beneficiaries.shown import name_for
from beneficiaries.views.file_table import FILE_LIST, status_kind
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.lists.picked import NOTHING_PICKED, narrowed, picked_from
from unions.permissions import Capability

#: So many households stand on a page at most.
MOST = 200


@needs(Capability.CHECK_RECORDS, Capability.ENTER_RECORDS)
@require_http_methods(["GET", "POST"])
def file_notices(request: StaffRequest) -> HttpResponse:
    """The sheets of all that is posted in the own subtree, or of the ticked files of the list."""
    picked = picked_from(request.POST) if request.method == "POST" else None
    if picked == ():
        return _nothing(request)
    asked = request.POST if request.method == "POST" else request.GET
    kind = asked.get("kind", "")
    kind = kind if kind in file_papers.TITLES else file_papers.INSIDE
    postings = file_papers.postings_up(request.staff)
    if request.method == "POST":
        found = narrowed(FILE_LIST.found(request.staff, request.GET), picked)
        postings = postings.filter(file__in=found.rows.order_by().values("pk"))
    context = {
        "kind": kind,
        "title": file_papers.TITLES[kind],
        "kinds": file_papers.TITLES.items(),
        "sheets": file_papers.sheets(request.staff, postings[:MOST], kind),
        "picked": picked,
        "query": request.GET.urlencode(),
        "is_of_list": request.method == "POST",
    }
    return render(request, "beneficiaries/file_notices.html", context)


@needs(Capability.CHECK_RECORDS)
@require_POST
def file_post_together(request: StaffRequest) -> HttpResponse:
    """Put the ticked files up together: asks for place and day, then does it for all or none."""
    picked = picked_from(request.POST)
    if picked == ():
        return _nothing(request)
    found = narrowed(FILE_LIST.found(request.staff, request.GET), picked)
    files = list(found.rows.order_by("union__path", "person__pinyin", "pk")[:MOST])
    rules = {union: rule_of(union) for union in {file.union for file in files}}
    ready = [file for file in files if _is_ready(request, file, rules[file.union])]
    form = PlaceForm(request.POST if "place" in request.POST else None)
    if done := submit(form, post_together, by=request.staff, files=ready):
        messages.success(request, f"{len(done.value)} 份档案已经开始公示，可以打印公示单。")
        return redirect("file-notices")
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "picked": [str(file.pk) for file in ready],
        **_rows(request, files, ready),
    }
    return render(request, "beneficiaries/file_post_together.html", context)


def _is_ready(request: StaffRequest, file: HardshipFile, rule: PublicityRule) -> bool:
    """The posting may do the step that is due, and the step puts the file up."""
    may = any(acts.may_take(request.staff, file, key) for key in ("first-review", "comparison"))
    return may and is_posted_next(file, rule)


def _rows(
    request: StaffRequest, files: list[HardshipFile], ready: list[HardshipFile]
) -> dict[str, Any]:
    def shown(file: HardshipFile) -> tuple[HardshipFile, str, str]:
        return file, name_for(request.staff, file.person), status_kind(file.status)

    unions = sorted({file.union for file in ready}, key=lambda union: union.path)
    return {
        "ready": [shown(file) for file in ready],
        "left_out": [shown(file) for file in files if file not in ready],
        "periods": [(union, period_from_today(union)) for union in unions],
    }


def _nothing(request: StaffRequest) -> HttpResponse:
    messages.warning(request, NOTHING_PICKED)
    return redirect(f"{reverse('file-list')}?{request.GET.urlencode()}")
