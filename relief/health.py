"""What a supervisor asks: is the process alive, is the system ready. And where CSP reports go."""

import ipaddress
import json
import logging
import re
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from relief.jobs.models import Job
from relief.lib.access import public
from relief.lib.address import client_address
from relief.lib.slots import Slot
from relief.pending_migrations import pending_migrations

logger = logging.getLogger(__name__)

LONGEST_QUEUE_AGE = timedelta(minutes=5)
LEAST_FREE_DISK = 0.10
_REPORT_BYTES = 16 * 1024
_RULE = re.compile(r"[a-z-]{1,40}")
_PAGE = re.compile(r"/[\w/-]{0,119}", re.ASCII)

#: Further checks of higher apps (key ring, chain): pairs of a name and whether it is well.
readiness: Slot[[], tuple[str, bool]] = Slot("readiness")


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches no database: a database that is away is no reason to restart."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests can be served: names and yes or no, never versions or host names."""
    if not _may_ask(request):
        raise Http404
    checks = {"database": _database_answers(), "disk": _disk_has_room()}
    if checks["database"]:
        checks |= {"migrations": not pending_migrations(), "queue": _queue_moves()}
        checks |= dict(readiness.items())
    ready = all(checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


#: Lines of reports a minute in one process, and of one address.
REPORTS_A_MINUTE = 60
REPORTS_OF_AN_ADDRESS = 10


@dataclass
class _Reported:
    minute: int = 0
    by_address: Counter[str | None] = field(default_factory=Counter)


_reported = _Reported()
_reports_lock = threading.Lock()


@public
@csrf_exempt  # the browser itself sends these; it has no token to send
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log which rule was broken on which page, and nothing else of what is sent."""
    if len(request.body) > _REPORT_BYTES:
        return HttpResponse(status=413)
    try:
        report = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    body = report.get("csp-report") if isinstance(report, dict) else None
    if not isinstance(body, dict):
        return HttpResponse(status=400)
    rule, page = _rule_and_page(body)
    if _has_room(client_address(request)):
        logger.warning("csp report", extra={"rule": rule, "page": page})
    return HttpResponse(status=204)


def _has_room(address: str | None) -> bool:
    """Whether this report gets a line: anybody may send them, and nobody may fill the disk."""
    minute = int(time.monotonic() // 60)
    with _reports_lock:
        if _reported.minute != minute:
            _reported.minute = minute
            _reported.by_address.clear()
        if _reported.by_address.total() >= REPORTS_A_MINUTE:
            return False
        _reported.by_address[address] += 1
        return _reported.by_address[address] <= REPORTS_OF_AN_ADDRESS


def _rule_and_page(body: dict[str, Any]) -> tuple[str, str]:
    rule = str(body.get("effective-directive") or body.get("violated-directive") or "").split(" ")
    try:
        page = urlsplit(str(body.get("document-uri") or "")).path
    except ValueError:
        page = ""
    return (
        rule[0] if _RULE.fullmatch(rule[0]) else "-",
        page if _PAGE.fullmatch(page) else "-",
    )


def _may_ask(request: HttpRequest) -> bool:
    """Every address the request came through must be on the list: the peer and what it forwards.

    A proxy on the same machine makes everybody's peer address loopback, so the peer is not enough.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    addresses = [request.META["REMOTE_ADDR"], *filter(None, forwarded.split(","))]
    networks = [ipaddress.ip_network(name) for name in settings.READINESS_NETWORKS]
    return all(_is_inside(address.strip(), networks) for address in addresses)


def _is_inside(address: str, networks: list[Any]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _database_answers() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1000")
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("readiness: %s", error)
        return False
    return True


def _queue_moves() -> bool:
    return not Job.objects.queued_before(timezone.now() - LONGEST_QUEUE_AGE).exists()


def _disk_has_room() -> bool:
    folder = Path(settings.MEDIA_ROOT)
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free > usage.total * LEAST_FREE_DISK
