"""What every page shows around its content: who I am, where I can go, what waits for me."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
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


HOME = NavigationItem("首页", "home", "home", group=0, on_phone=True)
OWN = (
    NavigationItem(
        "机构",
        "union-list",
        "tree",
        group=8,
        needs=(Capability.VIEW_UNIONS,),
        on_phone=True,
    ),
    NavigationItem(
        "人员",
        "staff-list",
        "people",
        group=8,
        needs=(Capability.VIEW_STAFF,),
        on_phone=True,
    ),
    NavigationItem(
        "操作日志",
        "log-list",
        "log",
        group=9,
        needs=(Capability.READ_LOG,),
    ),
    NavigationItem("导入导出记录", "job-list", "download", group=9),
    NavigationItem(
        "系统管理", "admin:index", "settings", group=9, needs=(Capability.MANAGE_SYSTEM,)
    ),
    NavigationItem("帮助", "help", "help", group=9),
)

#: As many as the bar at the foot of a phone has room for.
MOST_TABS = 5
ACCOUNT = (
    NavigationItem("我的账号", "account", "person"),
    NavigationItem("消息", "message-list", "mail"),
)


class Shell:
    """Each part is made when a template asks for it: a fragment asks for none."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)
        self.user: User | None = user if isinstance(user, User) else None
        self.staff: Staff | None = getattr(request, "staff", None)

    @property
    def can(self) -> frozenset[str]:
        """Names of the posting's capabilities: {% if "export" in shell.can %}."""
        return frozenset(CAPABILITIES[self.staff.role]) if self.staff else frozenset()

    @cached_property
    def postings(self) -> list[Posting]:
        return [
            Posting(
                id=staff.pk,
                label=f"{staff.union.name} · {staff.get_role_display()}",
                is_current=self.staff is not None and staff.pk == self.staff.pk,
            )
            for staff in getattr(self._request, "postings", ())
        ]

    @cached_property
    def campaigns(self) -> list[CampaignLink]:
        return slots.campaigns.items(self._request) if self.user else []

    @property
    def campaign(self) -> CampaignLink | None:
        """The one that is worked in."""
        return next((campaign for campaign in self.campaigns if campaign.is_current), None)

    @cached_property
    def navigation(self) -> list[list[Link]]:
        groups: dict[int, list[Link]] = {}
        for item, link in self._links:
            groups.setdefault(item.group, []).append(link)
        return list(groups.values())

    @cached_property
    def tabs(self) -> list[Link]:
        return [link for item, link in self._links if item.on_phone][:MOST_TABS]

    @cached_property
    def account(self) -> list[Link]:
        return [_link(item) for item in ACCOUNT] if self.user else []

    @cached_property
    def unread(self) -> int:
        return Message.objects.to(self.user, self.staff).unread().count() if self.user else 0

    @cached_property
    def notices(self) -> list[tuple[str, str]]:
        return _notices(self.staff, self._request.get_host()) if self.user else []

    @cached_property
    def _links(self) -> list[tuple[NavigationItem, Link]]:
        """What the posting may open, in the order of the navigation."""
        if self.user is None:
            return []
        given = slots.navigation.items(self.staff) if self.staff else []
        items = [HOME, *sorted([*given, *OWN], key=lambda item: item.group)]
        allowed = [item for item in items if _allowed(self.staff, item)]
        here = place_of(self._request.path, allowed)
        return [(item, _link(item, is_current=item is here)) for item in allowed]


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` for templates/base.html."""
    return {"shell": Shell(request)}


def place_of(path: str, items: Iterable[NavigationItem]) -> NavigationItem | None:
    """The item below whose address the page lies, the longest first; home only for itself."""
    home = reverse(HOME.url_name)
    found = [
        (len(place), item)
        for item in items
        for place in (reverse(item.url_name), *item.also_below)
        if path == place or (place != home and path.startswith(place))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _allowed(staff: Staff | None, item: NavigationItem) -> bool:
    return not item.needs or any(has(staff, capability) for capability in item.needs)


def _link(item: NavigationItem, *, is_current: bool = False) -> Link:
    return Link(
        label=item.label,
        url=reverse(item.url_name),
        icon=item.icon,
        count=item.count,
        is_current=is_current,
    )


def _notices(staff: Staff | None, host: str) -> list[tuple[str, str]]:
    if staff is None:
        return [("warn", "您现在没有任职岗位，只能看自己的账号。请联系管理员任命岗位。")]
    if has(staff, Capability.MANAGE_SYSTEM) and not settings.HTTPS and not _is_this_machine(host):
        return [("warn", "现在没有启用 HTTPS，同一网络里的人可能看到传输内容。请尽快配置证书。")]
    return []


def _is_this_machine(host: str) -> bool:
    """What goes to a loopback address is seen by no network."""
    name, _ = split_domain_port(host)
    return name in {"localhost", "[::1]"} or re.fullmatch(r"127(\.\d{1,3}){3}", name) is not None
