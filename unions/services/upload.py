"""A union list in three steps: read, preview, apply. Nothing is written before the third."""

from dataclasses import asdict, dataclass

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from import_export.results import Result, RowResult

from audit.models import Event
from relief.lib.workbooks.write import WATERMARK
from unions.models import Staff, UnionUpload
from unions.permissions import Capability, require
from unions.resources import HEADINGS, UnionResource
from unions.services.trail import collected, record, record_all

NEW, CHANGED, SAME, BAD = "new", "changed", "same", "bad"
NEEDED = ("code", "name", "kind", "parent")
#: A district has a few hundred unions; more would hold the lock of the tree for too long.
MOST_ROWS = 1_000

#: (row number in the file, cells as text), top down.
Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Outcome:
    """What would become of one row, and why not."""

    state: str
    problems: list[str]


@transaction.atomic
def stage_upload(*, by: Staff, file_name: str, sha256: str, rows: Rows) -> UnionUpload:
    """Keep the rows of the file with what applying would do: the real import, rolled back.

    The first row holds the headings; unknown ones are ignored, missing ones refused.
    Raises ValidationError: missing headings, no rows.
    """
    require(by, Capability.MANAGE_UNIONS)
    headings = [heading.strip().strip("*＊") for heading in rows[0][1]] if rows else []
    missing = [HEADINGS[name] for name in NEEDED if HEADINGS[name] not in headings]
    if missing:
        raise ValidationError(
            f"第一行要有这些列名：{'、'.join(missing)}。可以先下载模板，把内容贴进去。",
            code="headings_missing",
        )
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
    with collected():  # dropped with the dry run
        result = UnionResource(by=by).import_data(
            _dataset(upload), dry_run=True, use_transactions=True
        )
    upload.outcomes = [asdict(outcome) for outcome in _outcomes(result, _repeats(upload))]
    upload.full_clean()
    upload.save(force_insert=True)
    return upload


@transaction.atomic
def apply_upload(*, by: Staff, upload: UnionUpload) -> dict[str, int]:
    """Write all rows or none; a second time does nothing but refuse.

    Raises ValidationError: already applied, rows to mend.
    """
    require(by, Capability.MANAGE_UNIONS)
    current = UnionUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
    if current.applied_at is not None:
        raise ValidationError("这份文件已经写入过了。", code="applied")
    with collected() as events:
        result = UnionResource(by=by).import_data(
            _dataset(current), dry_run=False, use_transactions=True
        )
    outcomes = _outcomes(result, _repeats(current))
    if any(outcome.state == BAD for outcome in outcomes):
        raise ValidationError("表里还有要改的行，全部改好后再写入。", code="rows_bad")
    current.applied_at = timezone.now()
    current.save(update_fields=["applied_at"])
    counts = _counts(outcomes)
    record_all(events)
    record(by, Event.Action.IMPORT, current, reason="", **counts)
    return counts


def _is_filled(cells: list[str]) -> bool:
    """Neither blank nor the line that our own exports end with."""
    return any(cells) and not cells[0].startswith(WATERMARK)


def _dataset(upload: UnionUpload) -> tablib.Dataset:
    return tablib.Dataset(*(cells for _, cells in upload.rows), headers=upload.headings)


_STATES = {
    RowResult.IMPORT_TYPE_NEW: NEW,
    RowResult.IMPORT_TYPE_UPDATE: CHANGED,
    RowResult.IMPORT_TYPE_SKIP: SAME,
}


def _repeats(upload: UnionUpload) -> dict[int, str]:
    """Place among the rows → what to say, for codes that an earlier row has already."""
    if HEADINGS["code"] not in upload.headings:
        return {}
    column = upload.headings.index(HEADINGS["code"])
    first: dict[str, int] = {}
    found = {}
    for place, (number, cells) in enumerate(upload.rows, start=1):
        code = cells[column].strip()
        if code in first:
            found[place] = f"编码与第 {first[code]} 行重复，请删掉一行或改正编码。"
        first.setdefault(code, number)
    return found


def _outcomes(result: Result, repeats: dict[int, str]) -> list[Outcome]:
    """One outcome per row of the file, in its order.

    Raises ValidationError when the import failed as a whole: nothing was written then.
    """
    if result.base_errors:
        text = "这份文件没有写入，请核对列名后重新上传；还不行请联系系统管理员。"
        raise ValidationError(text, code="import_failed") from result.base_errors[0].error
    invalid = {row.number: row for row in result.invalid_rows}
    outcomes = []
    for number, row in enumerate(result.rows, start=1):
        problems = [str(error.error) for error in row.errors]
        problems += [repeats[number]] if number in repeats else []
        if number in invalid:
            problems += [str(text) for text in invalid[number].error.messages]
        state = BAD if problems else _STATES.get(row.import_type, BAD)
        outcomes.append(Outcome(state, problems))
    return outcomes


def _counts(outcomes: list[Outcome]) -> dict[str, int]:
    states = [outcome.state for outcome in outcomes]
    return {state: states.count(state) for state in (NEW, CHANGED, SAME, BAD)}
