"""The list of people as a workbook: in its columns, or in those of the 台账 for other systems.

Numbers are masked. Who may print them in full gets them for a reason, which the log keeps. Rows are
read, opened and written in chunks; a long list is written by the worker.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from typing import IO, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from audit.models import Event
from beneficiaries.ledger_layout import LEDGER, Entry, code_names, other_members
from beneficiaries.models import HardshipFile, HouseholdMember, PersonKey
from beneficiaries.people_rows import file_of, is_linked
from relief.jobs.models import Job
from relief.jobs.registry import job_kind
from relief.jobs.running import Running
from relief.jobs.services import enqueue
from relief.lib.days import moment_words
from relief.lib.snapshot import snapshot
from relief.lib.tables import Column
from relief.lib.workbooks.write import WATERMARK, CellKind, SheetColumn, write_sheet
from unions.lists.conditions import Filtered
from unions.lists.exports import note_export
from unions.lists.listing import listing_named
from unions.lists.picked import narrowed
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

JOB_KIND: Final = "people-export"
LIST: Final = "people"
#: Up to here the person waits for the file; above, the worker writes it.
ROWS_AT_ONCE: Final = 1_000
#: A file with whole numbers does not lie about for a month.
FULL_FILE_AGE: Final = timedelta(days=1)
_CHUNK: Final = 500

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What was asked for. `columns` are keys of the list; none = the columns of the 台账.

    `picked` are the keys of ticked rows; None = all rows that the query finds.
    """

    query: str
    columns: tuple[str, ...] = ()
    is_full: bool = False
    reason: str = ""
    picked: tuple[str, ...] | None = None

    @property
    def title(self) -> str:
        return "困难职工名单" if self.columns else "困难职工台账"


def check_order(by: Staff, order: Order) -> None:
    """Raises PermissionDenied; ValidationError: no_reason."""
    require(by, Capability.EXPORT_RECORDS)
    if order.is_full:
        require(by, Capability.PRINT_FULL_ID)
        if not order.reason:
            raise ValidationError("导出全号要写明理由。", code="no_reason")


def found(staff: Staff, order: Order) -> Filtered:
    return narrowed(listing_named(LIST).found(staff, QueryDict(order.query)), order.picked)


def export_now(*, by: Staff, order: Order, target: IO[bytes]) -> None:
    """Write the file and put it into the log."""
    check_order(by, order)
    facts = write(by, order, target)
    with transaction.atomic():
        record(by, Event.Action.EXPORT, reason=order.reason, **facts)
        note_export(by, order.title, facts["rows"])


def export_later(*, by: Staff, order: Order) -> Job:
    check_order(by, order)
    return enqueue(
        JOB_KIND,
        f"导出{order.title}",
        by_user_id=by.user_id,
        by_staff_id=by.pk,
        union_code=by.union.code,
        arguments={"staff": by.pk, **asdict(order)},
    )


@job_kind(JOB_KIND)
def write_for_job(running: Running) -> None:
    """The worker's part: the posting, its rights and its rows are looked up again."""
    asked = dict(running.arguments)
    postings = Staff.objects.live().with_people().filter(user_id=running.owner_id)
    staff = postings.filter(pk=asked.pop("staff")).first()
    if staff is None:
        raise ValidationError("这个岗位已经结束，不能再导出。", code="posting_ended")
    order = Order(**(asked | {"columns": tuple(asked["columns"])}))
    check_order(staff, order)
    path = running.new_path(".xlsx")
    with path.open("w+b") as target:
        facts = write(staff, order, target, report=running.advance)
    age = {"age": FULL_FILE_AGE} if order.is_full else {}
    with running.commit():
        running.attach(path, file_name(order), **age)
        record(staff, Event.Action.EXPORT, reason=order.reason, **facts)
    running.advance(facts["rows"], facts["rows"])


