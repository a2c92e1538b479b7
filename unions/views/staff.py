"""Staff of the own subtree: postings and the accounts behind them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relief.lib.days import day_words
from relief.lib.http import submit
from relief.lib.regions import render_region
from unions import slots
from unions.access import StaffRequest, needs, reauthenticated
from unions.forms.staff import (
    CreateStaffForm,
    EndStaffForm,
    FindAccountForm,
    HandOverForm,
    PostStaffForm,
)
from unions.limits import limited
from unions.lists.exports import export
from unions.lists.page import list_page
from unions.models import AccountRequest, Session, Staff, User
from unions.permissions import Capability, grant_capability
from unions.services.registration import create_staff
from unions.services.staff import end_staff, hand_over, post_staff
from unions.standing import may_look_after, takes_two
from unions.views.accounts import show_slip
from unions.views.staff_table import STAFF_LIST

STAFF = "unions.Staff"
GRANTS = (Capability.MANAGE_STAFF, Capability.GRANT_ADMINISTRATORS)


@needs(Capability.VIEW_STAFF)
@require_safe
def staff_list(request: StaffRequest) -> HttpResponse:
    """Everybody who works in the own subtree."""
    return render_region(request, "unions/staff_list.html", list_page(request, STAFF_LIST))


@needs(Capability.EXPORT)
@require_POST
@limited("export")
def staff_export(request: StaffRequest) -> HttpResponse:
    """The filtered list as a workbook."""
    return export(request, STAFF_LIST)


@needs(Capability.VIEW_STAFF, of=STAFF)
@require_safe
def staff_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One posting, the account behind it, and what may be done with both."""
    visible = Staff.objects.visible_to(request.staff)
    staff = get_object_or_404(visible.with_people(), pk=pk)
    user = staff.user
    context = {
        "staff": staff,
        "postings": visible.filter(user=user).with_people().order_by("-starts_on", "-id"),
        "open_work": slots.open_work.items(staff),
        "may_grant": request.staff.can(grant_capability(staff.role)),
        "may_account": may_look_after(request.staff, user, Capability.MANAGE_ACCOUNTS),
        "may_sessions": may_look_after(request.staff, user, Capability.END_SESSIONS),
        "may_recover": may_look_after(request.staff, user, Capability.RECOVER_ACCOUNTS),
        "takes_two": takes_two(user),
        "sessions_open": Session.open_for(user).count(),
        "requests": AccountRequest.objects.open().filter(user=user).order_by("requested_at"),
    }
    return render(request, "unions/staff_detail.html", context)


@needs(Capability.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def staff_create(request: StaffRequest) -> HttpResponse:
    """A new person: account, posting and the slip with the activation code."""
    form = CreateStaffForm(
        request.POST or None, staff=request.staff, initial={"union": request.staff.union}
    )
    if done := submit(form, create_staff, by=request.staff):
        staff, code = done.value
        return show_slip(request, staff.user, code)
    return render(request, "unions/staff_create.html", {"form": form})


@needs(*GRANTS)
@require_http_methods(["GET", "POST"])
@reauthenticated
def staff_post(request: StaffRequest) -> HttpResponse:
    """One more posting for somebody who has an account."""
    finder = FindAccountForm(
        request.GET if "username" in request.GET else None, staff=request.staff
    )
    user: User | None = finder.cleaned_data["username"] if finder.is_valid() else None
    form = PostStaffForm(
        request.POST or None, staff=request.staff, initial={"union": request.staff.union}
    )
    if user and (done := submit(form, post_staff, by=request.staff, user=user)):
        staff = done.value
        messages.success(request, f"已任命：{staff.user.full_name}，{staff.get_role_display()}。")
        return redirect("staff-detail", pk=staff.pk)
    return render(request, "unions/staff_post.html", {"finder": finder, "user": user, "form": form})


@needs(*GRANTS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def staff_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End a posting, with its last day."""
    visible = Staff.objects.visible_to(request.staff)
    staff = get_object_or_404(visible.with_people(), pk=pk)
    form = EndStaffForm(request.POST or None)
    if done := submit(form, end_staff, by=request.staff, staff=staff):
        messages.success(request, _ending_words(done.value))
        return redirect("staff-detail", pk=pk)
    context = {"form": form, "staff": staff, "open_work": slots.open_work.items(staff)}
    return render(request, "unions/staff_end.html", context)


@needs(*GRANTS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def staff_hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the open work to somebody in the same role at the same union."""
    visible = Staff.objects.visible_to(request.staff)
    staff = get_object_or_404(visible.with_people(), pk=pk)
    form = HandOverForm(request.POST or None, staff=request.staff, leaving=staff)
    if done := submit(form, hand_over, by=request.staff, staff=staff):
        messages.success(request, _moved_words(done.value))
        return redirect("staff-detail", pk=pk)
    context = {"form": form, "staff": staff, "open_work": slots.open_work.items(staff)}
    return render(request, "unions/staff_hand_over.html", context)


def _moved_words(moved: list[slots.OpenWork]) -> str:
    """What went over, kind by kind."""
    parts = "、".join(f"{work.label} {work.count:,} 项" for work in moved if work.count)
    return f"已移交：{parts}。" if parts else "没有要移交的工作，什么都没有变。"


def _ending_words(staff: Staff) -> str:
    """Whether the posting is over now, or which day is its last."""
    name = staff.user.full_name
    if staff.is_live() and staff.ends_on:
        return f"已登记：{name}这个岗位的最后一天是 {day_words(staff.ends_on)}，之后不能再用。"
    return f"{name}的这个岗位已结束，不能再用。"
