"""The nightly look at the registry, told to who keeps the system."""

import logging
from itertools import islice
from typing import Final

from beneficiaries.registry_checks import registry_breaks
from unions.models import Staff
from unions.permissions import Capability, Command, roles_with
from unions.services.messages import notify

logger = logging.getLogger(__name__)
_NAMED: Final = 20


def report_breaks() -> int:
    """Log the first breaches, and leave each keeper of the system one message; returns how many.

    Breaches name rows and columns, never a value.
    """
    breaks = registry_breaks()
    first = list(islice(breaks, _NAMED))
    count = len(first) + sum(1 for _ in breaks)
    if not count:
        return 0
    logger.error("registry breaches: %s in all, first: %s", count, " ".join(first))
    text = (
        f"夜间检查发现帮扶对象的数据有 {count} 处与加密的内容不符，请运维运行 check_registry 查看。"
    )
    keepers = Staff.objects.live().filter(role__in=roles_with(Capability.MANAGE_SYSTEM))
    for staff in keepers.select_related("user"):
        notify(by=Command("check_registry"), to=staff.user, staff=staff, kind="security", text=text)
    return count
