"""A list as a workbook: exactly the filtered rows, in the chosen columns, written down in the log.

The file is finished and counted before anything is answered (SECURITY §4.6). Many rows are written
in the background.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from relief.jobs.registry import job_kind
from relief.jobs.running import Running
from relief.jobs.services import enqueue, note_done
from relief.lib.days import moment_words
from relief.lib.http import local_path
from relief.lib.snapshot import snapshot
from relief.lib.tables import Column
from relief.lib.workbooks.template import workbook_response
from relief.lib.workbooks.write import WATERMARK, CellKind, SheetColumn, write_sheet
from unions.access import StaffRequest
from unions.lists.conditions import Filtered
from unions.lists.listing import Listing, listing_named
from unions.lists.picked import NOTHING_PICKED, narrowed, picked_from
from unions.models import Staff, TablePreference
from unions.permissions import has, require
from unions.services.trail import record
from unions.sessions import confirmed_recently

JOB_KIND = "export"
#: Up to here the person waits for the file; above, the worker writes it.
ROWS_AT_ONCE = 2_000

_WIDTHS = {"text": 18, "tag": 12, "code": 14, "number": 12, "money": 14, "date": 12, "datetime": 18}


@dataclass(frozen=True)
class Order:
    """One export that was asked for."""

    staff: Staff
    listing: Listing
    columns: tuple[Column, ...]
    found: Filtered


def export(request: StaffRequest, listing: Listing) -> HttpResponse:
    """Answer with the workbook, or with the page of the job that writes it.

    Whoever gave the password long ago gives it again first (SECURITY §2.3).
    Raises PermissionDenied without the capability of the list.
    """
    if not has(request.staff, listing.export_by):
        raise PermissionDenied("您的岗位没有导出的权限。")
    if not confirmed_recently(request):
        return _confirm_first(request)
    found, picked = listing.found(request.staff, request.GET), picked_from(request.POST)
    if picked == ():
        messages.warning(request, NOTHING_PICKED)
        return redirect(local_path(request, request.POST.get("back"), reverse("home")))
    found = narrowed(found, picked)
    order = Order(request.staff, listing, _columns(request.staff, listing), found)
    if picked is None and found.rows.count() > ROWS_AT_ONCE:
        return _in_background(request, order)
    content = BytesIO()
    facts = build(order, content)
    if picked:
        facts["picked"] = len(picked)
    with transaction.atomic():
        record(order.staff, Event.Action.EXPORT, **facts)
        note_export(order.staff, order.listing.title, facts["rows"])
    return workbook_response(content.getvalue(), file_name(order))


def build(order: Order, target: IO[bytes]) -> dict[str, Any]:
    """Write the whole file and return what the log keeps about it.

    Raises RuntimeError when the file has not exactly the rows that the database counts.
    """
    rows = order.listing.table.ordered(order.found.rows, order.found.params)
    with snapshot():
        count = rows.count()
        written = write_sheet(
            target,
            title=order.listing.title,
            columns=[_sheet_column(column) for column in order.columns],
            rows=_values(rows, order.columns),
            watermark=watermark(order, count),
        )
    if written != count:
        raise RuntimeError(f"Export of {order.listing.name}: {written} rows written of {count}.")
    return {
        "table": order.listing.name,
        "filter": order.found.for_log,
        "rows": count,
        "columns": [column.key for column in order.columns],
        "sha256": _sha256(target),
    }


def note_export(staff: Staff, title: str, rows: int) -> None:
    """Put what was handed out at once among the person's own imports and exports."""
    note_done(
        JOB_KIND,
        f"导出{title}",
        by_user_id=staff.user_id,
        by_staff_id=staff.pk,
        union_code=staff.union.code,
        total=rows,
        message="当时就下载了，系统没有另存；需要时请重新导出。",
    )


def watermark(order: Order, count: int) -> str:
    who = f"{order.staff.user.full_name}（{order.staff.union.name}）"
    when = moment_words(timezone.localtime())
    unit = order.listing.table.unit
    return f"{WATERMARK}{who}　时间：{when}　共 {count:,} {unit}　仅供内部工作使用"


def file_name(order: Order) -> str:
    return f"{order.listing.title}-{timezone.localtime():%Y%m%d-%H%M}.xlsx"


@job_kind(JOB_KIND)
def write_export(running: Running) -> None:
    """The worker's part: the posting, its rights and its rows are looked up again."""
    asked = running.arguments
    staff = (
        Staff.objects.live()
        .with_people()
        .filter(pk=running.staff_id or 0, user_id=running.owner_id)
        .first()
    )
    if staff is None:
        raise ValidationError("这个岗位已经结束，不能再导出。", code="posting_ended")
    listing = listing_named(asked["list"])
    require(staff, listing.export_by)
    found = listing.found(staff, QueryDict(asked["query"]))
    order = Order(staff, listing, listing.table.visible(asked["columns"]), found)
    path = running.new_path(".xlsx")
    with path.open("w+b") as target:
        facts = build(order, target)
    with running.commit():
        running.attach(path, file_name(order))
        record(staff, Event.Action.EXPORT, **facts)
    running.advance(facts["rows"], facts["rows"])


def _confirm_first(request: StaffRequest) -> HttpResponse:
    """Ask for the password, then back to the same list: a post cannot be repeated for somebody."""
    back = local_path(request, request.POST.get("back"), reverse("home"))
    messages.info(request, "导出前要确认是您本人。确认后会回到刚才的名单，请再点一次“导出”。")
    return redirect(f"{reverse('identity-confirm')}?{urlencode({'next': back})}")


def _in_background(request: StaffRequest, order: Order) -> HttpResponse:
    job = enqueue(
        JOB_KIND,
        f"导出{order.listing.title}",
        by_user_id=request.user.pk,
        by_staff_id=order.staff.pk,
        union_code=order.staff.union.code,
        arguments={
            "list": order.listing.name,
            "query": order.found.query,
            "columns": [column.key for column in order.columns],
        },
    )
    messages.info(request, "行数较多，正在后台生成文件，好了就可以下载。")
    return redirect("job-progress", pk=job.pk)


def _columns(staff: Staff, listing: Listing) -> tuple[Column, ...]:
    chosen = TablePreference.objects.columns_of(staff.user, listing.name)
    return tuple(column for column in listing.table.visible(chosen) if column.export)


def _sheet_column(column: Column) -> SheetColumn:
    kind = "text" if column.kind in {"tag", "code"} else column.kind
    return SheetColumn(column.label, CellKind(kind), _WIDTHS[column.kind])


def _values(rows: QuerySet[Any], columns: tuple[Column, ...]) -> Iterator[list[Any]]:
    for found in rows.iterator(chunk_size=2_000):
        yield [column.value_of(found) for column in columns]


def _sha256(target: IO[bytes]) -> str:
    target.seek(0)
    return hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]  # any IO[bytes]
