"""Parts of services that have asked already whether it is allowed; nothing else may import them."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice

from audit.models import Event
from unions.models import PhoneFactor, Staff, User
from unions.paper_codes import new_code
from unions.permissions import Capability, Command, roles_with
from unions.services.messages import notify
from unions.services.trail import record
from unions.standing import takes_two

CODE_LENGTH = 12


@transaction.atomic
def give_code(*, by: Staff | Command, user: User) -> str:
    """A new activation code.

    The password in use stays until the code is used, so a wrongly issued code locks nobody out.
    """
    code = new_code(CODE_LENGTH)
    User.objects.filter(pk=user.pk).update(
        activation_hash=make_password(code),
        activation_expires_at=timezone.now() + settings.ACTIVATION_CODE_AGE,
    )
    record(by, Event.Action.ISSUE_CODE, user)
    _tell_those_concerned(by, user)
    return code


@transaction.atomic
def forget_factors(*, by: Staff, user: User) -> None:
    """Remove every device and code of the account and end its sessions."""
    PhoneFactor.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(auth_version=F("auth_version") + 1)


def _tell_those_concerned(by: Staff | Command, user: User) -> None:
    """A fresh code for an account in use is told to the person; if it takes two, to keepers."""
    if isinstance(by, Command) or user.password_set_at is None:
        return
    text = f"{by.user.full_name}给账号{user.username}发了激活码，不是本人要求的请马上联系管理员。"
    told = {user}
    if takes_two(user):
        roles = roles_with(Capability.RECOVER_ACCOUNTS)
        keepers = Staff.objects.live().filter(role__in=roles).exclude(user=by.user)
        told |= {staff.user for staff in keepers.with_people()}
    for person in told:
        notify(by=by, to=person, kind="security", text=text)
