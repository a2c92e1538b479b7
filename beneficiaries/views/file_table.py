"""The list of hardship files."""

from typing import Any

from django.db.models import Value
from django.urls import reverse

from beneficiaries.file_filters import FileFilter
from beneficiaries.lifecycle import UNDER_REVIEW, Status
from beneficiaries.models import HardshipFile
from beneficiaries.models.hardship_file import HardshipFileQuerySet
from relief.lib.masks import mask_name
from relief.lib.tables import Column, Table, Tag
from unions.lists.listing import Listing, register
from unions.models import Staff
from unions.permissions import Capability, Role

KINDS = {
    Status.DRAFT: "mute",
    Status.ACTIVE: "ok",
    Status.RELIEVED: "gold",
    Status.CLOSED: "mute",
    Status.REJECTED: "err",
}


def status_kind(status: str) -> str:
    """The tint of a status; what waits for somebody is blue."""
    return "info" if status in UNDER_REVIEW else KINDS[Status(status)]


def _page_of(file: Any) -> str:
    return reverse("file-detail", args=[file.pk])


def _name(file: Any) -> str:
    """Leaders see masked names (DESIGN §8.18)."""
    name: str = file.person.name
    return mask_name(name) if file.is_masked and not file.person.erased_at else name


def _mark(file: Any) -> Tag | None:
    return Tag("虚构", "warn") if file.person.is_invented else None


def _state(file: HardshipFile) -> Tag:
    return Tag(file.get_status_display(), status_kind(file.status))


def _visible(staff: Staff) -> HardshipFileQuerySet:
    files = HardshipFile.objects.visible_to(staff).listed()
    return files.annotate(is_masked=Value(staff.role == Role.LEADER))


FILE_LIST = register(
    Listing(
        title="困难档案",
        rows=_visible,
        filters=FileFilter,
        capabilities=(Capability.READ_RECORDS,),
        export_by=Capability.EXPORT_RECORDS,
        table=Table(
            name="files",
            unit="份",
            default_order=("-year", "union__path", "person__pinyin", "pk"),
            columns=(
                Column(
                    "name",
                    "姓名",
                    value=_name,
                    order_by=("person__pinyin",),
                    link=_page_of,
                    mark=_mark,
                    always=True,
                ),
                Column("year", "年度", value=lambda file: str(file.year), order_by=("year",)),
                Column("state", "状态", value=_state, kind="tag", order_by=("status",)),
                Column(
                    "hardship_class",
                    "困难类别",
                    value="hardship_class.name",
                    order_by=("hardship_class",),
                ),
                Column("main_cause", "主要致困原因", value="main_cause.name"),
                Column("union", "建档机构", value="union.name", order_by=("union__path",)),
                Column(
                    "temporary",
                    "临时救助",
                    value=lambda file: "临时" if file.is_temporary else "",
                    default=False,
                ),
                Column("number", "档案编号", value="number", default=False),
                Column("household_size", "家庭人口", kind="number", default=False),
                Column("workplace", "工作单位", value="workplace.name", default=False),
                Column(
                    "opened_on", "建档日期", kind="date", order_by=("opened_on",), default=False
                ),
                Column("reviewed_on", "最近核查", kind="date", order_by=("reviewed_on",)),
                Column("changed_at", "最近修改", kind="date", order_by=("changed_at",)),
                Column(
                    "mark",
                    "标记",
                    value=lambda file: "虚构人物" if file.person.is_invented else "",
                    default=False,
                ),
            ),
        ),
    ),
)
