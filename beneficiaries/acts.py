"""What can be done with a hardship file: at which status, by whom, where.

Pages offer from here; the authority is in the services. Source: DOMAIN §3.8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from beneficiaries import lifecycle
from beneficiaries.lifecycle import Status
from beneficiaries.models import HardshipFile
from beneficiaries.ownership import edits
from unions.models import Staff, Union
from unions.permissions import Capability, has

#: 核对 and 审批 are done where the 帮扶中心 is: at a district or above.
DECIDING: Final = frozenset({Union.Kind.DISTRICT, Union.Kind.CITY, Union.Kind.PROVINCE})
_ENDED: Final = frozenset({Status.RELIEVED, Status.CLOSED})


@dataclass(frozen=True)
class Act:
    """One thing to do. `url_name` takes the file's key, and the act's key where it is a step."""

    key: str
    label: str
    statuses: frozenset[Status]
    needs: Capability
    url_name: str = "file-step"
    at_district: bool = False
    is_danger: bool = False
    #: Leads the file on its way: the one button that stands out.
    is_next: bool = False

    @property
    def is_step(self) -> bool:
        return self.url_name == "file-step"


C, S = Capability, Status
ACTS: Final = (
    Act("submit", "提交申报", frozenset({S.DRAFT}), C.ENTER_RECORDS, "file-submit", is_next=True),
    Act("first-review", "初审", frozenset({S.APPLIED}), C.CHECK_RECORDS, is_next=True),
    Act("publicity", "结束公示", frozenset({S.PUBLICITY}), C.CHECK_RECORDS, is_next=True),
    Act("review", "复核", frozenset({S.REVIEW}), C.CHECK_RECORDS, is_next=True),
    Act(
        "comparison",
        "核对",
        frozenset({S.COMPARISON}),
        C.CHECK_RECORDS,
        at_district=True,
        is_next=True,
    ),
    Act(
        "approve", "审批", frozenset({S.APPROVAL}), C.CHECK_RECORDS, at_district=True, is_next=True
    ),
    Act("return", "退回补正", lifecycle.UNDER_REVIEW, C.CHECK_RECORDS),
    Act("reject", "不予建档", lifecycle.UNDER_REVIEW, C.CHECK_RECORDS, is_danger=True),
    Act("regular", "转为正式档案", frozenset({S.ACTIVE}), C.CHECK_RECORDS),
    Act("look", "登记核查", frozenset({S.ACTIVE}), C.ENTER_RECORDS, "file-look"),
    Act("look-back", "登记回头看", frozenset({S.RELIEVED}), C.ENTER_RECORDS, "file-look"),
    Act("renew", "转入下一年度", frozenset({S.ACTIVE}) | _ENDED, C.ENTER_RECORDS, "file-renew"),
    Act(
        "exit",
        "脱困或注销",
        frozenset({S.ACTIVE, S.RELIEVED}),
        C.CHECK_RECORDS,
        is_danger=True,
    ),
    Act(
        "withdraw",
        "撤回草稿",
        frozenset({S.DRAFT}),
        C.ENTER_RECORDS,
        "file-withdraw",
        is_danger=True,
    ),
)
#: Of an erased person nothing is handed in or begun any more; a file can only be ended.
_ABOUT_SOMEBODY: Final = frozenset({"submit", "renew", "regular", "approve"})
BY_KEY: Final = {act.key: act for act in ACTS}


def offered(staff: Staff, file: HardshipFile) -> Iterator[Act]:
    """What this posting can do with the file now."""
    is_keeper = edits(staff, file.union)
    for act in ACTS:
        if file.status not in act.statuses or not has(staff, act.needs):
            continue
        if act.needs == Capability.ENTER_RECORDS and not is_keeper:
            continue
        if act.needs == Capability.CHECK_RECORDS and not _may_check(staff, file, act):
            continue
        if act.key == "regular" and not file.is_temporary:
            continue
        if file.person.erased_at and act.key in _ABOUT_SOMEBODY:
            continue
        yield act


def may_take(staff: Staff, file: HardshipFile, key: str) -> bool:
    """Whether the posting can take this step of a checker now; asks the database nothing."""
    act = BY_KEY[key]
    return file.status in act.statuses and has(staff, act.needs) and _may_check(staff, file, act)


def _may_check(staff: Staff, file: HardshipFile, act: Act) -> bool:
    if act.at_district and staff.union.kind not in DECIDING:
        return False
    return file.status not in lifecycle.UNDER_REVIEW or file.applied_by_id != staff.user_id
