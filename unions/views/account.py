"""The own account: password, second factor, open sessions, messages, posting."""

from axes.decorators import axes_dispatch
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as otp_login

from audit.models import Event
from relief.lib.access import signed_in
from relief.lib.http import submit, whole_number
from relief.lib.qr import qr_svg
from relief.lib.tables import page_of
from unions import second_factor, sessions, shown_once
from unions.access import SignedInRequest, reauthenticated
from unions.authentication import proven, status_of
from unions.forms.account import ConfirmDeviceForm, wrong_digits
from unions.forms.login import ChangePasswordForm
from unions.models import Message, Session, Staff
from unions.services.accounts import change_password, end_own_session
from unions.services.factors import bind_factor, offer_factor, renew_recovery_codes
from unions.services.messages import read_messages
from unions.services.trail import record
from unions.sessions import kept_key


@signed_in
@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    """Who I am, my postings, my second factor, where I am logged in."""
    context = {
        "postings": Staff.objects.live().of(request.user),
        "device": second_factor.device_of(request.user),
        "is_demanded": second_factor.is_demanded(request.user),
        "sessions": Session.open_for(request.user),
        "current_key": kept_key(request.session.session_key),
    }
    return render(request, "unions/account.html", context)


@signed_in
@sensitive_post_parameters("current", "password", "repeated")
@require_http_methods(["GET", "POST"])
@axes_dispatch
def password_change(request: SignedInRequest) -> HttpResponse:
    """A new password; every other session of mine ends."""
    form = ChangePasswordForm(request.POST or None, user=request.user)
    if _knows_password(request, form) and submit(form, change_password, by=request.user):
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已经修改，其他地方的登录都已结束。")
        return redirect("account")
    return render(request, "unions/password_change.html", {"form": form}, status=status_of(form))


@signed_in
@reauthenticated
@require_http_methods(["GET", "POST"])
def factor_setup(request: SignedInRequest) -> HttpResponse:
    """Bind the phone: scan, type the code it shows, print the recovery codes."""
    if second_factor.device_of(request.user):
        return redirect("account")
    device = second_factor.unconfirmed_device(request)
    form = ConfirmDeviceForm(request.POST or None)
    if form.is_valid():
        offer_factor(by=request.user, device=device)
        is_judged = not second_factor.wait_for(device)
        if is_judged and device.verify_token(form.cleaned_data["code"].strip()):
            codes = bind_factor(by=request.staff or request.user, device=device)
            otp_login(request, device)
            return _show_codes(request, codes)
        form.add_error("code", wrong_digits(second_factor.wait_for(device)))
    context = {
        "form": form,
        "qr": qr_svg(device.config_url, label="动态口令二维码"),
        "secret": second_factor.readable_secret(device),
    }
    return render(request, "unions/factor_setup.html", context)


@signed_in
@require_POST
@reauthenticated
def factor_codes_renew(request: SignedInRequest) -> HttpResponse:
    """New recovery codes; the old ones stop working."""
    by = request.staff or request.user
    return _show_codes(request, renew_recovery_codes(by=by, user=request.user))


@signed_in
@require_safe
def factor_codes(request: SignedInRequest) -> HttpResponse:
    """The recovery codes just made, to be printed."""
    shown = shown_once.kept(request, "recovery")
    if shown is None:
        messages.error(request, "恢复码只显示 10 分钟。没收好的话，请重新生成一组。")
        return redirect("account")
    return render(request, "unions/factor_codes.html", shown)


@signed_in
@require_POST
def session_end(request: SignedInRequest) -> HttpResponse:
    """End one of my sessions (by the row's mark), or all but this one."""
    current = kept_key(request.session.session_key)
    others = Session.open_for(request.user).exclude(session_key=current)
    wanted = request.POST.get("session", "")
    ended = [
        end_own_session(by=request.user, session_key=row.session_key)
        for row in others
        if wanted in {"others", row.mark}
    ]
    messages.success(request, f"已结束 {sum(ended)} 个登录。")
    return redirect("account")


@signed_in
@require_POST
def posting_switch(request: SignedInRequest) -> HttpResponse:
    """Go on working in another of my live postings."""
    wanted = whole_number(request.POST.get("posting", ""))
    staff = Staff.objects.live().of(request.user).filter(pk=wanted).first() if wanted else None
    if staff is None:
        raise Http404
    request.session[sessions.POSTING] = staff.pk
    record(staff, Event.Action.POSTING_SWITCH, staff)
    messages.success(request, f"现在的身份：{staff.union.name} · {staff.get_role_display()}。")
    return redirect("home")


@signed_in
@require_safe
def message_list(request: SignedInRequest) -> HttpResponse:
    """All my messages, newest first."""
    rows = Message.objects.to(request.user, request.staff).newest_first()
    context = {"page": page_of(rows, request.GET)}
    return render(request, "unions/message_list.html", context)


@signed_in
@require_POST
def message_read(request: SignedInRequest) -> HttpResponse:
    """Mark one message, or all, as read."""
    wanted = request.POST.get("message", "")
    message_id = whole_number(wanted)
    if wanted and message_id is None:
        raise Http404
    read_messages(by=request.user, staff=request.staff, message_id=message_id)
    return redirect("message-list")


def _show_codes(request: SignedInRequest, codes: list[str]) -> HttpResponse:
    shown_once.keep(request, "recovery", {"codes": codes})
    return redirect("recovery-codes")


def _knows_password(request: SignedInRequest, form: ChangePasswordForm) -> bool:
    """Whether the present password was given; a wrong one counts like one at the log-in."""
    if not form.is_valid():
        return False
    wrong = {"current": "现在的密码不对。"}
    current = form.cleaned_data.pop("current")
    return (
        proven(request, form, wrong, username=request.user.username, password=current) is not None
    )
