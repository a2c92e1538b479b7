"""The columns of the exported union list; the first six are those that the import reads."""

from relief.lib.tables import Column, Table
from unions.filters import UnionFilter
from unions.lists.listing import Listing, register
from unions.models import Staff, Union
from unions.models.union import UnionQuerySet
from unions.permissions import Capability


def _visible(staff: Staff) -> UnionQuerySet:
    return Union.objects.visible_to(staff).select_related("parent")


UNIONS = register(
    Listing(
        title="机构名单",
        rows=_visible,
        filters=UnionFilter,
        capabilities=(Capability.VIEW_UNIONS,),
        table=Table(
            name="unions",
            unit="个机构",
            default_order=("path",),
            columns=(
                Column("code", "编码", value="code", order_by=("code",), always=True),
                Column("name", "名称", value="name", order_by=("pinyin",), always=True),
                Column("kind", "类型", value="get_kind_display", order_by=("kind",)),
                Column(
                    "parent",
                    "上级编码",
                    value=lambda union: union.parent.code if union.parent else "",
                ),
                Column("region_code", "行政区划代码", value="region_code"),
                Column("opened_on", "成立日期", value="opened_on", kind="date"),
                Column("closed_on", "撤销日期", value="closed_on", kind="date"),
            ),
        ),
    ),
)