def write(
    staff: Staff, order: Order, target: IO[bytes], *, report: Report | None = None
) -> dict[str, Any]:
    """Write the whole file and return what the log keeps about it.

    Raises RuntimeError when the file has not exactly the rows that the database counts.
    """
    asked = found(staff, order)
    table = listing_named(LIST).table
    rows = table.ordered(asked.rows, asked.params)
    columns = [column for column in table.columns if column.key in order.columns]
    with snapshot():
        count = rows.count()
        entries = _entries(staff, rows, order)
        if report:
            entries = _reported(entries, count, report)
        written = write_sheet(
            target,
            title=order.title,
            columns=_sheet_columns(columns),
            rows=_lines(entries, columns),
            watermark=watermark(staff, order, count),
        )
    if written != count:
        raise RuntimeError(f"Export of people: {written} rows written of {count}.")
    target.seek(0)
    return {
        "table": LIST,
        "layout": "list" if order.columns else "ledger",
        "numbers": "full" if order.is_full else "masked",
        "filter": asked.for_log,
        "rows": count,
        "picked": 0 if order.picked is None else len(order.picked),
        "columns": list(order.columns),
        "sha256": hashlib.file_digest(target, "sha256").hexdigest(),  # type: ignore[arg-type]  # any IO[bytes]
    }


def watermark(staff: Staff, order: Order, count: int) -> str:
    who = f"{staff.user.full_name}（{staff.union.name}）"
    when = moment_words(timezone.localtime())
    what = f"含完整号码，理由：{order.reason}" if order.is_full else "号码已遮挡"
    return f"{WATERMARK}{who}　时间：{when}　共 {count:,} 人　{what}　仅供内部工作使用"


def file_name(order: Order) -> str:
    return f"{order.title}-{timezone.localtime():%Y%m%d-%H%M}.xlsx"


# --- The rows -------------------------------------------------------------------------------------


def _sheet_columns(columns: list[Column]) -> list[SheetColumn]:
    if not columns:
        return [SheetColumn(column.heading, width=16) for column in LEDGER]
    kinds = {"number": CellKind.NUMBER, "money": CellKind.MONEY, "date": CellKind.DATE}
    return [
        SheetColumn(column.label, kinds.get(column.kind, CellKind.TEXT), 16) for column in columns
    ]


def _lines(entries: Iterator[Entry], columns: list[Column]) -> Iterator[list[Any]]:
    if not columns:
        return ([column.value(entry) for column in LEDGER] for entry in entries)
    return ([_cell(entry, column) for column in columns] for entry in entries)


def _cell(entry: Entry, column: Column) -> Any:
    if entry.is_full and column.key in {"id_number", "phone"}:
        return entry.of_person(column.key)
    return column.value_of(entry.person)


def _entries(staff: Staff, rows: QuerySet[Any], order: Order) -> Iterator[Entry]:
    """Lists in masks need no key; everything else is opened chunk by chunk."""
    if order.columns and not order.is_full:
        for person in rows.iterator(chunk_size=_CHUNK):
            yield Entry(person, None, {})
        return
    codes = {} if order.columns else code_names()
    whole = rows.defer(None).iterator(chunk_size=_CHUNK)
    while people := list(islice(whole, _CHUNK)):
        yield from _opened(staff, people, codes, order)


def _opened(
    staff: Staff, people: list[Any], codes: Mapping[str, str], order: Order
) -> Iterator[Entry]:
    own = [person.pk for person in people if not is_linked(person)]
    keys = PersonKey.objects.standing().in_bulk(own)
    is_ledger = not order.columns
    files = _files(staff, people) if is_ledger else {}
    members = _members(staff, files) if is_ledger else {}
    for person in people:
        key = keys.get(person.pk)
        present = file_of(person)
        file = files.get(present.id) if present else None
        family = other_members(members.get(file.pk, [])) if file else []
        opened = key.unwrapped() if key else None
        yield Entry(person, opened, codes, order.is_full and key is not None, file, family)


def _files(staff: Staff, people: list[Any]) -> dict[Any, HardshipFile]:
    wanted = [present.id for person in people if (present := file_of(person))]
    files = HardshipFile.objects.visible_to(staff).select_related("applied_by", "approved_by")
    return files.in_bulk(wanted)


def _members(staff: Staff, files: Mapping[Any, HardshipFile]) -> dict[Any, list[HouseholdMember]]:
    found: dict[Any, list[HouseholdMember]] = {}
    rows = HouseholdMember.objects.visible_to(staff).filter(file__in=list(files))
    for member in rows.order_by("position", "id"):
        found.setdefault(member.file_id, []).append(member)
    return found


def _reported(entries: Iterator[Entry], total: int, report: Report) -> Iterator[Entry]:
    for number, entry in enumerate(entries, start=1):
        yield entry
        if number % _CHUNK == 0:
            report(number, total)
