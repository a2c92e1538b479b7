"""What every page shows around its content: who I am, where I can go, what waits for me."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from unions import slots
from unions.models import Message, Staff, User
from unions.permissions import CAPABILITIES, Capability, has
from unions.slots import CampaignLink, NavigationItem


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    icon: str
    count: int = 0
    is_current: bool = False


class Posting(NamedTuple):
    id: int
    label: str
    is_current: bool


@dataclass(frozen=True)
class Shell:
    staff: Staff | None = None
    user: User | None = None
    postings: list[Posting] = field(default_factory=list)
    campaign: CampaignLink | None = None
    campaigns: list[CampaignLink] = field(default_factory=list)
    navigation: list[list[Link]] = field(default_factory=list)
    tabs: list[Link] = field(default_factory=list)
    account: list[Link] = field(default_factory=list)
    #: Names of the posting's capabilities, for templates: {% if "export" in shell.can %}.
    can: frozenset[str] = frozenset()
    unread: int = 0
    notices: list[tuple[str, str]] = field(default_factory=list)


HOME = NavigationItem("首页", "home", "home", group=0, on_phone=True)
OWN = (
    NavigationItem(
        "机构",
        "union-list",
        "tree",
        group=8,
        needs=(Capability.VIEW_UNIONS,),
        url_names=(
            "union-detail",
            "union-create",
            "union-change",
            "union-move",
            "union-close",
            "union-merge",
            "union-import",
            "union-import-apply",
        ),
        on_phone=True,
    ),
    NavigationItem(
        "人员",
        "staff-list",
        "people",
        group=8,
        needs=(Capability.VIEW_STAFF,),
        url_names=(
            "staff-detail",
            "staff-create",
            "staff-post",
            "staff-end",
            "staff-hand-over",
            "account-disable",
            "account-enable",
            "activation-issue",
            "account-request",
            "activation-slip",
            "account-list",
            "account-detail",
            "account-create",
        ),
        on_phone=True,
    ),
    NavigationItem(
        "操作日志",
        "log-list",
        "log",
        group=9,
        needs=(Capability.READ_LOG,),
        url_names=("log-object",),
    ),
    NavigationItem("导入导出记录", "job-list", "download", group=9, url_names=("job-progress",)),
    NavigationItem(
        "系统管理", "admin:index", "settings", group=9, needs=(Capability.MANAGE_SYSTEM,)
    ),
    NavigationItem("帮助", "help", "help", group=9),
)

ACCOUNT = (
    NavigationItem("我的账号", "account", "person"),
    NavigationItem("消息", "message-list", "mail"),
)


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` for templates/base.html."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": Shell()}
    staff: Staff | None = getattr(request, "staff", None)
    links = _navigation(request, staff)
    campaigns = slots.campaigns.items(request)
    return {
        "shell": Shell(
            staff=staff,
            user=user,
            postings=_postings(request, staff),
            campaign=next((campaign for campaign in campaigns if campaign.is_current), None),
            campaigns=campaigns,
            navigation=links,
            tabs=_tabs(request, staff),
            can=frozenset(CAPABILITIES[staff.role]) if staff else frozenset(),
            account=[_link(request, item) for item in ACCOUNT],
            unread=Message.objects.to(user, staff).unread().count(),
            notices=_notices(staff),
        )
    }


def _items(staff: Staff | None) -> list[NavigationItem]:
    given = slots.navigation.items(staff) if staff else []
    return [HOME, *sorted([*given, *OWN], key=lambda item: item.group)]


def _allowed(staff: Staff | None, item: NavigationItem) -> bool:
    return not item.needs or any(has(staff, capability) for capability in item.needs)


def _link(request: HttpRequest, item: NavigationItem) -> Link:
    match = request.resolver_match
    here = match.view_name if match else ""
    return Link(
        label=item.label,
        url=reverse(item.url_name),
        icon=item.icon,
        count=item.count,
        is_current=here in {item.url_name, *item.url_names},
    )


def _navigation(request: HttpRequest, staff: Staff | None) -> list[list[Link]]:
    groups: dict[int, list[Link]] = {}
    for item in _items(staff):
        if _allowed(staff, item):
            groups.setdefault(item.group, []).append(_link(request, item))
    return list(groups.values())


def _tabs(request: HttpRequest, staff: Staff | None) -> list[Link]:
    items = [item for item in _items(staff) if item.on_phone and _allowed(staff, item)]
    return [_link(request, item) for item in items[:5]]


def _postings(request: HttpRequest, current: Staff | None) -> list[Posting]:
    return [
        Posting(
            id=staff.pk,
            label=f"{staff.union.name} · {staff.get_role_display()}",
            is_current=current is not None and staff.pk == current.pk,
        )
        for staff in getattr(request, "postings", ())
    ]


def _notices(staff: Staff | None) -> list[tuple[str, str]]:
    if staff is None:
        return [("warn", "您现在没有任职岗位，只能看自己的账号。请联系管理员任命岗位。")]
    if has(staff, Capability.MANAGE_SYSTEM) and not settings.HTTPS:
        return [("warn", "现在没有启用 HTTPS，同一网络里的人可能看到传输内容。请尽快配置证书。")]
    return []
