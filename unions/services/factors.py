"""The second factor of an account: bound by its owner, forgotten by two administrators."""

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from audit.models import Event
from relief.lib.crypto.keys import ring
from unions.models import PhoneFactor, Staff, User
from unions.paper_codes import kept_code, new_code
from unions.permissions import Capability, Command, require
from unions.services.trail import record

RECOVERY_CODES = 8


@transaction.atomic
def offer_factor(*, by: User, device: PhoneFactor) -> PhoneFactor:
    """Keep the device whose secret is shown, so that wrong codes for it are counted.

    A secret that another session has seen is never offered again.
    """
    if device.pk is None:
        PhoneFactor.objects.filter(user=by, confirmed=False).delete()
        device.save()
    return device


@transaction.atomic
def bind_factor(*, by: Staff | User, device: PhoneFactor) -> list[str]:
    """The phone showed the right code: from now on the account needs it. Returns recovery codes."""
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    record(by, Event.Action.SECOND_FACTOR, device.user)
    return _new_recovery_codes(device.user)


@transaction.atomic
def renew_recovery_codes(*, by: Staff | User, user: User) -> list[str]:
    """Replace the recovery codes; shown once, to be printed and locked away."""
    record(by, Event.Action.SECOND_FACTOR, user, step="codes")
    return _new_recovery_codes(user)


@transaction.atomic
def reseal_factors(*, by: Staff | Command) -> int:
    """Seal secrets of older ring keys by the newest; returns how many. After a new DATA_KEYS."""
    require(by, Capability.MANAGE_SYSTEM)
    older = PhoneFactor.objects.exclude(key__startswith=f"{ring().current}.")
    devices = list(older.select_for_update().order_by("pk"))
    for device in devices:
        device.seal_anew()
        device.save(update_fields=["key"])
    if devices:
        record(by, Event.Action.SETTING, factors=len(devices), ring_key=ring().current)
    return len(devices)


def _new_recovery_codes(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "恢复码"})
    device.token_set.all().delete()
    codes = [new_code(10) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=kept_code(user.pk, code)) for code in codes
    )
    return codes
