"""Whose account somebody may look after."""

from typing import Final

from django.core.exceptions import PermissionDenied

from unions.models import Staff, User
from unions.permissions import ADMINISTRATORS, Capability, Command, has, require, roles_with


def require_over(by: Staff | Command, user: User, capability: Capability) -> None:
    """The capability, and standing over every posting of the account.

    Raises PermissionDenied: a posting outside the own subtree, or an administrator's account.
    """
    require(by, capability)
    if isinstance(by, Command):
        return
    postings = _postings(user)
    is_keeper = _keeps_administrators(by)
    if not postings and not is_keeper:
        raise PermissionDenied("这个账号没有岗位，由系统管理员维护。")
    for posting in postings:
        if not posting.union.path.startswith(by.union.path):
            raise PermissionDenied("这个账号还有您范围之外的岗位，请找上级管理员。")
        if posting.role in ADMINISTRATORS and not is_keeper:
            raise PermissionDenied("管理类账号由系统管理员或安全管理员维护。")


def require_reach(by: Staff, user: User) -> None:
    """Whether an account may be given a posting: one of the own subtree, or one just made.

    Otherwise a posting would be a way to end a stranger's sessions, to block his own district from
    looking after him, or to get a code for an account that nobody holds yet.
    Raises PermissionDenied.
    """
    if _keeps_administrators(by) or Staff.objects.visible_to(by).filter(user=user).exists():
        return
    is_new = not user.activation_hash and user.password_set_at is None
    if not is_new or Staff.objects.filter(user=user).exists():
        raise PermissionDenied("这个账号不在您的范围内，请找上级管理员任命。")


def is_within_reach(by: Staff, user: User) -> bool:
    """Whether `require_reach` would pass."""
    try:
        require_reach(by, user)
    except PermissionDenied:
        return False
    return True


def may_look_after(by: Staff, user: User, capability: Capability) -> bool:
    """Whether `require_over` would pass; pages show the action only then."""
    try:
        require_over(by, user, capability)
    except PermissionDenied:
        return False
    return True


#: Roles whose hand is never the maker's (DESIGN §8.13).
_OTHER_HANDS: Final = roles_with(Capability.CHECK_RECORDS) | roles_with(Capability.PAY)


def takes_two(user: User) -> bool:
    """Whether no single administrator may give this account a new code: it is in use, and mighty.

    One of the three administrators could otherwise take over another one's account, and whoever
    keeps the accounts of a district could check and pay what he entered himself.
    """
    if user.password_set_at is None:
        return False
    postings = Staff.objects.standing().filter(user=user)
    return is_mighty(user) or postings.filter(role__in=_OTHER_HANDS).exists()


def is_mighty(user: User) -> bool:
    """Whether the account holds an administrator's posting, now or soon.

    Also while it is disabled: who disables it could enable it again with a code of his own.
    """
    return Staff.objects.standing().filter(user=user, role__in=ADMINISTRATORS).exists()


def _keeps_administrators(by: Staff) -> bool:
    """Anybody else who looked after administrators could take their accounts over with a code."""
    return has(by, Capability.RECOVER_ACCOUNTS)


def _postings(user: User) -> list[Staff]:
    """The postings that have not ended; where all have ended, the ended ones."""
    postings = Staff.objects.filter(user=user).select_related("union", "user")
    return list(postings.standing()) or list(postings)
