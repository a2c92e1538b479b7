"""Who edits a hardship file: its own union, and nobody above it who has clerks below.

Higher levels review and send back. A union without anybody who enters records leaves that to the
nearest union above that has somebody. Source: DOMAIN §3.8 "Data owner rule".
"""

from django.core.exceptions import PermissionDenied

from unions.models import Staff, Union
from unions.permissions import Capability, has, require, roles_with
from unions.scope import ancestor_paths

REFUSAL = "只有建档机构能修改这份档案，上级机构可以审核或退回。"


def keeper_path(union: Union) -> str:
    """The path of the union that enters the records of this one."""
    clerks = Staff.objects.live().filter(
        role__in=roles_with(Capability.ENTER_RECORDS), union__path__in=ancestor_paths(union.path)
    )
    nearest = clerks.order_by("-union__path").values_list("union__path", flat=True).first()
    return nearest or union.path


def edits(staff: Staff, union: Union) -> bool:
    """Whether the posting enters the records of that union."""
    return has(staff, Capability.ENTER_RECORDS) and staff.union.path == keeper_path(union)


def require_keeper(by: Staff, union: Union) -> None:
    """Raises PermissionDenied: somebody else enters the records of that union."""
    require(by, Capability.ENTER_RECORDS, at=union)
    if by.union.path != keeper_path(union):
        raise PermissionDenied(REFUSAL)
