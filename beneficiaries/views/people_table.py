"""The list of people (P5): its columns."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import Beneficiary
from beneficiaries.people_filters import PersonFilter
from beneficiaries.people_rows import age_of, file_of, is_linked, listed_people
from beneficiaries.views.file_table import status_kind
from relief.lib.masks import mask_name
from relief.lib.tables import Column, Table, Tag
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.permissions import Capability


def _page_of(person: Any) -> str:
    return reverse("person-detail", args=[person.pk])


def name_in_list(person: Any) -> str:
    """Leaders see masked names (DESIGN §8.18)."""
    return mask_name(person.name) if person.is_masked else str(person.name)


def mark_of(person: Any) -> Tag | None:
    """What must be known before anything is done with the row."""
    if person.is_invented:
        return Tag("虚构", "warn")
    return Tag("关联", "info") if is_linked(person) else None


def _mark_words(person: Any) -> str:
    mark = mark_of(person)
    return {"虚构": "虚构人物", "关联": "外单位关联"}.get(str(mark), "") if mark else ""


def _tail(tail: str) -> str:
    return f"****{tail}" if tail else ""


def _id(person: Beneficiary) -> str:
    """The last four; a paper without digits at its end says only that it is there."""
    return _tail(person.id_tail) or ("已登记" if person.id_kind else "")


def _state(person: Any) -> Tag:
    file = file_of(person)
    return Tag(file.status.label, status_kind(file.status)) if file else Tag("无档案", "mute")


def _of_file(name: str) -> Any:
    def value(person: Any) -> Any:
        file = file_of(person)
        return getattr(file, name) if file else None

    return value


def _year(person: Any) -> str:
    file = file_of(person)
    return str(file.year) if file else ""


def _visible(staff: Staff) -> QuerySet[Any]:
    return listed_people(staff)


PEOPLE = register(
    Listing(
        title="困难职工台账",
        rows=_visible,
        filters=PersonFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="people",
            unit="人",
            is_deep=True,
            default_order=("pinyin", "pk"),
            columns=(
                Column(
                    "name",
                    "姓名",
                    value=name_in_list,
                    order_by=("pinyin",),
                    link=_page_of,
                    mark=mark_of,
                    always=True,
                ),
                Column("sex", "性别", value="get_sex_display"),
                Column(
                    "age",
                    "年龄",
                    value=lambda person: age_of(person, timezone.localdate()),
                    order_by=("-birth_on",),
                    kind="number",
                ),
                Column("id_number", "证件", value=_id, kind="code"),
                Column(
                    "phone",
                    "手机",
                    value=lambda person: _tail(person.phone_tail),
                    kind="code",
                ),
                Column("union", "机构", value="union.name", order_by=("union__path",)),
                Column(
                    "workplace",
                    "单位",
                    value="workplace.name",
                    order_by=("workplace__pinyin",),
                    default=False,
                ),
                Column(
                    "categories",
                    "类别",
                    value=lambda person: "、".join(person.category_names),
                    default=False,
                ),
                Column("hardship_class", "困难类别", value=_of_file("hardship_class")),
                Column("main_cause", "致困原因", value=_of_file("main_cause")),
                Column(
                    "household_size", "家庭人口", value=_of_file("household_size"), kind="number"
                ),
                Column(
                    "monthly_income", "月人均收入", value=_of_file("monthly_income"), kind="money"
                ),
                Column("year", "档案年度", value=_year, kind="code", default=False),
                Column("state", "档案", value=_state, kind="tag"),
                Column(
                    "changed_at",
                    "最近修改",
                    value="changed_at",
                    order_by=("changed_at",),
                    kind="date",
                    default=False,
                ),
                Column("mark", "标记", value=_mark_words, default=False),
            ),
        ),
    ),
)
