"""The list of requests to take a person over, seen from both sides."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Value
from django.urls import reverse

from beneficiaries.models import Beneficiary, Transfer
from beneficiaries.models.same_person import TransferQuerySet
from relief.lib.crypto.fields import sealed_names
from relief.lib.masks import mask_name
from relief.lib.tables import Column, Table, Tag
from unions.lists.conditions import ListFilter, SubtreeFilter
from unions.lists.listing import Listing, register
from unions.models import Staff, Union
from unions.permissions import Capability, Role

KINDS = {
    Transfer.Status.REQUESTED: "info",
    Transfer.Status.ACCEPTED: "ok",
    Transfer.Status.DECLINED: "err",
    Transfer.Status.WITHDRAWN: "mute",
}
IN, OUT = "in", "out"


class TransferFilter(ListFilter):
    status = django_filters.ChoiceFilter(
        label="状态", choices=Transfer.Status.choices, empty_label="全部"
    )
    direction = django_filters.ChoiceFilter(
        label="方向",
        choices=[(OUT, "对方要转走的"), (IN, "本机构要转入的")],
        method="toward",
        empty_label="全部",
    )
    union = SubtreeFilter()

    class Meta:
        model = Transfer
        fields = ("status", "direction", "union")

    def toward(self, queryset: TransferQuerySet, name: str, value: str) -> QuerySet[Any]:
        if value == IN:
            return queryset.asked_by(self.staff)
        return queryset.filter(from_union__in=Union.objects.visible_to(self.staff))

    def in_subtree(self, queryset: QuerySet[Any], name: str, value: Union | None) -> QuerySet[Any]:
        """One of the two sides is there."""
        if value is None:
            return queryset
        unions = Union.objects.visible_to(self.staff).within(value.path)
        return queryset.filter(Q(from_union__in=unions) | Q(to_union__in=unions))


def state_of(transfer: Transfer) -> Tag:
    return Tag(transfer.get_status_display(), KINDS[Transfer.Status(transfer.status)])


def _page_of(transfer: Any) -> str:
    return reverse("transfer-detail", args=[transfer.pk])


def _name(transfer: Any) -> str:
    """Leaders see masked names (DESIGN §8.18)."""
    person: Beneficiary = transfer.person
    return mask_name(person.name) if transfer.is_masked and not person.erased_at else person.name


def _mark(transfer: Any) -> Tag | None:
    return Tag("虚构", "warn") if transfer.person.is_invented else None


def _visible(staff: Staff) -> TransferQuerySet:
    sealed = [f"person__{name}" for name in sealed_names(Beneficiary)]
    rows = Transfer.objects.visible_to(staff).defer(*sealed)
    related = ("person", "from_union", "to_union", "requested_by__user", "decided_by__user")
    return rows.select_related(*related).annotate(is_masked=Value(staff.role == Role.LEADER))


TRANSFERS = register(
    Listing(
        title="转移申请",
        rows=_visible,
        filters=TransferFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="transfers",
            unit="份",
            default_order=("-requested_at", "-pk"),
            columns=(
                Column("name", "姓名", value=_name, link=_page_of, mark=_mark, always=True),
                Column("state", "状态", value=state_of, kind="tag", order_by=("status",)),
                Column("from_union", "转出机构", value="from_union.name"),
                Column("to_union", "转入机构", value="to_union.name"),
                Column("reason", "申请理由"),
                Column("requested_by", "申请人", value="requested_by.user.full_name"),
                Column("requested_at", "申请时间", kind="date", order_by=("requested_at",)),
                Column("answer", "答复", default=False),
                Column("decided_at", "答复时间", kind="date", order_by=("decided_at",)),
            ),
        ),
    )
)
