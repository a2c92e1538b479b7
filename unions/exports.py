"""A list as a workbook: exactly the filtered rows, in the chosen columns, written down in the log.

The file is finished and counted before anything is answered (SECURITY §4.6). Many rows are written
in the background; for that the table declares how its rows are found for a posting.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django_filters import FilterSet

from audit.models import Event
from relief.jobs.registry import job_kind
from relief.jobs.running import Running
from relief.jobs.services import enqueue
from relief.lib.days import moment_words
from relief.lib.snapshot import snapshot
from relief.lib.tables import Column, Table
from relief.lib.workbooks.template import workbook_response
from relief.lib.workbooks.write import WATERMARK, CellKind, SheetColumn, write_sheet
from unions.access import StaffRequest
from unions.filtering import Filtered, extended, filtered
from unions.models import Staff, TablePreference
from unions.permissions import Capability, has, require
from unions.services.trail import record

JOB_KIND = "export"
#: Up to here the person waits for the file; above, the worker writes it.
ROWS_AT_ONCE = 2_000

_WIDTHS = {"text": 18, "tag": 12, "number": 12, "money": 14, "date": 12, "datetime": 18}


@dataclass(frozen=True)
class ExportSource:
    """How the worker finds the rows of a table again, for the posting that asked."""

    table: Table
    rows: Callable[[Staff], QuerySet[Any]]
    filters: type[FilterSet]


_sources: dict[str, ExportSource] = {}


def register_export(source: ExportSource) -> ExportSource:
    """Let large exports of the table run in the background. Call it in `AppConfig.ready`."""
    return _sources.setdefault(source.table.name, source)


@dataclass(frozen=True)
class Order:
    """One export that was asked for."""

    staff: Staff
    table: Table
    columns: tuple[Column, ...]
    found: Filtered
    title: str


def export(
    request: StaffRequest,
    table: Table,
    rows: QuerySet[Any],
    filterset_class: type[FilterSet],
    *,
    title: str,
) -> HttpResponse:
    """Answer with the workbook, or with the page of the job that writes it.

    Raises PermissionDenied without the capability EXPORT.
    """
    if not has(request.staff, Capability.EXPORT):
        raise PermissionDenied("您的岗位没有导出的权限。")
    filters = extended(table.name, filterset_class)
    found = filtered(request.GET, rows, filters, request=request)
    order = Order(request.staff, table, _columns(request.staff, table), found, title)
    if table.name in _sources and found.rows.count() > ROWS_AT_ONCE:
        return _in_background(request, order)
    content = BytesIO()
    facts = build(order, content)
    record(order.staff, Event.Action.EXPORT, **facts)
    return workbook_response(content.getvalue(), file_name(order))


def build(order: Order, target: IO[bytes]) -> dict[str, Any]:
    """Write the whole file and return what the log keeps about it.

    Raises RuntimeError when the file has not exactly the rows that the database counts.
    """
    rows = order.table.ordered(order.found.rows, order.found.params)
    with snapshot():
        count = rows.count()
        written = write_sheet(
            target,
            title=order.title,
            columns=[_sheet_column(column) for column in order.columns],
            rows=_values(rows, order.columns),
            watermark=watermark(order, count),
        )
    if written != count:
        raise RuntimeError(f"Export of {order.table.name}: {written} rows written of {count}.")
    return {
        "table": order.table.name,
        "filter": order.found.for_log,
        "rows": count,
        "columns": [column.key for column in order.columns],
        "sha256": _sha256(target),
    }


def watermark(order: Order, count: int) -> str:
    who = f"{order.staff.user.full_name}（{order.staff.union.name}）"
    when = moment_words(timezone.localtime())
    return f"{WATERMARK}{who}　时间：{when}　共 {count:,} {order.table.unit}　仅供内部工作使用"


def file_name(order: Order) -> str:
    return f"{order.title}-{timezone.localtime():%Y%m%d-%H%M}.xlsx"


@job_kind(JOB_KIND)
def write_export(running: Running) -> None:
    """The worker's part: the posting, its rights and its rows are looked up again."""
    asked = running.arguments
    staff = (
        Staff.objects.live()
        .with_people()
        .filter(pk=asked["staff"], user_id=running.owner_id)
        .first()
    )
    if staff is None:
        raise ValidationError("这个岗位已经结束，不能再导出。", code="posting_ended")
    require(staff, Capability.EXPORT)
    source = _sources[asked["table"]]
    found = filtered(
        QueryDict(asked["query"]),
        source.rows(staff),
        extended(source.table.name, source.filters),
    )
    columns = source.table.visible(asked["columns"])
    order = Order(staff, source.table, columns, found, asked["title"])
    path = running.new_path(".xlsx")
    with path.open("w+b") as target:
        facts = build(order, target)
    with running.commit():
        running.attach(path, file_name(order))
        record(staff, Event.Action.EXPORT, **facts)
    running.advance(facts["rows"], facts["rows"])


def _in_background(request: StaffRequest, order: Order) -> HttpResponse:
    job = enqueue(
        JOB_KIND,
        f"导出{order.title}",
        by_user_id=request.user.pk,
        union_code=order.staff.union.code,
        arguments={
            "staff": order.staff.pk,
            "table": order.table.name,
            "title": order.title,
            "query": order.found.query,
            "columns": [column.key for column in order.columns],
        },
    )
    messages.info(request, "行数较多，正在后台生成文件，好了就可以下载。")
    return redirect("job-progress", pk=job.pk)


def _columns(staff: Staff, table: Table) -> tuple[Column, ...]:
    kept = TablePreference.objects.filter(user_id=staff.user_id, table=table.name).first()
    visible = table.visible(kept.columns if kept else ())
    return tuple(column for column in visible if column.export)


def _sheet_column(column: Column) -> SheetColumn:
    kind = "text" if column.kind == "tag" else column.kind
    return SheetColumn(column.label, CellKind(kind), _WIDTHS[column.kind])


def _values(rows: QuerySet[Any], columns: tuple[Column, ...]) -> Iterator[list[Any]]:
    for found in rows.iterator(chunk_size=2_000):
        yield [column.value_of(found) for column in columns]


def _sha256(target: IO[bytes]) -> str:
    target.seek(0)
    return hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]  # any IO[bytes]
