"""Conditions of the list of hardship files, and its work lists as one of them."""

from collections.abc import Callable
from typing import Any, Final

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from beneficiaries import slots
from beneficiaries.lifecycle import Status
from beneficiaries.models import HardshipFile, SpotCheck
from beneficiaries.models.hardship_file import HardshipFileQuerySet
from beneficiaries.waiting import waiting_for
from relief.codes.models import Code
from unions.lists.conditions import ListFilter, SubtreeFilter
from unions.models import Staff

WAITING: Final = "waiting"
#: Work lists: what one is called, in the order of the choice.
WORK: Final = (
    (WAITING, "等我办"),
    ("unchanged", "一年未改"),
    ("unhelped", "未帮扶过"),
    ("yearly", "年审到期"),
    ("look_back", "该回头看"),
    ("spot_check", "抽查名单"),
)


def _codes(list_key: str) -> Any:
    """Old values stay in the choice: files of their years are looked for, too."""
    return lambda: [(code.pk, code.name) for code in Code.objects.of(list_key)]


def _without_aid(files: HardshipFileQuerySet) -> HardshipFileQuerySet:
    for people in slots.helped_people.items():
        files = files.exclude(person__in=people)
    return files


def _waiting(files: HardshipFileQuerySet, staff: Staff) -> HardshipFileQuerySet:
    return files.filter(pk__in=waiting_for(staff).values("pk"))


def _drawn(files: HardshipFileQuerySet, staff: Staff) -> HardshipFileQuerySet:
    drawn = SpotCheck.objects.of_year(timezone.localdate().year).open()
    return files.filter(pk__in=drawn.values("file"))


_WORK_LISTS: Final[dict[str, Callable[[HardshipFileQuerySet, Staff], HardshipFileQuerySet]]] = {
    WAITING: _waiting,
    "unchanged": lambda files, staff: files.due_for_review(timezone.localdate()),
    "unhelped": lambda files, staff: _without_aid(files.active()),
    "yearly": lambda files, staff: files.due_for_yearly_review(timezone.localdate()),
    "look_back": lambda files, staff: files.due_for_looking_back(timezone.localdate()),
    "spot_check": _drawn,
}


class FileFilter(ListFilter):
    work = django_filters.ChoiceFilter(
        label="工作清单", choices=WORK, method="in_work_list", empty_label="全部"
    )
    union = SubtreeFilter()
    year = django_filters.NumberFilter(
        label="年度",
        min_value=1990,
        max_value=2100,
        widget=forms.NumberInput(attrs={"class": "is-short"}),
    )
    status = django_filters.ChoiceFilter(label="状态", choices=Status.choices, empty_label="全部")
    hardship_class = django_filters.ChoiceFilter(
        label="困难类别", choices=_codes("hardship_class"), empty_label="全部"
    )
    main_cause = django_filters.ChoiceFilter(
        label="主要致困原因", choices=_codes("hardship_cause"), empty_label="全部"
    )
    is_temporary = django_filters.ChoiceFilter(
        label="临时救助", choices=[("1", "只看临时"), ("0", "不看临时")], empty_label="全部"
    )

    class Meta:
        model = HardshipFile
        fields = (
            "work",
            "union",
            "year",
            "status",
            "hardship_class",
            "main_cause",
            "is_temporary",
        )

    def in_work_list(self, queryset: HardshipFileQuerySet, name: str, value: str) -> QuerySet[Any]:
        return _WORK_LISTS[value](queryset, self.staff) if value else queryset
