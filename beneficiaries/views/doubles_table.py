"""The lists about doubles: those to look at, those kept apart, those merged."""

from typing import Any

import django_filters
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.urls import reverse

from audit.models import Event
from beneficiaries.models import Beneficiary, KeptApart, PossibleDouble
from beneficiaries.models.beneficiary import BeneficiaryQuerySet
from beneficiaries.people_filters import KeywordFilter
from relief.lib.crypto.fields import sealed_names
from relief.lib.masks import mask_name
from relief.lib.tables import Column, Table, Tag
from unions.lists.conditions import ListFilter, SubtreeFilter
from unions.lists.listing import Listing, register
from unions.models import Staff, Union
from unions.permissions import Capability, Role
from unions.scope import visible_events

_KINDS = {
    PossibleDouble.Why.NAME_AND_BIRTH: "err",
    PossibleDouble.Why.NAME_AND_PHONE: "warn",
    PossibleDouble.Why.HOUSEHOLD: "info",
}


class PairFilter(ListFilter):
    """Pairs of people, one of whom is meant."""

    q = KeywordFilter(label="姓名、拼音、证件尾号", method="search")
    union = SubtreeFilter()

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        people = Beneficiary.objects.visible_to(self.staff).matching(value).values("pk")
        return queryset.filter(Q(first__in=people) | Q(second__in=people))

    def in_subtree(self, queryset: QuerySet[Any], name: str, value: Union | None) -> QuerySet[Any]:
        """One of the two is there."""
        if value is None:
            return queryset
        unions = Union.objects.visible_to(self.staff).within(value.path)
        return queryset.filter(Q(first__union__in=unions) | Q(second__union__in=unions))


class DoubleFilter(PairFilter):
    why = django_filters.ChoiceFilter(
        label="依据", choices=PossibleDouble.Why.choices, empty_label="全部"
    )

    class Meta:
        model = PossibleDouble
        fields = ("q", "union", "why")


class ApartFilter(PairFilter):
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("standing", "有效"), ("withdrawn", "已撤回")],
        method="in_state",
        empty_label="全部",
    )

    class Meta:
        model = KeptApart
        fields = ("q", "union", "state")

    def in_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(withdrawn_at__isnull=value == "standing")


class MergedFilter(ListFilter):
    q = KeywordFilter(label="姓名、拼音、证件尾号", method="search")
    union = SubtreeFilter()

    class Meta:
        model = Beneficiary
        fields = ("q", "union")

    def search(self, queryset: BeneficiaryQuerySet, name: str, value: str) -> BeneficiaryQuerySet:
        return queryset.matching(value)


def names_of(pair: Any) -> str:
    """One name where both have the same; leaders see masks (DESIGN §8.18)."""
    names = [_name(person, is_masked=pair.is_masked) for person in (pair.first, pair.second)]
    return names[0] if pair.first.name == pair.second.name else "、".join(names)


def _name(person: Beneficiary, *, is_masked: bool) -> str:
    return mask_name(person.name) if is_masked and not person.erased_at else person.name


def _pair_page(pair: Any) -> str:
    return reverse("double-detail", args=[pair.first_id, pair.second_id])


def _mark(pair: Any) -> Tag | None:
    is_invented = pair.first.is_invented or pair.second.is_invented
    return Tag("虚构", "warn") if is_invented else None


def _why(pair: PossibleDouble) -> Tag:
    why = PossibleDouble.Why(pair.why)
    return Tag(str(why.label), _KINDS[why])


def _tails(side: str) -> Any:
    """ID number and phone of one of the two, as far as a list may say them."""

    def value(pair: Any) -> str:
        person = getattr(pair, side)
        paper = f"****{person.id_tail}" if person.id_tail else "无证件号"
        return f"{paper} / {person.phone_tail}" if person.phone_tail else paper

    return value


def _doubles(staff: Staff) -> QuerySet[Any]:
    return PossibleDouble.objects.visible_to(staff).listed().annotate(is_masked=_masked(staff))


