"""Declared filters of this app's lists (django-filter)."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from audit.models import Event, EventQuerySet
from relief.jobs.models import Job
from relief.lib.history import tracked_models
from relief.lib.pinyin import full_pinyin
from unions.lists.conditions import DayFilter, ListFilter, SubtreeFilter, refuse_reversed
from unions.log_names import about_named
from unions.models import Staff, Union, UnionUpload, User
from unions.models.staff import StaffQuerySet
from unions.models.union import UnionQuerySet
from unions.models.user import people_called
from unions.permissions import Role


class StaffFilter(ListFilter):
    q = django_filters.CharFilter(label="姓名、用户名、拼音", method="search")
    union = SubtreeFilter()
    role = django_filters.ChoiceFilter(label="角色", choices=Role.choices, empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[
            ("live", "在岗"),
            ("coming", "未开始"),
            ("ended", "已结束"),
            ("disabled", "账号停用"),
        ],
        method="in_state",
        empty_label="全部",
    )

    class Meta:
        model = Staff
        fields = ("q", "union", "role", "state")

    def search(self, queryset: StaffQuerySet, name: str, value: str) -> StaffQuerySet:
        return queryset.matching(value)

    def in_state(self, queryset: StaffQuerySet, name: str, value: str) -> QuerySet[Any]:
        if value == "live":
            return queryset.live()
        if value == "coming":
            return queryset.coming()
        if value == "disabled":
            return queryset.filter(user__is_active=False)
        return queryset.filter(ends_on__lt=timezone.localdate())


class AccountFilter(ListFilter):
    q = django_filters.CharFilter(label="姓名、用户名、拼音", method="search")

    class Meta:
        model = User
        fields = ("q",)

    def search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return queryset.filter(people_called(value))


class UnionFilter(ListFilter):
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


def _kinds() -> list[tuple[str, str]]:
    """What an event can be about: all whose history is kept, imports and jobs."""
    models: set[type[Model]] = {*tracked_models(), UnionUpload, Job}
    named = [(model._meta.label, str(model._meta.verbose_name)) for model in models]
    return sorted(named, key=lambda kind: full_pinyin(kind[1]))


class EventFilter(ListFilter):
    person = django_filters.CharFilter(label="操作人、拼音", method="by_person")
    about = django_filters.CharFilter(label="对象的名称或编号", method="by_object")
    since = DayFilter(label="从", method="from_day")
    until = DayFilter(label="到", method="to_day")
    kind = django_filters.ChoiceFilter(
        label="对象",
        field_name="object_type",
        empty_label="全部",
        choices=_kinds,
    )
    action = django_filters.ChoiceFilter(
        label="动作", choices=Event.Action.choices, empty_label="全部"
    )
    result = django_filters.ChoiceFilter(
        label="结果", choices=Event.Result.choices, empty_label="全部"
    )

    class Meta:
        model = Event
        fields = ("person", "about", "since", "until", "kind", "action", "result")

    def check(self, form: forms.Form) -> None:
        refuse_reversed(form, "since", "until")

    def by_person(self, queryset: EventQuerySet, name: str, value: str) -> QuerySet[Any]:
        people = User.objects.filter(people_called(value)).values("pk")
        return queryset.filter(actor_id__in=people)

    def by_object(self, queryset: EventQuerySet, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(Q(object_id=value) | about_named(self.staff, value))

    def from_day(self, queryset: EventQuerySet, name: str, value: date) -> QuerySet[Any]:
        return queryset.filter(at__gte=_moment(value, time.min))  # the index is by moment

    def to_day(self, queryset: EventQuerySet, name: str, value: date) -> QuerySet[Any]:
        return queryset.filter(at__lte=_moment(value, time.max))


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
