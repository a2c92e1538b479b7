"""The steps of a hardship file, one page each: what is asked, who may, what it says afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from beneficiaries import acts, file_shown
from beneficiaries.forms.file_steps import (
    ConfirmForm,
    ExitForm,
    LookForm,
    OutcomeForm,
    PlaceForm,
    RenewForm,
    TellForm,
)
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    FileExclusion,
    FilePublicity,
    HardshipFile,
    IncomeCalculation,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.publicity import is_posted_next, period_from_today
from beneficiaries.required import household_differs, missing
from beneficiaries.services import file_steps
from beneficiaries.services.file_reviews import review_file
from beneficiaries.services.renewal import renew_file
from beneficiaries.shown import name_for
from beneficiaries.views.files import FILE, visible_file
from relief.lib.forms import Form
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.permissions import Capability

NOT_YOURS: Final = "这一步现在不能由您办理：档案的状态变了，或者要由别的岗位、别的人办。"


@dataclass(frozen=True)
class Step:
    """A step of a checker: its service, its form, and what the page says."""

    service: Callable[..., HardshipFile]
    form: Callable[[HardshipFile], type[Form]]
    question: str


def _asks(form: type[Form]) -> Callable[[HardshipFile], type[Form]]:
    return lambda file: form


def _place_where_posted(file: HardshipFile) -> type[Form]:
    """The place is asked for where the rule wants a posting after this step."""
    return PlaceForm if is_posted_next(file) else ConfirmForm


STEPS: Final = {
    "first-review": Step(
        file_steps.pass_first_review,
        _place_where_posted,
        "入户了解过情况，申报内容属实，同意进入下一步。",
    ),
    "publicity": Step(file_steps.end_publicity, _asks(OutcomeForm), "登记这次公示的结果。"),
    "review": Step(file_steps.pass_review, _asks(ConfirmForm), "材料齐全、类别合适，同意复核。"),
    "comparison": Step(
        file_steps.pass_comparison,
        _place_where_posted,
        "已与民政、车辆、房产、工商信息核对，没有不符。",
    ),
    "approve": Step(file_steps.approve_file, _asks(ConfirmForm), "经会议研究，同意建档。"),
    "return": Step(file_steps.return_file, _asks(TellForm), "退回以后变成草稿，改好可以再提交。"),
    "reject": Step(file_steps.reject_file, _asks(TellForm), "不予建档，本人以后可以重新申请。"),
    "exit": Step(file_steps.exit_file, _asks(ExitForm), "脱困的以后要回头看；注销的只能查看。"),
    "regular": Step(file_steps.make_regular, _asks(TellForm), "临时救助档案转为正式档案。"),
}
#: Forms that need to know the file.
_OF_FILE: Final = (ExitForm, LookForm)


@needs(Capability.CHECK_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_step(request: StaffRequest, pk: str, step: str) -> HttpResponse:
    """One step that a checker takes."""
    if step not in STEPS:
        raise Http404
    taken = STEPS[step]
    file = visible_file(request, pk)
    return _page(request, file, step, taken.form(file), taken.service, taken.question)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_submit(request: StaffRequest, pk: str) -> HttpResponse:
    """Hand a draft in; what is missing leads to its field."""
    file = visible_file(request, pk)
    if not _is_offered(request, file, "submit"):
        return _refused(request, pk)
    form = ConfirmForm(request.POST or None)
    if submit(form, file_steps.submit_file, by=request.staff, file=file):
        messages.success(request, "已提交申报，等待初审。")
        return redirect("file-detail", pk=pk)
    context = {
        "form": form,
        "file": file,
        "name": name_for(request.staff, file.person),
        "missing": list(missing(file, file.unseal(key_of(file.person), "health"))),
        "household_differs": file.household_size is not None and household_differs(file),
        "way": file_shown.way(file, None),
    }
    return render(request, "beneficiaries/file_submit.html", context)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_withdraw(request: StaffRequest, pk: str) -> HttpResponse:
    """End a draft that will not be handed in."""
    question = "撤回以后这份草稿注销，只能查看。"
    file = visible_file(request, pk)
    return _page(request, file, "withdraw", ExitForm, file_steps.exit_file, question)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_look(request: StaffRequest, pk: str) -> HttpResponse:
    """Note a yearly review, a spot check, or a look back at a relieved family."""
    file = visible_file(request, pk)
    key = "look-back" if file.status == Status.RELIEVED else "look"
    question = "类别要调整的，请再修改档案、重新核算收入；已脱困的，请复核办理脱困。"
    return _page(request, file, key, LookForm, review_file, question)


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def file_renew(request: StaffRequest, pk: str) -> HttpResponse:
    """The draft of a later year with the answers and the household of this file."""
    file = visible_file(request, pk)
    if not _is_offered(request, file, "renew"):
        return _refused(request, pk)
    form = RenewForm(request.POST or None, initial={"year": file.year + 1})
    if done := submit(form, renew_file, by=request.staff, file=file):
        renewed = done.value
        messages.success(request, f"{renewed.year} 年度的草稿已建好，请核对后提交。")
        return redirect("file-change", pk=renewed.pk)
    question = "新草稿带上这份档案的内容和家庭成员；新档案批准以前，这份继续有效。"
    return render(
        request, "beneficiaries/file_step.html", _context(request, file, form, "renew", question)
    )


def _page(
    request: StaffRequest,
    file: HardshipFile,
    key: str,
    form_class: type[Form],
    service: Callable[..., Any],
    question: str,
) -> HttpResponse:
    """Ask, do, and lead back to the file."""
    if not _is_offered(request, file, key):
        return _refused(request, file.pk)
    options = {"file": file} if form_class in _OF_FILE else {}
    form = form_class(request.POST or None, **options)
    if submit(form, service, by=request.staff, file=file):
        messages.success(request, f"{acts.BY_KEY[key].label}：已办理。")
        return redirect("file-detail", pk=file.pk)
    context = _context(request, file, form, key, question)
    return render(request, "beneficiaries/file_step.html", context)


def _context(
    request: StaffRequest, file: HardshipFile, form: Form, key: str, question: str
) -> dict[str, Any]:
    staff = request.staff
    posting = FilePublicity.objects.visible_to(staff).filter(file=file).order_by("-pk").first()
    found = FileExclusion.objects.visible_to(staff).of_file(file).filter(is_found=True)
    return {
        "form": form,
        "file": file,
        "act": acts.BY_KEY[key],
        "question": question,
        "name": name_for(staff, file.person),
        "way": file_shown.way(file, posting),
        "posting": posting if file.status == Status.PUBLICITY else None,
        "period": period_from_today(file.union) if isinstance(form, PlaceForm) else None,
        "calculation": IncomeCalculation.objects.visible_to(staff).newest(file),
        "exclusions_found": list(found),
        "papers": file_shown.evidence(staff, file) or [],
    }


def _is_offered(request: StaffRequest, file: HardshipFile, key: str) -> bool:
    return key in {act.key for act in acts.offered(request.staff, file)}


def _refused(request: StaffRequest, pk: object) -> HttpResponse:
    messages.warning(request, NOT_YOURS)
    return redirect("file-detail", pk=pk)
