"""The list of workplaces."""

from typing import Any

import django_filters
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from beneficiaries.models import Beneficiary, Workplace
from beneficiaries.models.workplace import WorkplaceQuerySet
from relief.lib.tables import Column, Table, Tag
from unions.lists.conditions import ListFilter, SubtreeFilter
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.permissions import Capability


class WorkplaceFilter(ListFilter):
    q = django_filters.CharFilter(label="名称、信用代码、拼音", method="search")
    union = SubtreeFilter()
    kind = django_filters.ChoiceFilter(
        label="类型", choices=Workplace.Kind.choices, empty_label="全部"
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("open", "在用"), ("closed", "已注销")],
        method="in_state",
        empty_label="全部",
    )

    class Meta:
        model = Workplace
        fields = ("q", "union", "kind", "state")

    def search(self, queryset: WorkplaceQuerySet, name: str, value: str) -> WorkplaceQuerySet:
        return queryset.matching(value)

    def in_state(self, queryset: WorkplaceQuerySet, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(closed_on__isnull=value == "open")


def state_of(workplace: Workplace) -> Tag:
    return Tag("已注销", "mute") if workplace.closed_on else Tag("在用", "ok")


def _page_of(workplace: Any) -> str:
    return reverse("workplace-detail", args=[workplace.pk])


def _visible(staff: Staff) -> QuerySet[Any]:
    workers = (
        Beneficiary.objects.visible_to(staff)
        .current()
        .filter(workplace=OuterRef("pk"))
        .order_by()
        .values("workplace")
        .annotate(number=Count("pk"))
        .values("number")
    )
    places = Workplace.objects.visible_to(staff).select_related(
        "union", "employer_kind", "industry"
    )
    return places.annotate(people=Coalesce(Subquery(workers, output_field=IntegerField()), 0))


WORKPLACES = register(
    Listing(
        title="单位名单",
        rows=_visible,
        filters=WorkplaceFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="workplaces",
            unit="家",
            default_order=("pinyin", "pk"),
            columns=(
                Column("name", "单位", order_by=("pinyin",), link=_page_of, always=True),
                Column("kind", "类型", value="get_kind_display", order_by=("kind",)),
                Column("union", "所属机构", value="union.name", order_by=("union__path",)),
                Column("people", "登记的人", kind="number"),
                Column("worker_count", "职工人数", kind="number", order_by=("worker_count",)),
                Column("industry", "所属行业", value="industry.name"),
                Column("employer_kind", "单位性质", value="employer_kind.name", default=False),
                Column("credit_code", "统一社会信用代码", default=False),
                Column("address", "地址", default=False),
                Column(
                    "closed_on", "注销日期", kind="date", order_by=("closed_on",), default=False
                ),
                Column("state", "状态", value=state_of, kind="tag"),
            ),
        ),
    ),
)
