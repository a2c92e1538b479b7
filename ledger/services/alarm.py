"""The nightly look at the ledger, told to whom it concerns."""

import logging
from typing import Final

from django.conf import settings
from django.db.models import Q

from ledger.checks import breaches
from unions.models import Staff, User
from unions.permissions import Capability, Command, Role, roles_with
from unions.services.messages import notify

logger = logging.getLogger(__name__)
_NAMED: Final = 20


def report_breaches() -> int:
    """Log the first breaches; tell the auditors and the keepers of the system; returns how many.

    Breaches name keys and sums, never a person.
    """
    found = list(breaches(str(settings.ANCHOR_DIR)))
    if not found:
        return 0
    logger.error("ledger breaches: %s in all, first: %s", len(found), "; ".join(found[:_NAMED]))
    text = f"夜间检查发现款物账有 {len(found)} 处不符，请运维运行 check_ledger 查看，并保留现场。"
    concerned = Q(role=Role.AUDITOR) | Q(role__in=roles_with(Capability.MANAGE_SYSTEM))
    postings = Staff.objects.live().filter(concerned)
    for person in User.objects.filter(pk__in=postings.values("user")).order_by("pk"):
        notify(by=Command("check_ledger"), to=person, kind="security", text=text)
    return len(found)
