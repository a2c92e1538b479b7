"""This app's lines of the side navigation."""

from collections.abc import Iterator

from beneficiaries import waiting
from unions.models import Staff
from unions.permissions import Capability
from unions.slots import NavigationItem

#: Group 1 of the navigation: 困难职工台账.
OWN: tuple[NavigationItem, ...] = (
    NavigationItem(
        "困难职工台账",
        "people-list",
        "people",
        group=1,
        needs=(Capability.READ_RECORDS,),
        url_names=(
            "people-find",
            "people-export",
            "person-create",
            "person-detail",
            "person-change",
            "person-reveal",
        ),
        on_phone=True,
    ),
)

#: Pages of one file; 困难档案 stays marked on them.
FILE_PAGES = (
    "file-detail",
    "file-create",
    "file-change",
    "file-reveal",
    "file-submit",
    "file-step",
    "file-withdraw",
    "file-look",
    "file-renew",
    "file-income",
    "file-exclusions",
    "file-print",
    "file-print-full",
    "file-open",
    "file-notice",
    "spot-check-draw",
    "publicity-rule-list",
    "publicity-rule-change",
    "member-create",
    "member-change",
    "member-remove",
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
        url_names=FILE_PAGES,
        on_phone=True,
    )
    yield NavigationItem(
        "低保标准",
        "standard-list",
        "money",
        group=8,
        needs=(Capability.KEEP_STANDARDS,),
        url_names=("standard-create", "standard-change"),
    )
