"""The list of staff."""

from typing import Any

from django.urls import reverse

from relief.lib.tables import Column, Table, Tag
from unions.filters import StaffFilter
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.models.staff import StaffQuerySet
from unions.permissions import Capability


def _page_of(staff: Any) -> str:
    return reverse("staff-detail", args=[staff.pk])


def _state(staff: Staff) -> Tag:
    if not staff.user.is_active:
        return Tag("账号停用", "err")
    if staff.is_coming():
        return Tag("未开始", "info")
    return Tag("在岗", "ok") if staff.is_live() else Tag("已结束", "mute")


def _visible(staff: Staff) -> StaffQuerySet:
    return Staff.objects.visible_to(staff).with_people()


STAFF_LIST = register(
    Listing(
        title="人员名单",
        rows=_visible,
        filters=StaffFilter,
        capabilities=(Capability.VIEW_STAFF,),
        table=Table(
            name="staff",
            unit="个岗位",
            default_order=("union__path", "role", "pk"),
            columns=(
                Column(
                    "name",
                    "姓名",
                    value=lambda staff: staff.user.full_name,
                    order_by=("user__pinyin",),
                    link=_page_of,
                    always=True,
                ),
                Column("username", "用户名", value="user.username", order_by=("user__username",)),
                Column("union", "机构", value="union.name", order_by=("union__path",)),
                Column("role", "角色", value="get_role_display", kind="code", order_by=("role",)),
                Column("title", "职务", value="title", default=False),
                Column("phone", "办公电话", value="user.phone", kind="code", default=False),
                Column(
                    "starts_on", "开始", value="starts_on", kind="date", order_by=("starts_on",)
                ),
                Column("ends_on", "结束", value="ends_on", kind="date", order_by=("ends_on",)),
                Column("state", "状态", value=_state, kind="tag"),
            ),
        ),
    ),
)
