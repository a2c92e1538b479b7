"""The household of a hardship file: adding, changing and taking out one of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from beneficiaries.forms.household import MemberForm
from beneficiaries.lifecycle import Status
from beneficiaries.models import HouseholdMember
from beneficiaries.models.person_key import key_of
from beneficiaries.services.files import add_member, change_member, remove_member
from beneficiaries.views.file_forms import why_not
from beneficiaries.views.files import FILE, tell_saved, visible_file
from relief.lib.http import submit, whole_number
from unions.access import StaffRequest, needs
from unions.forms.fields import ReasonForm
from unions.permissions import Capability

MEMBER = "beneficiaries.HouseholdMember"


@needs(Capability.ENTER_RECORDS, of=FILE)
@require_http_methods(["GET", "POST"])
def member_create(request: StaffRequest, pk: str) -> HttpResponse:
    """Add one of the household."""
    file = visible_file(request, pk)
    if refusal := why_not(request, file):
        messages.warning(request, refusal)
        return redirect("file-detail", pk=pk)
    form = MemberForm(request.POST or None, in_force=file.status == Status.ACTIVE)
    if submit(form, add_member, by=request.staff, file=file):
        tell_saved(request, file, "家庭成员已加上。")
        return redirect("member-create" if "again" in request.POST else "file-detail", pk=pk)
    return render(request, "beneficiaries/member_create.html", {"form": form, "file": file})


@needs(Capability.ENTER_RECORDS, of=MEMBER)
@require_http_methods(["GET", "POST"])
def member_change(request: StaffRequest, pk: str) -> HttpResponse:
    """Change one of the household; numbers stay masks."""
    member = _visible_member(request, pk)
    if refusal := why_not(request, member.file):
        messages.warning(request, refusal)
        return redirect("file-detail", pk=member.file_id)
    in_force = member.file.status == Status.ACTIVE
    form = MemberForm(request.POST or None, member=member, known=_known(member), in_force=in_force)
    version = whole_number(request.POST.get("version", "")) or member.file.version
    if submit(form, change_member, by=request.staff, member=member, version=version):
        tell_saved(request, member.file, "家庭成员已修改。")
        return redirect("file-detail", pk=member.file_id)
    context = {
        "form": form,
        "member": member,
        "file": member.file,
        "is_stale": form.has_error("__all__", "stale"),
        "version": version,
    }
    return render(request, "beneficiaries/member_change.html", context)


@needs(Capability.ENTER_RECORDS, of=MEMBER)
@require_http_methods(["GET", "POST"])
def member_remove(request: StaffRequest, pk: str) -> HttpResponse:
    """Take one out of the household, with the reason."""
    member = _visible_member(request, pk)
    if refusal := why_not(request, member.file):
        messages.warning(request, refusal)
        return redirect("file-detail", pk=member.file_id)
    form = ReasonForm(request.POST or None)
    if submit(form, remove_member, by=request.staff, member=member):
        tell_saved(request, member.file, "已从家庭成员里移出。")
        return redirect("file-detail", pk=member.file_id)
    context = {"form": form, "member": member, "file": member.file, "name": _name(member)}
    return render(request, "beneficiaries/member_remove.html", context)


def _visible_member(request: StaffRequest, pk: str) -> HouseholdMember:
    members = HouseholdMember.objects.visible_to(request.staff)
    return get_object_or_404(members.select_related("file__person", "file__union"), pk=pk)


def _known(member: HouseholdMember) -> dict[str, str]:
    """What the form shows of the sealed values: who it is and where they work or learn."""
    if member.file.person.erased_at:
        return {}
    key = key_of(member.file.person)
    return {name: member.unseal(key, name) for name in ("name", "workplace_or_school")}


def _name(member: HouseholdMember) -> str:
    return _known(member).get("name", "（已删除）")
