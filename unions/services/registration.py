"""A new member of staff in one step."""

from datetime import date

from django.db import transaction

from unions.models import Staff, Union, User
from unions.permissions import Capability, grant_capability, require
from unions.services.accounts import create_account, issue_activation_code
from unions.services.staff import post_staff


@transaction.atomic
def create_staff(
    *,
    by: Staff,
    username: str,
    full_name: str,
    union: Union,
    role: str,
    phone: str = "",
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> tuple[Staff, str]:
    """Make the account, give the posting, issue the code; returns both, the code for the slip.

    Raises ValidationError: as create_account and post_staff.
    """
    require(by, grant_capability(role), at=union)
    user = create_account(by=by, username=username, full_name=full_name, phone=phone)
    staff = post_staff(
        by=by, user=user, union=union, role=role, title=title, starts_on=starts_on, ends_on=ends_on
    )
    return staff, issue_activation_code(by=by, user=user)


@transaction.atomic
def register_account(
    *, by: Staff, username: str, full_name: str, phone: str = ""
) -> tuple[User, str]:
    """Make an account without a posting, for whom another administrator appoints.

    Raises ValidationError: as create_account.
    """
    require(by, Capability.REGISTER_ACCOUNTS)
    user = create_account(by=by, username=username, full_name=full_name, phone=phone)
    return user, issue_activation_code(by=by, user=user)
