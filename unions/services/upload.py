"""A union list in three steps: read, preview, apply. Nothing is written before the third."""

from collections import Counter
from dataclasses import asdict
from itertools import groupby

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from import_export.results import Result, RowResult

from audit.models import Event
from relief.jobs.services import note_done
from relief.lib.workbooks.write import WATERMARK
from unions.models import Staff, Union, UnionChange, UnionUpload
from unions.models.upload import Outcome
from unions.permissions import Capability, require
from unions.resources import HEADINGS, UnionResource
from unions.services.trail import record
from unions.services.tree import creation_of, lock_tree, renaming_of

State = UnionUpload.State
JOB_KIND = "union-import"
NEEDED = ("code", "name", "kind", "parent")
#: A district has a few hundred unions; more would hold the lock of the tree for too long.
MOST_ROWS = 1_000

#: (row number in the file, cells as text), top down.
Rows = list[tuple[int, list[str]]]


@transaction.atomic
def stage_upload(*, by: Staff, file_name: str, sha256: str, rows: Rows) -> UnionUpload:
    """Keep the rows of the file with what applying would do. The tree is read, never locked.

    The first row holds the headings; unknown ones are ignored, missing ones refused.
    Raises ValidationError: headings missing or twice, no rows, too many rows.
    """
    require(by, Capability.MANAGE_UNIONS)
    headings = _headings(rows)
    width = len(headings)
    filled = [
        (number, (cells + [""] * width)[:width]) for number, cells in rows[1:] if _is_filled(cells)
    ]
    if not filled:
        raise ValidationError("表里只有标题，没有内容。", code="empty")
    if len(filled) > MOST_ROWS:
        text = f"一次最多导入 {MOST_ROWS} 行，请分成几份上传。"
        raise ValidationError(text, code="too_many_rows")
    upload = UnionUpload(
        uploaded_by=by, file_name=file_name[:200], sha256=sha256, headings=headings, rows=filled
    )
    upload.outcomes = [asdict(outcome) for outcome in _outcomes(_judged(by, upload))]
    upload.full_clean()
    upload.save(force_insert=True)
    return upload


@transaction.atomic
def review_upload(*, by: Staff, upload: UnionUpload) -> None:
    """Judge the rows anew, because the tree has changed since they were staged."""
    require(by, Capability.MANAGE_UNIONS)
    current = UnionUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
    if current.applied_at is None:
        current.outcomes = [asdict(outcome) for outcome in _outcomes(_judged(by, current))]
        current.save(update_fields=["outcomes"])


@transaction.atomic
def apply_upload(*, by: Staff, upload: UnionUpload) -> dict[str, int]:
    """Write all rows or none, as the tree is now; a second time does nothing but refuse.

    Raises ValidationError: already applied, rows to mend.
    """
    require(by, Capability.MANAGE_UNIONS)
    current = UnionUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
    if current.applied_at is not None:
        raise ValidationError("这份文件已经写入过了。", code="applied")
    lock_tree()
    by.refresh_from_db(fields=["union"])
    result = _judged(by, current)
    current.outcomes = [asdict(outcome) for outcome in _outcomes(result)]
    if current.counts[State.BAD]:
        raise ValidationError("表里还有要改的行，全部改好后再写入。", code="rows_bad")
    changed = [row for row in result.rows if row.is_update()]
    new = [row.instance for row in result.rows if row.is_new()]
    _write_changed(by, changed)
    _write_new(by, new)
    for row in changed:  # last of all: the first event holds the chain of the union until the end
        record(by, Event.Action.CHANGE, row.instance)
    for union in new:
        record(by, Event.Action.CREATE, union)
    current.applied_at = timezone.now()
    current.save(update_fields=["outcomes", "applied_at"])
    record(by, Event.Action.IMPORT, current, reason="", **current.counts)
    note_done(
        JOB_KIND,
        f"导入机构：{current.file_name}"[:120],
        by_user_id=by.user_id,
        by_staff_id=by.pk,
        union_code=by.union.code,
        total=len(current.rows),
        message=f"新建 {len(new)} 个，修改 {len(changed)} 个。",
    )
    return current.counts


def _headings(rows: Rows) -> list[str]:
    headings = [heading.strip().strip("*＊") for heading in rows[0][1]] if rows else []
    missing = [HEADINGS[name] for name in NEEDED if HEADINGS[name] not in headings]
    if missing:
        raise ValidationError(
            f"第一行要有这些列名：{'、'.join(missing)}。可以先下载模板，把内容贴进去。",
            code="headings_missing",
        )
    twice = [name for name, times in Counter(headings).items() if times > 1 and name]
    if twice:
        text = f"这些列名出现了不止一次：{'、'.join(twice)}。请删掉多余的列再上传。"
        raise ValidationError(text, code="headings_twice")
    return headings


def _is_filled(cells: list[str]) -> bool:
    """Neither blank nor the line that our own exports end with."""
    return any(cells) and not cells[0].startswith(WATERMARK)


def _judged(by: Staff, upload: UnionUpload) -> Result:
    """Every row as the rules of the tree see it; nothing is written, nothing is locked."""
    dataset = tablib.Dataset(*(cells for _, cells in upload.rows), headers=upload.headings)
    resource = UnionResource(by=by, numbers=[number for number, _ in upload.rows])
    result = resource.import_data(dataset, use_transactions=False)
    for failed in [*result.base_errors, *(error for row in result.rows for error in row.errors)]:
        raise failed.error  # a bug: what a person can mend is a validation error of its row
    return result


_STATES = {
    RowResult.IMPORT_TYPE_NEW: State.NEW,
    RowResult.IMPORT_TYPE_UPDATE: State.CHANGED,
    RowResult.IMPORT_TYPE_SKIP: State.SAME,
    RowResult.IMPORT_TYPE_INVALID: State.BAD,
}


def _outcomes(result: Result) -> list[Outcome]:
    """One per row of the file, in its order."""
    return [
        Outcome(_STATES[row.import_type].value, _problems(row), row.diff or {})
        for row in result.rows
    ]


def _problems(row: RowResult) -> list[str]:
    """Sentences; what does not name its column gets the heading before it."""
    if row.validation_error is None:
        return []
    texts = row.validation_error.message_dict
    return [
        text if heading in text else f"{heading}：{text}"
        for name, heading in HEADINGS.items()
        for text in texts.get(name, [])
    ]


def _write_changed(by: Staff, rows: list[RowResult]) -> None:
    """One by one, top down: a name that a row gives up is free for the rows below."""
    notes = []
    for row in rows:
        union, before = row.instance, row.original
        union.version += 1
        union.save()
        if union.name != before.name:
            notes.append(renaming_of(union, by, before.name))
    UnionChange.objects.bulk_create(notes)


def _write_new(by: Staff, unions: list[Union]) -> None:
    """Level by level: a union needs the key of its parent."""
    for _, level in groupby(sorted(unions, key=_depth), _depth):
        Union.objects.bulk_create(level)
    UnionChange.objects.bulk_create(creation_of(union, by) for union in unions)


def _depth(union: Union) -> int:
    return union.depth
