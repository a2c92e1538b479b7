"""A list of unions as any app would declare one, with the addresses it needs."""

import django_filters
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST, require_safe

from relief.lib.regions import render_region
from relief.lib.tables import Column, Table, Tag
from relief.urls import handler400, handler403, handler404, handler500
from unions.access import StaffRequest, needs
from unions.lists.conditions import ListFilter
from unions.lists.exports import export
from unions.lists.listing import Listing, register
from unions.lists.page import list_page
from unions.models import Staff, Union
from unions.models.union import UnionQuerySet
from unions.permissions import Capability

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

SAMPLE = Table(
    name="sample",
    unit="家",
    default_order=("path",),
    page_size=20,
    columns=(
        Column("name", "名称", order_by=("name",), always=True, link=lambda union: "/x/"),
        Column("code", "编码", order_by=("code",)),
        Column("kind", "类型", value="get_kind_display", order_by=("kind", "code")),
        Column("parent", "上级", value="parent.name", order_by=("parent__name",)),
        Column("version", "版本", kind="number", total="sum", order_by=("version",)),
        Column("opened_on", "成立", kind="date", order_by=("opened_on",), total="count"),
        Column("state", "状态", kind="tag", value=lambda union: Tag("在用", "ok")),
        Column("region", "区划", value="region_code", default=False),
        Column("secret", "不导出", value="code", export=False),
    ),
)


class SampleFilter(ListFilter):
    q = django_filters.CharFilter(label="名称", field_name="name", lookup_expr="contains")
    kind = django_filters.MultipleChoiceFilter(label="类型", choices=Union.Kind.choices)
    opened = django_filters.DateFromToRangeFilter(label="成立", field_name="opened_on")
    since = django_filters.DateFilter(label="从", field_name="opened_on", lookup_expr="gte")
    top = django_filters.BooleanFilter(label="顶级", field_name="parent", lookup_expr="isnull")

    class Meta:
        model = Union
        fields = ("q", "kind", "opened", "since", "top")


def visible(staff: Staff) -> UnionQuerySet:
    return Union.objects.visible_to(staff).select_related("parent")


SAMPLES = register(
    Listing(
        SAMPLE,
        "机构名单",
        rows=visible,
        filters=SampleFilter,
        capabilities=(Capability.VIEW_UNIONS,),
    )
)


@needs(Capability.VIEW_UNIONS)
@require_safe
def union_list(request: StaffRequest) -> HttpResponse:
    return render_region(request, "sample/union_list.html", list_page(request, SAMPLES))


@needs(Capability.VIEW_UNIONS)
@require_POST
def union_export(request: StaffRequest) -> HttpResponse:
    return export(request, SAMPLES)


urlpatterns = [
    path("sample/", union_list, name="sample-list"),
    path("sample/export/", union_export, name="sample-export"),
    path("", include("relief.urls")),
]
