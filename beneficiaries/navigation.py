"""This app's lines of the side navigation."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet, Value

from beneficiaries import ledger_stand, same_person_panels, waiting
from unions.models import Staff
from unions.permissions import Capability
from unions.slots import NavigationItem

#: Group 1 of the navigation: 困难职工台账.
OWN: tuple[NavigationItem, ...] = (
    NavigationItem(
        "台账名单",
        "people-list",
        "people",
        group=1,
        needs=(Capability.READ_RECORDS,),
        also_below=("/categories/", "/papers/", "/consents/"),
        on_phone=True,
    ),
)


def items(staff: Staff) -> Iterator[NavigationItem]:
    counts = _counts(staff)
    yield from OWN
    yield NavigationItem(
        "困难档案",
        "file-list",
        "file",
        group=1,
        needs=(Capability.READ_RECORDS,),
        count=counts["files"],
        also_below=("/members/",),
        on_phone=True,
    )
    yield NavigationItem(
        "台账导入",
        "ledger-list",
        "upload",
        group=1,
        needs=(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS),
        count=counts["ledgers"],
    )
    yield NavigationItem(
        "疑似重复",
        "doubles-list",
        "people",
        group=1,
        needs=(Capability.READ_RECORDS,),
    )
    yield NavigationItem(
        "转移申请",
        "transfer-list",
        "arrow-right",
        group=1,
        needs=(Capability.READ_RECORDS,),
        count=counts["requests"],
        also_below=("/links/",),
    )
    yield NavigationItem(
        "单位",
        "workplace-list",
        "box",
        group=1,
        needs=(Capability.READ_RECORDS,),
    )
    yield NavigationItem(
        "低保标准",
        "standard-list",
        "money",
        group=8,
        needs=(Capability.KEEP_STANDARDS,),
    )


def _counts(staff: Staff) -> dict[str, int]:
    """What waits for the posting. The side navigation stands on every page: one query for all."""
    files = _counted("files", waiting.waiting_for(staff))
    ledgers = _counted("ledgers", ledger_stand.waiting_for(staff))
    requests = _counted("requests", same_person_panels.to_answer(staff))
    found = files.union(ledgers, requests, all=True)
    return {"files": 0, "ledgers": 0, "requests": 0} | dict(found)


def _counted(name: str, rows: QuerySet[Any]) -> QuerySet[Any, tuple[str, int]]:
    named = rows.order_by().annotate(what=Value(name)).values("what").annotate(number=Count("pk"))
    counted: QuerySet[Any, tuple[str, int]] = named.values_list("what", "number")
    return counted
