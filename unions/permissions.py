"""What each role may do: the one table that views, services, navigation and the matrix read.

三员分立: the three administrators keep accounts, rights and logs, and have no business right.
Source: DESIGN §4, DOMAIN §1.2 and §9.2.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import models

if TYPE_CHECKING:
    from unions.models import Staff, Union


class Role(models.TextChoices):
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"
    AUDITOR = "auditor", "经审员"
    DISTRICT_ADMIN = "district_admin", "区级管理员"
    LEADER = "leader", "区领导"
    FINANCE = "finance", "财务"
    CHECKER = "checker", "复核"
    MAKER = "maker", "经办"
    REPORTER = "reporter", "基层上报员"


class Capability(StrEnum):
    VIEW_UNIONS = "view_unions"
    MANAGE_UNIONS = "manage_unions"
    VIEW_STAFF = "view_staff"
    MANAGE_STAFF = "manage_staff"  # postings of business roles
    GRANT_ADMINISTRATORS = "grant_administrators"  # postings of the roles in ADMINISTRATORS
    MANAGE_ACCOUNTS = "manage_accounts"  # create, activation code, disable, enable
    REGISTER_ACCOUNTS = "register_accounts"  # accounts that have no posting yet
    #: With a second administrator: a lost second factor, the lost password of an administrator.
    RECOVER_ACCOUNTS = "recover_accounts"
    END_SESSIONS = "end_sessions"
    READ_LOG = "read_log"
    READ_SYSTEM_LOG = "read_system_log"  # what belongs to no union, read at the root
    MANAGE_SYSTEM = "manage_system"  # code lists and other data of the system administration
    KEEP_STANDARDS = "keep_standards"  # 低保标准 by place and day
    SET_RULES = "set_rules"  # when files are posted, and for how long
    EXPORT = "export"
    EXPORT_RECORDS = "export_records"  # lists of people and files: EXPORT of who reads records
    REVEAL = "reveal"
    PRINT_FULL_ID = "print_full_id"
    ERASE_PEOPLE = "erase_people"  # destroy what is known about a person, for ever
    READ_RECORDS = "read_records"  # people, campaigns, money: everything of the business
    ENTER_RECORDS = "enter_records"
    CHECK_RECORDS = "check_records"
    PLAN_CAMPAIGNS = "plan_campaigns"  # make, run and close campaigns with their rules and targets
    APPROVE_CAMPAIGNS = "approve_campaigns"  # agree to plans and standards that others made
    PAY = "pay"
    REPORT_UPWARD = "report_upward"
    KEEP_FUNDS = "keep_funds"  # funds and their plans, kinds of goods, donors
    MOVE_FUNDS = "move_funds"  # receive, purchase, allot, return, reverse
    ACKNOWLEDGE = "acknowledge"  # that what was allotted has arrived
    COUNT_GOODS = "count_goods"  # donations and stock: one counts, another one confirms


C = Capability

CAPABILITIES: MappingProxyType[str, frozenset[Capability]] = MappingProxyType(
    {
        Role.SYSTEM_ADMIN: frozenset(
            {
                C.VIEW_UNIONS,
                C.VIEW_STAFF,
                C.MANAGE_SYSTEM,
                C.KEEP_STANDARDS,
                C.MANAGE_ACCOUNTS,
                C.REGISTER_ACCOUNTS,
                C.RECOVER_ACCOUNTS,
                C.END_SESSIONS,
            }
        ),
        Role.SECURITY_ADMIN: frozenset(
            {
                C.VIEW_UNIONS,
                C.VIEW_STAFF,
                C.GRANT_ADMINISTRATORS,
                C.RECOVER_ACCOUNTS,
                C.END_SESSIONS,
            }
        ),
        Role.AUDIT_ADMIN: frozenset(
            {C.VIEW_UNIONS, C.VIEW_STAFF, C.READ_LOG, C.READ_SYSTEM_LOG, C.EXPORT}
        ),
        Role.AUDITOR: frozenset(
            {
                C.VIEW_UNIONS,
                C.VIEW_STAFF,
                C.READ_LOG,
                C.READ_RECORDS,
                C.EXPORT,
                C.EXPORT_RECORDS,
                C.REVEAL,
            }
        ),
        Role.DISTRICT_ADMIN: frozenset(
            {
                C.VIEW_UNIONS,
                C.MANAGE_UNIONS,
                C.KEEP_STANDARDS,
                C.SET_RULES,
                C.VIEW_STAFF,
                C.MANAGE_STAFF,
                C.MANAGE_ACCOUNTS,
                C.END_SESSIONS,
                C.READ_LOG,
                C.READ_RECORDS,
                C.ENTER_RECORDS,
                C.PLAN_CAMPAIGNS,
                C.REPORT_UPWARD,
                C.EXPORT,
                C.EXPORT_RECORDS,
                C.REVEAL,
                C.PRINT_FULL_ID,
                C.ERASE_PEOPLE,
                C.KEEP_FUNDS,
            }
        ),
        Role.LEADER: frozenset({C.VIEW_UNIONS, C.READ_RECORDS}),
        Role.FINANCE: frozenset(
            {
                C.VIEW_UNIONS,
                C.READ_RECORDS,
                C.PAY,
                C.EXPORT,
                C.EXPORT_RECORDS,
                C.REVEAL,
                C.PRINT_FULL_ID,
                C.KEEP_FUNDS,
                C.MOVE_FUNDS,
                C.ACKNOWLEDGE,
                C.COUNT_GOODS,
            }
        ),
        Role.CHECKER: frozenset(
            {
                C.VIEW_UNIONS,
                C.VIEW_STAFF,
                C.READ_RECORDS,
                C.CHECK_RECORDS,
                C.APPROVE_CAMPAIGNS,
                C.EXPORT,
                C.EXPORT_RECORDS,
                C.REVEAL,
                C.ACKNOWLEDGE,
                C.COUNT_GOODS,
            }
        ),
        Role.MAKER: frozenset(
            {
                C.VIEW_UNIONS,
                C.VIEW_STAFF,
                C.READ_RECORDS,
                C.ENTER_RECORDS,
                C.PLAN_CAMPAIGNS,
                C.REPORT_UPWARD,
                C.EXPORT,
                C.EXPORT_RECORDS,
                C.REVEAL,
                C.PRINT_FULL_ID,
                C.ACKNOWLEDGE,
                C.COUNT_GOODS,
            }
        ),
        Role.REPORTER: frozenset({C.VIEW_UNIONS, C.READ_RECORDS, C.REPORT_UPWARD, C.ACKNOWLEDGE}),
    }
)

#: Roles that only a security administrator may grant; every other role is the district's business.
ADMINISTRATORS = frozenset(
    {
        Role.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDIT_ADMIN,
        Role.AUDITOR,
        Role.DISTRICT_ADMIN,
    }
)


def roles_with(capability: Capability) -> frozenset[str]:
    return frozenset(role for role, held in CAPABILITIES.items() if capability in held)


def has(staff: "Staff | None", capability: Capability) -> bool:
    """Whether the posting's role carries the capability; no posting carries none."""
    return staff is not None and capability in CAPABILITIES[staff.role]


@dataclass(frozen=True)
class Command:
    """A command of the operator, by its name: it acts without a posting, and may do everything."""

    name: str


def require(by: "Staff | Command", capability: Capability, *, at: "Union | None" = None) -> None:
    """Refuse who is not entitled or acts outside the own subtree; services ask before they tell.

    Raises PermissionDenied, also for nobody: an account without a posting is no command.
    """
    if isinstance(by, Command):
        return
    if by is None:
        raise PermissionDenied("您现在没有任职岗位。")
    if not by.is_live():
        raise PermissionDenied("这个岗位已经结束。")
    if not has(by, capability):
        raise PermissionDenied(f"{by.get_role_display()}没有这项权限。")
    if at is not None and not at.path.startswith(by.union.path):
        raise PermissionDenied("对象不在您所在机构的范围内。")


def grant_capability(role: str) -> Capability:
    """The capability that granting (or ending) this role takes."""
    if role in ADMINISTRATORS:
        return Capability.GRANT_ADMINISTRATORS
    return Capability.MANAGE_STAFF
