"""Step 2: what people choose about sheets, heading rows and columns."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.importing.cells import Context
from beneficiaries.importing.fields import fields
from beneficiaries.importing.layout import Choices, lay_out
from beneficiaries.importing.person import typed
from beneficiaries.models import ColumnMemory, LedgerImport
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import layouts, receiving
from beneficiaries.services.ledgers.reading import kept_book, named_unions
from beneficiaries.services.ledgers.words import words_of
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_stale
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

Status = LedgerImport.Status
_CHOOSABLE = frozenset({Status.LAID_OUT, Status.STAGED})


@transaction.atomic
def choose_columns(
    *, by: Staff, ledger: LedgerImport, version: int, sheets: Mapping[str, Mapping[str, Any]]
) -> LedgerImport:
    """Decide which sheets are read and how, and have the rows judged (anew) by a job.

    `sheets` name → {"header_rows": [5], "columns": {0: "name", 1: ""}, "fixed": {"union": "…"}};
    a column that is not named stays as it was guessed, a sheet that is not named is not read.
    Raises ValidationError: stale, wrong_status, no_sheet, sheet_unknown, field_unknown,
    field_twice, no_key_column, fixed_invalid.
    """
    current = decide_columns(by=by, ledger=ledger, version=version, sheets=sheets)
    receiving.start_job(by=by, ledger=current, kind=receiving.STAGE_JOB, what="核对台账")
    return current


@transaction.atomic
def decide_columns(
    *, by: Staff, ledger: LedgerImport, version: int, sheets: Mapping[str, Mapping[str, Any]]
) -> LedgerImport:
    """As `choose_columns`, for a caller that stages the rows itself."""
    current = _open(by, ledger, version)
    key = key_of_ledger(current)
    known = {layout["name"] for layout in layouts.layout_of(current, key)}
    if not sheets:
        raise ValidationError("请至少选一张工作表。", code="no_sheet")
    if unknown := sheets.keys() - known:
        raise ValidationError(f"文件里没有工作表“{min(unknown)}”。", code="sheet_unknown")
    chosen = {name: layouts.as_json(choice) for name, choice in sheets.items()}
    found = _laid_out(current, key, chosen)
    current.decisions = {**current.decisions, "sheets": chosen}
    current.decisions.pop("sums", None)
    current.decisions.pop("brake", None)
    layouts.put_layout(current, key, found)
    current.status = Status.LAID_OUT
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, step=current.status, sheets=len(chosen))
    return current


@transaction.atomic
def choose_header(
    *, by: Staff, ledger: LedgerImport, version: int, sheet: str, header_rows: list[int]
) -> LedgerImport:
    """Look at one sheet again with other heading rows; what its columns are is guessed anew.

    Raises ValidationError: stale, wrong_status, sheet_unknown, header_unknown.
    """
    current = _open(by, ledger, version)
    key = key_of_ledger(current)
    vocabulary = words_of(current.union).vocabulary
    remembered = ColumnMemory.objects.for_union(current.union)
    with kept_book(key, current) as book:
        wanted = next((one for one in book.sheets if one.name == sheet), None)
        if wanted is None or not wanted.row_count:
            raise ValidationError("文件里没有这张工作表。", code="sheet_unknown")
        choices = Choices(header_rows=tuple(header_rows), remembered=remembered)
        laid_out = lay_out(book, wanted, vocabulary=vocabulary, choices=choices)
        if laid_out.reason:
            text = "这几行里没有姓名，也没有身份证号。请另选表头行。"
            raise ValidationError(text, code="header_unknown")
        layout = layouts.describe(book, laid_out, named_unions(current))
    known = layouts.layout_of(current, key)
    layouts.put_layout(current, key, [layout if one["name"] == sheet else one for one in known])
    current.status = Status.LAID_OUT
    current.version += 1
    current.save()
    return current


@transaction.atomic
def learn_columns(*, ledger: LedgerImport, learnt_by: Staff) -> int:
    """Remember, for the union of the import, what each heading of the sheets that were read means.

    For whoever writes the import, and has asked. Returns how many headings were new or meant
    otherwise.
    """
    sheets = layouts.layout_of(ledger, key_of_ledger(ledger))
    chosen = ledger.decisions.get("sheets", {})
    read = [one for one in sheets if not one["reason"] and (not chosen or one["name"] in chosen)]
    wanted = {
        column["heading"]: column["field"]
        for sheet in read
        for column in sheet["columns"]
        if column["heading"]
    }
    known = ColumnMemory.objects.for_union(ledger.union)
    fresh = {heading: name for heading, name in wanted.items() if known.get(heading) != name}
    ColumnMemory.objects.bulk_create(
        [
            ColumnMemory(union=ledger.union, heading=heading, field=name, learnt_by=learnt_by)
            for heading, name in fresh.items()
        ],
        update_conflicts=True,
        unique_fields=["union", "heading"],
        update_fields=["field", "learnt_by", "learnt_at"],
    )
    return len(fresh)


def _open(by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    current = receiving.locked_ledger(ledger)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    receiving.refuse_unless(current, _CHOOSABLE)
    refuse_stale(current.version, version, "这份台账的认列")
    return current


def _laid_out(
    current: LedgerImport, key: DataKey, chosen: Mapping[str, layouts.SheetChoice]
) -> list[layouts.SheetLayout]:
    """The sheets as they were chosen to be read; the others as they were."""
    vocabulary, unions = words_of(current.union).vocabulary, named_unions(current)
    remembered = ColumnMemory.objects.for_union(current.union)
    context = Context(vocabulary, timezone.localdate())
    found = {layout["name"]: layout for layout in layouts.layout_of(current, key)}
    with kept_book(key, current) as book:
        for sheet in book.sheets:
            if sheet.name in chosen:
                _refuse_wrong(chosen[sheet.name], context)
                choices = layouts.choices(chosen[sheet.name], remembered)
                laid_out = lay_out(book, sheet, vocabulary=vocabulary, choices=choices)
                found[sheet.name] = layouts.describe(book, laid_out, unions)
                _refuse_unusable(found[sheet.name])
    return list(found.values())


def _refuse_wrong(choice: layouts.SheetChoice, context: Context) -> None:
    """Fields that there are not, or values that no cell of that field could have."""
    for name in choice["columns"].values():
        if name and not fields().has(name):
            raise ValidationError(f"没有“{name}”这一栏。", code="field_unknown")
    for name, text in choice["fixed"].items():
        if name not in layouts.FIXABLE:
            raise ValidationError(f"“{name}”不能整张表填一个值。", code="field_unknown")
        meaning = typed(text, name, context).meaning
        if meaning.problem or not meaning.value:
            label = fields().label(name)
            refusal = f"{label}不能填“{text}”，请改正。"
            raise ValidationError(refusal, code="fixed_invalid")


def _refuse_unusable(layout: layouts.SheetLayout) -> None:
    where = f"工作表“{layout['name']}”：" if layout["name"] else ""
    if layout["reason"]:
        text = f"{where}要有一列是姓名或身份证号，请指定。"
        raise ValidationError(text, code="no_key_column")
    counts = Counter(column["field"] for column in layout["columns"] if column["field"])
    twice = [name for name, times in counts.items() if times > 1]
    if twice:
        label = fields().label(twice[0])
        text = f"{where}“{label}”对应了两列，请只留一列。"
        raise ValidationError(text, code="field_twice")
