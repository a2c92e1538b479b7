"""Conditions of the list of people (P5)."""

import re
from typing import Any, Final

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone

from beneficiaries.lifecycle import UNDER_REVIEW, Status
from beneficiaries.models import Beneficiary, CategoryMembership, HardshipFile
from beneficiaries.models.beneficiary import BeneficiaryQuerySet
from beneficiaries.models.hardship_file import HardshipFileQuerySet
from beneficiaries.people_rows import having_file, without_file
from relief.codes.models import Code
from unions.lists.conditions import ListFilter, SubtreeFilter

NO_FILE: Final = "none"
#: What a person's present file is at, in the words of the choice.
STATES: Final = {
    "active": ("在档", frozenset({Status.ACTIVE})),
    "review": ("审核中", UNDER_REVIEW),
    "draft": ("草稿", frozenset({Status.DRAFT})),
    "ended": ("已退出", frozenset({Status.RELIEVED, Status.CLOSED})),
    "rejected": ("不予建档", frozenset({Status.REJECTED})),
}
#: More digits than a tail has: an ID number or a phone, which never stands in an address.
_NUMBER: Final = re.compile(r"\d(?:[\s-]*\d){5,}")
_USE_THE_BOX: Final = "完整的证件号、手机号请填在“按号码查找”里，这里填尾号 4 位就够了。"


def carries_number(params: QueryDict) -> bool:
    """Whether somebody typed a whole number where it becomes part of the address."""
    return any(is_whole_number(typed) for typed in params.getlist("q"))


def is_whole_number(typed: str) -> bool:
    return bool(_NUMBER.search(typed))


def _codes(list_key: str) -> Any:
    """Ended values stay in the choice: people of their years are looked for, too."""
    return lambda: [(code.pk, code.name) for code in Code.objects.of(list_key)]


class KeywordField(forms.CharField):
    """A name, its pinyin or initials, or the last four of an ID number. Never a whole number."""

    widget = forms.TextInput(
        attrs={
            "type": "search",
            "autocomplete": "off",
            "maxlength": "60",
            # The browser itself keeps back what must not get into the address.
            "pattern": r"(?!.*\d[\s\-]*\d[\s\-]*\d[\s\-]*\d[\s\-]*\d[\s\-]*\d).*",
            "title": _USE_THE_BOX,
            "data-relief-keyword": True,
        }
    )

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if is_whole_number(typed):
            raise ValidationError(_USE_THE_BOX, code="whole_number")
        return typed


class KeywordFilter(django_filters.CharFilter):
    field_class = KeywordField


class PersonFilter(ListFilter):
    q = KeywordFilter(label="姓名、拼音、证件尾号", method="search")
    union = SubtreeFilter()
    category = django_filters.ChoiceFilter(
        label="类别", choices=_codes("category"), method="in_category", empty_label="全部"
    )
    hardship_class = django_filters.ChoiceFilter(
        label="困难类别", choices=_codes("hardship_class"), method="by_file", empty_label="全部"
    )
    main_cause = django_filters.ChoiceFilter(
        label="致困原因", choices=_codes("hardship_cause"), method="by_file", empty_label="全部"
    )
    state = django_filters.ChoiceFilter(
        label="档案",
        choices=[*((key, label) for key, (label, _) in STATES.items()), (NO_FILE, "无档案")],
        method="in_state",
        empty_label="全部",
    )
    review = django_filters.ChoiceFilter(
        label="年审",
        choices=[("unchanged", "一年未改"), ("yearly", "年审到期")],
        method="due",
        empty_label="全部",
    )
    invented = django_filters.ChoiceFilter(
        label="虚构人物",
        field_name="is_invented",
        choices=[("1", "只看虚构"), ("0", "不看虚构")],
        empty_label="全部",
    )

    class Meta:
        model = Beneficiary
        fields = (
            "q",
            "union",
            "category",
            "hardship_class",
            "main_cause",
            "state",
            "review",
            "invented",
        )

    @property
    def _files(self) -> HardshipFileQuerySet:
        return HardshipFile.objects.visible_to(self.staff)

    def search(self, queryset: BeneficiaryQuerySet, name: str, value: str) -> BeneficiaryQuerySet:
        return queryset.matching(value)

    def in_category(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        held = CategoryMembership.objects.on(timezone.localdate()).filter(category=value)
        return queryset.filter(Exists(held.filter(beneficiary=OuterRef("pk"))))

    def by_file(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return having_file(queryset, self._files.filter(**{name: value}))

    def in_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == NO_FILE:
            return without_file(queryset, self._files)
        _, statuses = STATES[value]
        return having_file(queryset, self._files.filter(status__in=statuses))

    def due(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        today = timezone.localdate()
        if value == "unchanged":
            return having_file(queryset, self._files.due_for_review(today))
        return having_file(queryset, self._files.due_for_yearly_review(today))