DOUBLES = register(
    Listing(
        title="疑似重复",
        rows=_doubles,
        filters=DoubleFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="doubles",
            unit="对",
            default_order=("why", "first__pinyin", "pk"),
            columns=(
                Column(
                    "name",
                    "姓名",
                    value=names_of,
                    order_by=("first__pinyin",),
                    link=_pair_page,
                    mark=_mark,
                    always=True,
                ),
                Column("why", "依据", value=_why, kind="tag", order_by=("why",)),
                Column("first", "甲：证件 / 手机尾号", value=_tails("first"), kind="code"),
                Column("first_union", "甲：机构", value="first.union.name"),
                Column("second", "乙：证件 / 手机尾号", value=_tails("second"), kind="code"),
                Column("second_union", "乙：机构", value="second.union.name"),
                Column("first_workplace", "甲：单位", value="first.workplace.name", default=False),
                Column(
                    "second_workplace", "乙：单位", value="second.workplace.name", default=False
                ),
            ),
        ),
    )
)


def _apart_state(pair: KeptApart) -> Tag:
    return Tag("已撤回", "mute") if pair.withdrawn_at else Tag("有效", "ok")


def _apart(staff: Staff) -> QuerySet[Any]:
    sides = ("first__union", "second__union", "decided_by__user", "withdrawn_by__user")
    sealed = [f"{side}__{name}" for side in ("first", "second") for name in _SEALED]
    pairs = KeptApart.objects.visible_to(staff).select_related(*sides).defer(*sealed)
    return pairs.annotate(is_masked=_masked(staff))


_SEALED = sealed_names(Beneficiary)

APART = register(
    Listing(
        title="认定不是同一人",
        rows=_apart,
        filters=ApartFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="kept-apart",
            unit="对",
            default_order=("-decided_at", "-pk"),
            columns=(
                Column("name", "姓名", value=names_of, link=_pair_page, mark=_mark, always=True),
                Column("state", "状态", value=_apart_state, kind="tag"),
                Column("reason", "理由"),
                Column("first_union", "甲：机构", value="first.union.name"),
                Column("second_union", "乙：机构", value="second.union.name"),
                Column("by", "认定人", value="decided_by.user.full_name"),
                Column("decided_at", "认定时间", kind="datetime", order_by=("decided_at",)),
                Column("withdrawn_reason", "撤回理由", default=False),
                Column(
                    "withdrawn_at",
                    "撤回时间",
                    kind="datetime",
                    order_by=("withdrawn_at",),
                    default=False,
                ),
            ),
        ),
    )
)


def _page_of(person: Any) -> str:
    return reverse("person-detail", args=[person.pk])


def _kept_name(person: Any) -> str:
    return _name(person.merged_into, is_masked=person.is_masked)


def _merged(staff: Staff) -> QuerySet[Any]:
    """Those merged away, with why and by whom, as the log says it."""
    events = visible_events(staff).filter(
        action=Event.Action.MERGE,
        object_type=Beneficiary._meta.label,
        object_id=Cast(OuterRef("pk"), CharField()),
    )
    people = (
        Beneficiary.objects.visible_to(staff)
        .owned_by(staff)
        .filter(merged_into__isnull=False)
        .listed()
    )
    sealed = [f"merged_into__{name}" for name in _SEALED]
    return (
        people.select_related("union", "merged_into__union")
        .defer(*_SEALED, *sealed)
        .annotate(
            is_masked=_masked(staff),
            merge_reason=Subquery(events.order_by("-id").values("reason")[:1]),
            merged_at=Subquery(events.order_by("-id").values("at")[:1]),
        )
    )


def _masked(staff: Staff) -> Value:
    return Value(staff.role == Role.LEADER)


MERGED = register(
    Listing(
        title="合并记录",
        rows=_merged,
        filters=MergedFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="merged-people",
            unit="人",
            default_order=("-changed_at", "pk"),
            columns=(
                Column(
                    "name",
                    "被合并的人",
                    value=lambda person: _name(person, is_masked=person.is_masked),
                    order_by=("pinyin",),
                    link=_page_of,
                    always=True,
                ),
                Column("union", "登记机构", value="union.name", order_by=("union__path",)),
                Column(
                    "into",
                    "保留的人",
                    value=_kept_name,
                    link=lambda person: _page_of(person.merged_into),
                ),
                Column("into_union", "保留的机构", value="merged_into.union.name"),
                Column("reason", "理由", value="merge_reason"),
                Column("merged_at", "合并时间", value="merged_at", kind="datetime"),
            ),
        ),
    )
)
