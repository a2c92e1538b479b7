"""What one administrator may not do alone: one asks, another one confirms (DESIGN §8.19)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from unions.models import AccountRequest, Staff, User
from unions.permissions import Capability
from unions.services.granted import forget_factors, give_code
from unions.services.messages import notify
from unions.services.trail import record
from unions.standing import require_over

Kind = AccountRequest.Kind
_ACTIONS = {Kind.FACTOR: Event.Action.FACTOR_RESET, Kind.CODE: Event.Action.ISSUE_CODE}


@transaction.atomic
def request_for_account(*, by: Staff, user: User, kind: str, reason: str) -> AccountRequest:
    """Ask for it; nothing changes until a second administrator confirms.

    Raises ValidationError: for oneself, already asked.
    """
    require_over(by, user, Capability.RECOVER_ACCOUNTS)
    asked = AccountRequest(user=user, kind=kind, reason=reason, requested_by=by.user)
    asked.full_clean()
    asked.save(force_insert=True)
    _record(by, asked, "requested")
    return asked


@transaction.atomic
def confirm_request(*, by: Staff, asked: AccountRequest) -> str:
    """Do what was asked; returns the activation code to print, or "" where there is none.

    Raises ValidationError: asked by the same person, for oneself, no longer open.
    """
    require_over(by, asked.user, Capability.RECOVER_ACCOUNTS)
    asked = _open(asked)
    asked.confirmed_by = by.user
    asked.confirmed_at = timezone.now()
    asked.full_clean()
    asked.save()
    _record(by, asked, "confirmed")
    if asked.kind == Kind.CODE:
        return give_code(by=by, user=asked.user)
    forget_factors(by=by, user=asked.user)
    notify(by=by, to=asked.user, kind="security", text="您的二次验证已经重置，请重新设置。")
    return ""


@transaction.atomic
def withdraw_request(*, by: Staff, asked: AccountRequest) -> str:
    """Take an open request back; "" as `confirm_request` without a code."""
    require_over(by, asked.user, Capability.RECOVER_ACCOUNTS)
    asked = _open(asked)
    asked.withdrawn_at = timezone.now()
    asked.save(update_fields=["withdrawn_at"])
    _record(by, asked, "withdrawn")
    return ""


def _open(asked: AccountRequest) -> AccountRequest:
    current = AccountRequest.objects.open().select_for_update().filter(pk=asked.pk).first()
    if current is None:
        raise ValidationError("这个申请已经处理过了。", code="not_open")
    return current


def _record(by: Staff, asked: AccountRequest, step: str) -> None:
    record(by, _ACTIONS[Kind(asked.kind)], asked.user, reason=asked.reason, step=step)
