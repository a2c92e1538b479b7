"""What the landing page (P2) shows a posting: its figures, where to begin, what it did last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from audit.models import Event
from unions import slots
from unions.log_names import with_names
from unions.models import AccountRequest, Staff, Union
from unions.object_history import kind_of
from unions.permissions import Capability, has
from unions.scope import visible_events
from unions.slots import Figure, Shortcut, Task

#: Acts of coming and going: nobody asks the landing page about them.
_COMING_AND_GOING = (
    Event.Action.LOG_IN,
    Event.Action.LOG_OUT,
    Event.Action.LOG_IN_FAILED,
    Event.Action.LOCKED_OUT,
    Event.Action.SECOND_FACTOR,
    Event.Action.REAUTHENTICATE,
    Event.Action.POSTING_SWITCH,
    Event.Action.ACCESS_DENIED,
    Event.Action.LIMIT_REACHED,
)
SHOWN = 6

_OWN = (
    Shortcut(
        "新建人员",
        "开账号、任命岗位、打印激活单",
        "staff-create",
        "people",
        (Capability.MANAGE_STAFF,),
    ),
    Shortcut(
        "新建机构", "在树上加一个下级工会", "union-create", "tree", (Capability.MANAGE_UNIONS,)
    ),
    Shortcut(
        "导入机构名单",
        "用 Excel 一次登记许多机构",
        "union-import",
        "upload",
        (Capability.MANAGE_UNIONS,),
    ),
    Shortcut(
        "登记账号",
        "先开账号，再由安全管理员任命",
        "account-create",
        "person",
        (Capability.REGISTER_ACCOUNTS,),
    ),
    Shortcut(
        "任命岗位",
        "给已有账号的人一个岗位",
        "staff-post",
        "key",
        (Capability.GRANT_ADMINISTRATORS,),
    ),
    Shortcut(
        "代码表",
        "类别、致困原因等选项",
        "admin:index",
        "settings",
        (Capability.MANAGE_SYSTEM,),
    ),
    Shortcut("查操作日志", "谁在什么时候做了什么", "log-list", "log", (Capability.READ_LOG,)),
    Shortcut("看机构", "本机构和下面的工会", "union-list", "tree", (Capability.VIEW_UNIONS,)),
)
_LAST = Shortcut("看帮助", "每个页面怎么用，有哪些快捷键", "help", "help", ())
MOST = 5


@dataclass(frozen=True)
class Done:
    """One of the posting's last acts, in words."""

    at: datetime
    what: str
    about: str


def shortcuts_for(staff: Staff | None) -> list[Shortcut]:
    """What the posting may begin, the business first, the help last."""
    given = slots.shortcuts.items(staff) if staff else []
    allowed = [
        shortcut
        for shortcut in (*given, *_OWN)
        if any(has(staff, capability) for capability in shortcut.needs)
    ]
    return [*allowed[:MOST], _LAST]


def figures(staff: Staff) -> Iterator[Figure]:
    if has(staff, Capability.VIEW_UNIONS):
        number = Union.objects.visible_to(staff).open().count()
        yield Figure("机构", number, "个", "本机构及下级，在用", reverse("union-list"))
    if has(staff, Capability.VIEW_STAFF):
        number = Staff.objects.visible_to(staff).live().count()
        url = f"{reverse('staff-list')}?state=live"
        yield Figure("在岗岗位", number, "个", "一人可以有几个岗位", url)


def tasks(staff: Staff) -> Iterator[Task]:
    """Requests about accounts that take a second administrator."""
    if not has(staff, Capability.RECOVER_ACCOUNTS):
        return
    asked = AccountRequest.objects.open().exclude(requested_by=staff.user)
    people = Staff.objects.visible_to(staff).with_people()
    for request in asked.exclude(user=staff.user).order_by("requested_at"):
        posting = people.filter(user=request.user_id).order_by("-starts_on", "-pk").first()
        if posting is not None:
            yield Task(
                f"确认：{request.get_kind_display()}，{posting.user.full_name}",
                reverse("staff-detail", args=[posting.pk]),
                "todo",
                note="要第二位管理员核实本人后确认",
            )


def last_done(staff: Staff) -> list[Done]:
    """The newest acts of the person that changed or took out something."""
    acts = visible_events(staff).filter(actor_id=staff.user_id, result=Event.Result.DONE)
    newest = with_names(acts.exclude(action__in=_COMING_AND_GOING), staff).newest_first()[:SHOWN]
    return [Done(event.at, event.get_action_display(), _about(event)) for event in newest]


def _about(event: Event) -> str:
    name: str = getattr(event, "object_name", "")
    kind = kind_of(event.object_type)
    return f"{kind} {name}".strip()
