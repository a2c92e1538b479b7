"""The columns of the operations log."""

from typing import Any

from django.urls import reverse

from audit.models import Event, EventQuerySet
from relief.lib.tables import Column, Table, Tag
from unions.filters import EventFilter
from unions.lists.listing import Listing, register
from unions.log_names import with_names
from unions.log_words import actor_of, subject_of
from unions.models import Staff
from unions.object_history import tracked_model
from unions.permissions import Capability, Role
from unions.scope import visible_events


def _visible(staff: Staff) -> EventQuerySet:
    return with_names(visible_events(staff), staff)


def _role(event: Event) -> str:
    return dict(Role.choices).get(event.role, "")


def _result(event: Any) -> Tag:
    kind = "ok" if event.result == Event.Result.DONE else "err"
    return Tag(event.get_result_display(), kind)


def _object_page(event: Any) -> str:
    is_kept = bool(event.object_type) and tracked_model(event.object_type) is not None
    if not (is_kept and event.is_readable):
        return ""
    return reverse("log-object", args=[event.object_type, event.object_id])


LOG = register(
    Listing(
        title="操作日志",
        rows=_visible,
        filters=EventFilter,
        capabilities=(Capability.READ_LOG,),
        table=Table(
            name="log",
            default_order=("-id",),
            columns=(
                Column("at", "时间", value="at", kind="datetime", order_by=("id",), always=True),
                Column("actor", "操作人", value=actor_of, always=True),
                Column("role", "角色", value=_role, kind="code"),
                Column("action", "动作", value="get_action_display", order_by=("action",)),
                Column("object", "对象", value=subject_of, link=_object_page),
                Column("result", "结果", value=_result, kind="tag", order_by=("result",)),
                Column("reason", "理由", value="reason"),
                Column(
                    "address", "来源地址", value=lambda event: event.address or "", default=False
                ),
                Column("request", "请求编号", value="request_id", default=False),
                Column(
                    "link", "链", value=lambda event: f"{event.chain} {event.seq}", default=False
                ),
            ),
        ),
    ),
)
