"""This app's lines of the side navigation."""

from collections.abc import Iterator

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
    yield from OWN
    yield NavigationItem(
        "困难档案",
        "file-list",
        "file",
        group=1,
        needs=(Capability.READ_RECORDS,),
        count=sum(entry.number for entry in waiting.counts(staff)),
        also_below=("/members/",),
        on_phone=True,
    )
    yield NavigationItem(
        "台账导入",
        "ledger-list",
        "upload",
        group=1,
        needs=(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS),
        count=sum(entry.number for entry in ledger_stand.counts(staff)),
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
        count=same_person_panels.to_answer(staff),
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
