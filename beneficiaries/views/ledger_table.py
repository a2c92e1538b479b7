"""The list of imports."""

from typing import Any

import django_filters
from django import forms
from django.urls import reverse

from beneficiaries.ledger_stand import KINDS
from beneficiaries.models import LedgerImport
from beneficiaries.models.ledger_import import LedgerImportQuerySet
from relief.lib.tables import Column, Table, Tag
from unions.lists.conditions import ListFilter, SubtreeFilter
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.permissions import Capability


class LedgerFilter(ListFilter):
    status = django_filters.ChoiceFilter(
        label="状态", choices=LedgerImport.Status.choices, empty_label="全部"
    )
    union = SubtreeFilter()
    year = django_filters.NumberFilter(
        label="年度",
        min_value=1990,
        max_value=2100,
        widget=forms.NumberInput(attrs={"class": "is-short"}),
    )

    class Meta:
        model = LedgerImport
        fields = ("status", "union", "year")


def _page_of(ledger: Any) -> str:
    return reverse("ledger-detail", args=[ledger.pk])


def _state(ledger: LedgerImport) -> Tag:
    return Tag(ledger.get_status_display(), KINDS[LedgerImport.Status(ledger.status)])


def _count(name: str) -> Any:
    return lambda ledger: ledger.counts.get(name)


def _held(ledger: LedgerImport) -> int | None:
    if not ledger.counts:
        return None
    return int(ledger.counts["mend"]) + int(ledger.counts["duplicate"])


def _visible(staff: Staff) -> LedgerImportQuerySet:
    ledgers = LedgerImport.objects.visible_to(staff)
    return ledgers.select_related("union", "uploaded_by__user")


LEDGER_LIST = register(
    Listing(
        title="台账导入",
        rows=_visible,
        filters=LedgerFilter,
        capabilities=(Capability.ENTER_RECORDS, Capability.CHECK_RECORDS),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="ledgers",
            unit="次",
            default_order=("-uploaded_at", "-pk"),
            columns=(
                Column("file_name", "文件", link=_page_of, always=True),
                Column("state", "状态", value=_state, kind="tag", order_by=("status",)),
                Column("union", "机构", value="union.name", order_by=("union__path",)),
                Column("year", "年度", value=lambda one: str(one.year), order_by=("year",)),
                Column("read", "读出", value=_count("read"), kind="number"),
                Column("new", "新增", value=_count("new"), kind="number"),
                Column("changed", "更新", value=_count("changed"), kind="number"),
                Column("held", "要处理", value=_held, kind="number"),
                Column("by", "上传人", value="uploaded_by.user.full_name"),
                Column("uploaded_at", "上传时间", kind="datetime", order_by=("uploaded_at",)),
                Column(
                    "applied_at",
                    "写入时间",
                    kind="datetime",
                    order_by=("applied_at",),
                    default=False,
                ),
            ),
        ),
    )
)
