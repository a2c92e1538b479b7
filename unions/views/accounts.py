"""Looking after other people's accounts; every act is the posting's page first, then a reason."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from relief.lib.http import submit, typed
from relief.lib.regions import render_region
from unions import shown_once
from unions.access import StaffRequest, needs, reauthenticated
from unions.forms.fields import ReasonForm
from unions.forms.staff import CreateAccountForm
from unions.lists.page import list_page
from unions.models import AccountRequest, Staff, User
from unions.models.user import normalise_username
from unions.permissions import Capability
from unions.scope import accounts_without_posting
from unions.services.account_requests import (
    confirm_request,
    request_for_account,
    withdraw_request,
)
from unions.services.accounts import (
    disable_account,
    enable_account,
    end_sessions,
    issue_activation_code,
)
from unions.services.registration import register_account
from unions.standing import may_look_after
from unions.views.account_table import ACCOUNT_LIST

STAFF = "unions.Staff"
SLIP = "activation"


@needs(Capability.RECOVER_ACCOUNTS)
@require_safe
def account_list(request: StaffRequest) -> HttpResponse:
    """Accounts that work nowhere yet, or nowhere any more."""
    return render_region(request, "unions/account_list.html", list_page(request, ACCOUNT_LIST))


@needs(Capability.RECOVER_ACCOUNTS)
@require_safe
def account_detail(request: StaffRequest) -> HttpResponse:
    """One account without a posting, by ?username=: appoint it, or print a slip anew."""
    user = _without_posting(request)
    context = {
        "person": user,
        "ended": Staff.objects.visible_to(request.staff).of(user),
        "may_code": may_look_after(request.staff, user, Capability.MANAGE_ACCOUNTS),
    }
    return render(request, "unions/account_detail.html", context)


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
@reauthenticated
def account_code(request: StaffRequest) -> HttpResponse:
    """A new activation code for an account without a posting, by ?username=."""
    user = _without_posting(request)
    return show_slip(request, user, issue_activation_code(by=request.staff, user=user))


@needs(Capability.REGISTER_ACCOUNTS)
@require_http_methods(["GET", "POST"])
@reauthenticated
def account_create(request: StaffRequest) -> HttpResponse:
    """An account without a posting: the system administrator makes it, others appoint it."""
    form = CreateAccountForm(request.POST or None)
    if done := submit(form, register_account, by=request.staff):
        return show_slip(request, *done.value)
    return render(request, "unions/account_create.html", {"form": form})


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_POST
@reauthenticated
def activation_issue(request: StaffRequest, pk: int) -> HttpResponse:
    """A new activation code, shown once and printed; the old one stops working."""
    user = _user_of(request, pk)
    try:
        code = issue_activation_code(by=request.staff, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("staff-detail", pk=pk)
    return show_slip(request, user, code)


@needs(Capability.MANAGE_ACCOUNTS, Capability.RECOVER_ACCOUNTS)
@require_safe
def activation_slip(request: StaffRequest) -> HttpResponse:
    """The slip of the code that this session made last, to be printed."""
    shown = shown_once.kept(request, SLIP)
    if shown is None:
        messages.error(request, "激活单只显示 10 分钟。没来得及打印的话，请再发一张。")
        return redirect("staff-list")
    user = get_object_or_404(User, pk=shown["user"])
    postings = Staff.objects.visible_to(request.staff).of(user)
    context = {"user": user, "code": shown["code"], "posting": postings.first()}
    return render(request, "unions/activation_slip.html", context)


def show_slip(request: StaffRequest, user: User, code: str) -> HttpResponse:
    """Lead on to the slip of a code that was just made."""
    shown_once.keep(request, SLIP, {"user": user.pk, "code": code})
    return redirect("activation-slip")


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def account_disable(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop an account at once."""
    return _with_reason(request, pk, disable_account, "停用账号", "账号已经停用。")


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def account_enable(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a stopped account in again."""
    return _with_reason(request, pk, enable_account, "启用账号", "账号已经启用。")


@needs(Capability.END_SESSIONS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def account_sessions_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End every session of somebody else."""
    return _with_reason(request, pk, end_sessions, "结束此人的登录", "已结束此人的全部登录。")


@needs(Capability.RECOVER_ACCOUNTS, of=STAFF)
@require_http_methods(["GET", "POST"])
@reauthenticated
def account_request(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """Ask for what takes two: a second administrator confirms."""
    kinds = dict(AccountRequest.Kind.choices)
    if kind not in kinds:
        raise Http404
    action = partial(request_for_account, kind=kind)
    done = "已提出申请，要由另一位管理员确认后才生效。"
    return _with_reason(request, pk, action, f"申请{kinds[kind]}", done)


@needs(Capability.RECOVER_ACCOUNTS, of=STAFF)
@require_POST
@reauthenticated
def account_request_decide(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """Confirm or withdraw the open request for this person."""
    user = _user_of(request, pk)
    asked = get_object_or_404(AccountRequest.objects.open(), user=user, kind=kind)
    act = withdraw_request if "withdraw" in request.POST else confirm_request
    try:
        code = act(by=request.staff, asked=asked)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("staff-detail", pk=pk)
    if code:
        return show_slip(request, user, code)
    messages.success(request, "已处理。")
    return redirect("staff-detail", pk=pk)


def _without_posting(request: StaffRequest) -> User:
    found = accounts_without_posting(request.staff)
    return get_object_or_404(found, username=normalise_username(typed(request, "username")))


def _user_of(request: StaffRequest, pk: int) -> User:
    visible = Staff.objects.visible_to(request.staff).with_people()
    return get_object_or_404(visible, pk=pk).user


def _with_reason(
    request: StaffRequest, pk: int, action: Callable[..., Any], title: str, done: str
) -> HttpResponse:
    user = _user_of(request, pk)
    form = ReasonForm(request.POST or None)
    if submit(form, action, by=request.staff, user=user):
        messages.success(request, done)
        return redirect("staff-detail", pk=pk)
    context = {"form": form, "title": title, "person": user, "pk": pk}
    return render(request, "unions/account_reason.html", context)
