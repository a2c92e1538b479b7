"""Looking after other people's accounts; every act is the posting's page first, then a reason."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from relief.lib.http import submit
from unions.access import StaffRequest, needs, reauthenticated
from unions.forms.staff import CreateAccountForm, ReasonForm
from unions.models import FactorReset, Staff, User
from unions.permissions import Capability
from unions.services.accounts import (
    disable_account,
    enable_account,
    end_sessions,
    issue_activation_code,
)
from unions.services.factors import (
    confirm_factor_reset,
    request_factor_reset,
    withdraw_factor_reset,
)
from unions.services.registration import register_account

STAFF = "unions.Staff"
RESET = "unions.FactorReset"


@needs(Capability.REGISTER_ACCOUNTS)
@require_http_methods(["GET", "POST"])
def account_create(request: StaffRequest) -> HttpResponse:
    """An account without a posting: the system administrator makes it, others appoint it."""
    form = CreateAccountForm(request.POST or None)
    if submit(form, register_account, by=request.staff):
        user, code = form.result  # type: ignore[attr-defined]  # set by submit
        return render(request, "unions/activation_slip.html", {"user": user, "code": code})
    return render(request, "unions/account_create.html", {"form": form})


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_POST
@reauthenticated
def activation_issue(request: StaffRequest, pk: int) -> HttpResponse:
    """A new activation code, shown once and printed; the old one stops working."""
    user = _user_of(request, pk)
    code = issue_activation_code(by=request.staff, user=user)
    return render(request, "unions/activation_slip.html", {"user": user, "code": code})


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_http_methods(["GET", "POST"])
def account_disable(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop an account at once."""
    return _with_reason(request, pk, disable_account, "停用账号", "账号已经停用。")


@needs(Capability.MANAGE_ACCOUNTS, of=STAFF)
@require_http_methods(["GET", "POST"])
def account_enable(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a stopped account in again."""
    return _with_reason(request, pk, enable_account, "启用账号", "账号已经启用。")


@needs(Capability.END_SESSIONS, of=STAFF)
@require_http_methods(["GET", "POST"])
def account_sessions_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End every session of somebody else."""
    return _with_reason(request, pk, end_sessions, "结束此人的登录", "已结束此人的全部登录。")


@needs(Capability.RESET_SECOND_FACTOR, of=STAFF)
@require_http_methods(["GET", "POST"])
def factor_reset_request(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for the reset of a lost second factor; a second administrator confirms."""
    done = "已提出申请，要由另一位管理员确认后才生效。"
    return _with_reason(request, pk, request_factor_reset, "申请重置二次验证", done)


@needs(Capability.RESET_SECOND_FACTOR, of=STAFF)
@require_POST
@reauthenticated
def factor_reset_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm or withdraw the open request of this person."""
    user = _user_of(request, pk)
    reset = get_object_or_404(
        FactorReset, user=user, confirmed_at__isnull=True, withdrawn_at__isnull=True
    )
    act = withdraw_factor_reset if "withdraw" in request.POST else confirm_factor_reset
    try:
        act(by=request.staff, reset=reset)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "已处理。")
    return redirect("staff-detail", pk=pk)


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
