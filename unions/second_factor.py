"""The second factor (动态口令): TOTP by django-otp, single use, with recovery codes.

Demanded of everybody who holds a role of settings.SECOND_FACTOR_ROLES, whatever posting they work
in now, and of everybody who has set one up. Source: SECURITY §2.2.
"""

from base64 import b32encode
from math import ceil
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as otp_login
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice

from relief.env import SettingError
from unions.models import PhoneFactor, Staff, User
from unions.paper_codes import kept_code
from unions.permissions import Capability, Role, has

#: Session key of the secret, sealed, of a device that is being set up.
SETUP_KEY = "factor_setup"
PHONE_DIGITS = 6


def is_demanded(user: User) -> bool:
    """Whether any live posting of the account has a role that must have a second factor."""
    roles = settings.SECOND_FACTOR_ROLES
    return bool(roles) and Staff.objects.live().filter(user=user, role__in=roles).exists()


def device_of(user: User) -> PhoneFactor | None:
    found: PhoneFactor | None = (
        PhoneFactor.objects.filter(user=user, confirmed=True).order_by("id").first()
    )
    return found


def is_satisfied(request: HttpRequest) -> bool:
    """Whether this session may go on: verified, or nothing to verify."""
    user = request.user
    if user.is_verified():  # type: ignore[union-attr]  # added by OTPMiddleware
        return True
    if not isinstance(user, User):
        return False
    return device_of(user) is None and not is_demanded(user)


def may_administer(request: HttpRequest) -> bool:
    """Whether this session may enter the system administration: in that very posting."""
    return has(getattr(request, "staff", None), Capability.MANAGE_SYSTEM) and is_satisfied(request)


def unconfirmed_device(request: HttpRequest) -> PhoneFactor:
    """The device being set up; its secret stays the same until it is confirmed.

    The page only shows it, so the session keeps the secret until a code is posted
    (`services.factors.offer_factor`): a GET writes no row.
    """
    device = PhoneFactor.new_for(request.user)  # type: ignore[arg-type]  # whoever is signed in
    device.key = request.session.setdefault(SETUP_KEY, device.key)
    offered = PhoneFactor.objects.filter(user=request.user, confirmed=False, key=device.key)
    return offered.order_by("id").first() or device


class Answer(NamedTuple):
    """What became of a code."""

    is_right: bool
    #: Seconds until the next try is judged.
    wait: int = 0
    #: Recovery codes that are left after one was used up; None for a code of the phone.
    codes_left: int | None = None


@transaction.atomic
def verify(request: HttpRequest, user: User, code: str) -> Answer:
    """Check a code of the phone or a recovery code; each is good once, also at the same moment.

    After a wrong one the next is judged later, ever later; until then none is, not even the right.
    """
    typed = "".join(code.split()).upper()
    devices = _devices(user, typed)
    for device in devices:
        token = kept_code(user.pk, typed) if isinstance(device, StaticDevice) else typed
        if device.verify_is_allowed()[0] and device.verify_token(token):
            otp_login(request, device)
            left = device.token_set.count() if isinstance(device, StaticDevice) else None
            return Answer(is_right=True, codes_left=left)
    return Answer(is_right=False, wait=max(map(wait_for, devices), default=0))


def wait_for(device: Device) -> int:
    """Whole seconds until a code for the device is judged again."""
    is_allowed, why = device.verify_is_allowed()
    until = (why or {}).get("locked_until")
    return 0 if is_allowed or until is None else ceil((until - timezone.now()).total_seconds())


def _devices(user: User, typed: str) -> list[Device]:
    """Digits are of the phone, all else is a recovery code: a wrong one does not lock the other."""
    model = PhoneFactor if len(typed) <= PHONE_DIGITS and typed.isdigit() else StaticDevice
    return list(model.objects.select_for_update().filter(user=user, confirmed=True))


def readable_secret(device: PhoneFactor) -> str:
    """The secret for typing by hand, in groups of four."""
    secret = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def refuse_unknown_roles() -> None:
    """Stop the start on a misspelt role: it would switch the second factor off without a word."""
    unknown = set(settings.SECOND_FACTOR_ROLES) - set(Role.values)
    if unknown:
        known, wrong = ", ".join(Role.values), ", ".join(sorted(unknown))
        raise SettingError(
            f"SECOND_FACTOR_ROLES 里没有 {wrong} 这个角色。",
            f"SECOND_FACTOR_ROLES: {wrong} not among {known}.",
        )
