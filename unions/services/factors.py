"""A lost second factor is reset by two: one administrator asks, another one confirms."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.models import Event
from unions import second_factor
from unions.models import FactorReset, Staff, User
from unions.permissions import Capability
from unions.services.messages import notify
from unions.services.trail import record
from unions.standing import require_over


@transaction.atomic
def request_factor_reset(*, by: Staff, user: User, reason: str) -> FactorReset:
    """Ask for the reset; nothing changes until a second administrator confirms.

    Raises ValidationError: for oneself, already asked.
    """
    require_over(by, user, Capability.RESET_SECOND_FACTOR)
    reset = FactorReset(user=user, reason=reason, requested_by=by.user)
    reset.full_clean()
    reset.save(force_insert=True)
    record(by, Event.Action.FACTOR_RESET, user, reason=reason, step="requested")
    return reset


@transaction.atomic
def confirm_factor_reset(*, by: Staff, reset: FactorReset) -> FactorReset:
    """Remove the account's devices and end its sessions.

    Raises ValidationError: asked by the same person, for oneself, no longer open.
    """
    require_over(by, reset.user, Capability.RESET_SECOND_FACTOR)
    reset = _open(reset)
    reset.confirmed_by = by.user
    reset.confirmed_at = timezone.now()
    reset.full_clean()
    reset.save()
    second_factor.forget(reset.user)
    User.objects.filter(pk=reset.user_id).update(auth_version=F("auth_version") + 1)
    notify(by=by, to=reset.user, kind="security", text="您的二次验证已经重置，请重新设置。")
    record(by, Event.Action.FACTOR_RESET, reset.user, reason=reset.reason, step="confirmed")
    return reset


@transaction.atomic
def withdraw_factor_reset(*, by: Staff, reset: FactorReset) -> FactorReset:
    """Take an open request back."""
    require_over(by, reset.user, Capability.RESET_SECOND_FACTOR)
    reset = _open(reset)
    reset.withdrawn_at = timezone.now()
    reset.save(update_fields=["withdrawn_at"])
    record(by, Event.Action.FACTOR_RESET, reset.user, step="withdrawn")
    return reset


def _open(reset: FactorReset) -> FactorReset:
    current = FactorReset.objects.select_for_update().get(pk=reset.pk)
    if current.confirmed_at or current.withdrawn_at:
        raise ValidationError("这个申请已经处理过了。", code="not_open")
    return current
