"""The list of accounts that have no posting."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from relief.lib.tables import Column, Table, Tag
from unions.filters import AccountFilter
from unions.lists.listing import Listing, register
from unions.models import User
from unions.permissions import Capability
from unions.scope import accounts_without_posting


def _page_of(user: Any) -> str:
    return f"{reverse('account-detail')}?{urlencode({'username': user.username})}"


def _state(user: User) -> Tag:
    if not user.is_active:
        return Tag("账号停用", "err")
    if user.password_set_at:
        return Tag("已激活", "ok")
    return Tag("等本人激活" if user.is_awaiting_activation() else "激活码已过期", "warn")


ACCOUNT_LIST = register(
    Listing(
        title="没有岗位的账号",
        rows=accounts_without_posting,
        filters=AccountFilter,
        capabilities=(Capability.RECOVER_ACCOUNTS,),
        table=Table(
            name="accounts",
            unit="个账号",
            default_order=("-created_at", "pk"),
            columns=(
                Column(
                    "name",
                    "姓名",
                    value="full_name",
                    order_by=("pinyin",),
                    link=_page_of,
                    always=True,
                ),
                Column("username", "用户名", value="username", order_by=("username",), always=True),
                Column("phone", "办公电话", value="phone"),
                Column(
                    "created_at",
                    "建立",
                    value="created_at",
                    kind="datetime",
                    order_by=("created_at",),
                ),
                Column("state", "状态", value=_state, kind="tag"),
            ),
        ),
    ),
)
