"""The list of 低保 standards."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lead
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import LivingStandard
from relief.lib.tables import Column, Table, Tag
from unions.lists.conditions import ListFilter
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.permissions import Capability


class StandardFilter(ListFilter):
    place = django_filters.CharFilter(label="地区", method="at_place")
    kind = django_filters.ChoiceFilter(
        label="城乡", choices=LivingStandard.Kind.choices, empty_label="全部"
    )

    class Meta:
        model = LivingStandard
        fields = ("place", "kind")

    def at_place(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(region__name__icontains=value.strip())


def _visible(staff: Staff) -> QuerySet[Any]:
    """Of all places: the standard is public, and files come from everywhere."""
    following = Window(
        Lead("starts_on"), partition_by=[F("region"), F("kind")], order_by=F("starts_on").asc()
    )
    return LivingStandard.objects.select_related("region__parent").annotate(followed_on=following)


def _last_day(standard: Any) -> Any:
    return standard.followed_on - timedelta(days=1) if standard.followed_on else None


def _state(standard: Any) -> Tag:
    today = timezone.localdate()
    if standard.starts_on > today:
        return Tag("还没生效", "info")
    is_over = standard.followed_on is not None and standard.followed_on <= today
    return Tag("已被新的代替", "mute") if is_over else Tag("现行", "ok")


STANDARD_LIST = register(
    Listing(
        title="低保标准",
        rows=_visible,
        filters=StandardFilter,
        capabilities=(Capability.READ_RECORDS, Capability.KEEP_STANDARDS),
        table=Table(
            name="standards",
            unit="条",
            default_order=("region__key", "kind", "-starts_on"),
            columns=(
                Column(
                    "region",
                    "地区",
                    value="region.name",
                    order_by=("region__key",),
                    link=lambda standard: reverse("standard-change", args=[standard.pk]),
                    always=True,
                ),
                Column("kind", "城乡", value="get_kind_display", order_by=("kind",)),
                Column("amount", "元/月", kind="money", order_by=("amount",)),
                Column("starts_on", "从", kind="date", order_by=("starts_on",)),
                Column("last_day", "到", value=_last_day, kind="date"),
                Column("state", "状态", value=_state, kind="tag"),
                Column("document", "文号或出处", value="document"),
            ),
        ),
    ),
)
