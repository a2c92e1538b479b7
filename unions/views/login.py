"""Coming in and going out: password, second factor, activation, confirming who one is."""

from axes.decorators import axes_dispatch
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from audit.models import Event
from audit.services import record_event
from relief.lib.access import public, signed_in
from relief.lib.http import local_path, submit
from unions import second_factor, sessions
from unions.access import SignedInRequest, confirm_identity
from unions.authentication import (
    SLOWED,
    actor_of_account,
    forget_failures,
    must_wait,
    proven,
    status_of,
)
from unions.forms.login import ActivationForm, CodeForm, IdentityForm, LogInForm, wrong_code
from unions.models import User
from unions.services.accounts import activate_account
from unions.services.trail import record, refuse

#: So few recovery codes are soon gone.
FEW_CODES = 3
BACKEND = "unions.authentication.PasswordBackend"


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@axes_dispatch
def log_in(request: HttpRequest) -> HttpResponse:
    """User name and password; the answer never says which of the two was wrong."""
    target = local_path(request, request.GET.get("next"), reverse(settings.LOGIN_REDIRECT_URL))
    if isinstance(request.user, User):
        return redirect(target)
    form = LogInForm(request.POST or None)
    if form.is_valid():
        if must_wait(request, form.cleaned_data["username"]):
            form.add_error(None, SLOWED)
        else:
            wrong = "用户名或密码不对。连续 5 次不对，要等 15 分钟才能再试。"
            user = proven(request, form, wrong, **form.cleaned_data)
            if user is not None:
                return _welcome(request, user, target)
    ended = getattr(request, "session_has_ended", False)
    context = {"form": form, "next": target, "ended": ended}
    return render(request, "unions/log_in.html", context, status=status_of(form))


@signed_in
@require_POST
def log_out(request: SignedInRequest) -> HttpResponse:
    """End the session; on HTTPS the browser is told to forget everything of this site."""
    record(request.staff or request.user, Event.Action.LOG_OUT, request.user)
    logout(request)
    response = redirect("login")
    if settings.HTTPS:
        response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@public
@sensitive_post_parameters("password", "repeated", "code")
@require_http_methods(["GET", "POST"])
@axes_dispatch
def activation(request: HttpRequest) -> HttpResponse:
    """Set the first password with the one-time code of the printed slip."""
    form = ActivationForm(request.POST or None)
    if form.is_valid():
        username = form.cleaned_data.pop("username")
        code = form.cleaned_data.pop("code")
        wrong = {"code": "用户名或激活码不对，或者激活码已经用过、过期。"}
        user = proven(request, form, wrong, username=username, code=code)
        if user is not None and submit(form, activate_account, by=user):
            forget_failures(user)
            messages.success(request, "密码已经设好，请用新密码登录。")
            return redirect("login")
    return render(request, "unions/activation.html", {"form": form}, status=status_of(form))


@signed_in
@require_http_methods(["GET", "POST"])
def factor_verify(request: SignedInRequest) -> HttpResponse:
    """The code of the phone, once a session."""
    target = local_path(request, request.GET.get("next"), reverse(settings.LOGIN_REDIRECT_URL))
    if second_factor.is_satisfied(request):
        return redirect(target)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        answer = second_factor.verify(request, request.user, form.cleaned_data["code"])
        if answer.is_right:
            return _let_in(request, answer.codes_left, target)
        refuse(request.staff or request.user, Event.Action.SECOND_FACTOR, request.user)
        form.add_error("code", wrong_code(answer.wait))
    return render(request, "unions/factor_verify.html", {"form": form})


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@axes_dispatch
def identity_confirm(request: SignedInRequest) -> HttpResponse:
    """The password once more, good for the next five minutes."""
    target = local_path(request, request.GET.get("next"), reverse(settings.LOGIN_REDIRECT_URL))
    form = IdentityForm(request.POST or None)
    if confirm_identity(request, form):
        return redirect(target)
    context = {"form": form, "posted": []}
    return render(request, "unions/identity_confirm.html", context, status=status_of(form))


def _let_in(request: SignedInRequest, codes_left: int | None, target: str) -> HttpResponse:
    by = request.staff or request.user
    if codes_left is None:
        record(by, Event.Action.SECOND_FACTOR, request.user)
        return redirect(target)
    record(by, Event.Action.SECOND_FACTOR, request.user, step="recovery", left=codes_left)
    text = f"用掉了一个恢复码，还剩 {codes_left} 个。"
    if codes_left <= FEW_CODES:
        text += "请到“我的账号”换一组新的，打印收好。"
    messages.warning(request, text)
    return redirect(target)


def _welcome(request: HttpRequest, user: User, target: str) -> HttpResponse:
    login(request, user, backend=BACKEND)
    sessions.begin(request)
    record_event(actor=actor_of_account(user), action=Event.Action.LOG_IN, about=user)
    return redirect(target)
