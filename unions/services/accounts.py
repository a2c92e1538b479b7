"""Accounts: made with a one-time activation code, disabled, never deleted.

Nobody sets another person's password (DESIGN §8.19): whoever lost it gets a new code.
"""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.models import Event
from relief.lib.pinyin import full_pinyin, pinyin_initials
from unions.models import PasswordRecord, Session, Staff, User
from unions.permissions import Capability, Command, require, roles_with
from unions.services.granted import give_code
from unions.services.messages import notify
from unions.services.trail import record
from unions.standing import require_over, takes_two


@transaction.atomic
def create_account(*, by: Staff | Command, username: str, full_name: str, phone: str = "") -> User:
    """Make an account that cannot log in until its activation code was used.

    Raises ValidationError: user name taken or malformed.
    """
    require(by, Capability.MANAGE_ACCOUNTS)
    user = User(
        username=username,
        full_name=full_name,
        phone=phone,
        pinyin=full_pinyin(full_name),
        initials=pinyin_initials(full_name),
    )
    user.set_unusable_password()
    user.full_clean()
    user.save(force_insert=True)
    record(by, Event.Action.CREATE, user)
    return user


@transaction.atomic
def issue_activation_code(*, by: Staff | Command, user: User) -> str:
    """A new one-time code, to be printed; an unused earlier one stops working.

    Raises ValidationError: an account in use that administers, checks or pays takes two people.
    """
    require_over(by, user, Capability.MANAGE_ACCOUNTS)
    if isinstance(by, Staff) and takes_two(user):
        text = "在用的管理、复核、财务账号要两位管理员才能重发激活码，请先提出申请。"
        raise ValidationError(text, code="takes_two")
    return give_code(by=by, user=user)


@transaction.atomic
def activate_account(*, by: User, password: str) -> User:
    """Set the first (or the forgotten) password with a code that was just checked.

    Raises ValidationError: the password breaks a rule, the code was used meanwhile.
    """
    user = User.objects.select_for_update().get(pk=by.pk)
    if not user.is_awaiting_activation():
        raise ValidationError("激活码已经用过或过期，请找管理员重新领取。", code="code_used")
    _set_password(user, password)
    record(user, Event.Action.ACTIVATE, user)
    return user


@transaction.atomic
def change_password(*, by: User, password: str) -> User:
    """Replace the own password; every other session of the account ends."""
    user = User.objects.select_for_update().get(pk=by.pk)
    _set_password(user, password)
    record(user, Event.Action.PASSWORD_CHANGE, user)
    return user


@transaction.atomic
def disable_account(*, by: Staff, user: User, reason: str) -> User:
    """Stop an account; its sessions end at their next request.

    Raises ValidationError: own account, the last system administrator.
    """
    require_over(by, user, Capability.MANAGE_ACCOUNTS)
    if by.user_id == user.pk:
        raise ValidationError("不能停用自己的账号。", code="own_account")
    keep_one_administrator(user)
    User.objects.filter(pk=user.pk).update(
        is_active=False, auth_version=F("auth_version") + 1, activation_hash=""
    )
    record(by, Event.Action.DISABLE, user, reason=reason)
    user.refresh_from_db()
    return user


@transaction.atomic
def enable_account(*, by: Staff, user: User, reason: str) -> User:
    """Let a disabled account log in again, with the postings it still has."""
    require_over(by, user, Capability.MANAGE_ACCOUNTS)
    User.objects.filter(pk=user.pk).update(is_active=True, auth_version=F("auth_version") + 1)
    record(by, Event.Action.ENABLE, user, reason=reason)
    user.refresh_from_db()
    return user


@transaction.atomic
def end_sessions(*, by: Staff, user: User, reason: str) -> int:
    """End every session of another account; returns how many were open."""
    require_over(by, user, Capability.END_SESSIONS)
    ended = Session.open_for(user).count()
    Session.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(auth_version=F("auth_version") + 1)
    notify(by=by, to=user, kind="security", text="管理员结束了您的登录，请留意账号安全。")
    record(by, Event.Action.SESSION_END, user, reason=reason, count=ended)
    return ended


@transaction.atomic
def end_own_session(*, by: User, session_key: str) -> bool:
    """End one of the own sessions; False when it was not there any more."""
    deleted, _ = Session.objects.filter(user=by, session_key=session_key).delete()
    record(by, Event.Action.SESSION_END, by, count=deleted)
    return bool(deleted)


def _set_password(user: User, password: str) -> None:
    validate_password(password, user)
    user.set_password(password)
    user.password_set_at = timezone.now()
    user.activation_hash = ""
    user.activation_expires_at = None
    user.auth_version += 1
    user.save(
        update_fields=[
            "password",
            "password_set_at",
            "activation_hash",
            "activation_expires_at",
            "auth_version",
        ]
    )
    Session.objects.filter(user=user).delete()  # the view gives the present one a new key
    PasswordRecord.objects.create(user=user, password=user.password)


def keep_one_administrator(user: User) -> None:
    """Refuse to take away the last one; whoever asks meanwhile waits and then counts anew.

    Raises ValidationError: last_administrator.
    """
    postings = Staff.objects.filter(role__in=roles_with(Capability.MANAGE_SYSTEM))
    list(postings.order_by("pk").select_for_update())
    lasting = postings.live().filter(ends_on__isnull=True)
    if postings.live().filter(user=user).exists() and not lasting.exclude(user=user).exists():
        raise ValidationError(
            "这是最后一个系统管理员，请先任命另一个再操作。", code="last_administrator"
        )
