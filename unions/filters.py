"""Declared filters of this app's lists (django-filter)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Event, EventQuerySet
from relief.lib.widgets import DayInput
from unions.models import Staff, Union, User
from unions.models.staff import StaffQuerySet
from unions.models.union import UnionQuerySet
from unions.permissions import Role


class StaffFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="姓名、用户名、拼音", method="search")
    role = django_filters.ChoiceFilter(label="角色", choices=Role.choices, empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("live", "在岗"), ("ended", "已结束"), ("disabled", "账号停用")],
        method="in_state",
        empty_label="全部",
    )

    class Meta:
        model = Staff
        fields = ("q", "role", "state")

    def search(self, queryset: StaffQuerySet, name: str, value: str) -> StaffQuerySet:
        return queryset.matching(value)

    def in_state(self, queryset: StaffQuerySet, name: str, value: str) -> QuerySet[Any]:
        if value == "live":
            return queryset.live()
        if value == "disabled":
            return queryset.filter(user__is_active=False)
        return queryset.filter(ends_on__lt=timezone.localdate())


class UnionFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="名称、编码、拼音", method="search")
    kind = django_filters.ChoiceFilter(label="类型", choices=Union.Kind.choices, empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("open", "在用"), ("closed", "已撤销")],
        method="in_state",
        empty_label="全部",
    )

    class Meta:
        model = Union
        fields = ("q", "kind", "state")

    def search(self, queryset: UnionQuerySet, name: str, value: str) -> UnionQuerySet:
        return queryset.matching(value)

    def in_state(self, queryset: UnionQuerySet, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(closed_on__isnull=value == "open")


class EventFilter(django_filters.FilterSet):
    person = django_filters.CharFilter(label="操作人", method="by_person")
    action = django_filters.ChoiceFilter(
        label="动作", choices=Event.Action.choices, empty_label="全部"
    )
    result = django_filters.ChoiceFilter(
        label="结果", choices=Event.Result.choices, empty_label="全部"
    )
    since = django_filters.DateFilter(
        label="从", field_name="at", lookup_expr="date__gte", widget=DayInput
    )
    until = django_filters.DateFilter(
        label="到", field_name="at", lookup_expr="date__lte", widget=DayInput
    )
    kind = django_filters.ChoiceFilter(
        label="对象",
        field_name="object_type",
        empty_label="全部",
        choices=[
            ("unions.Union", "机构"),
            ("unions.Staff", "岗位"),
            ("unions.User", "账号"),
            ("unions.UnionUpload", "机构导入"),
            ("jobs.Job", "任务"),
        ],
    )
    about = django_filters.CharFilter(label="对象编号", field_name="object_id")

    class Meta:
        model = Event
        fields = ("person", "action", "result", "since", "until", "kind", "about")

    def by_person(self, queryset: EventQuerySet, name: str, value: str) -> QuerySet[Any]:
        people = User.objects.filter(full_name__icontains=value.strip()).values("pk")
        return queryset.filter(actor_id__in=people)
