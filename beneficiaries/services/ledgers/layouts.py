"""How an import is read: what was guessed of its sheets, and what people chose instead."""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, TypedDict

from beneficiaries.importing import Choices, Layout, Ledger
from beneficiaries.importing.cells import shown
from beneficiaries.importing.fields import Kind, fields
from beneficiaries.models import ColumnMemory, LedgerImport
from beneficiaries.services.ledgers.unions_named import NamedUnions
from relief.lib.crypto.sealing import DataKey
from relief.lib.workbooks import Sheet, Sheets

#: Rows of the top of a sheet that the page shows, so that another heading can be picked.
_SHOWN: Final = 12
_CELL: Final = 40


class ColumnLayout(TypedDict):
    """`index` counts from 0; `field` is "" for a column that is not read."""

    index: int
    heading: str
    field: str
    reason: str
    samples: list[str]


class TopRow(TypedDict):
    """One of the first rows of a sheet, as it was."""

    number: int
    cells: list[str]


class SheetLayout(TypedDict):
    """`reason` says why a sheet is not read; then it has no columns. `union` is the code of the
    union that the sheet is called after, else ""."""

    name: str
    is_hidden: bool
    rows: int
    formulas: int
    merges: int
    hidden_columns: list[int]
    reason: str
    header_rows: list[int]
    columns: list[ColumnLayout]
    fixed: dict[str, str]
    union: str
    top: list[TopRow]


class SheetChoice(TypedDict):
    """What somebody decided about one sheet, as it stands in `decisions["sheets"]`."""

    header_rows: list[int]
    columns: dict[str, str]
    fixed: dict[str, str]


#: Fields that may have one value for a whole sheet, instead of a column.
FIXABLE: Final = tuple(
    name
    for name, one in fields().own.items()
    if one.kind in {Kind.CODE, Kind.AMOUNT, Kind.DATE}
    or name in {"union", "workplace", "relief_goods", "relief_quantity"}
)


def layout_of(ledger: LedgerImport, key: DataKey) -> list[SheetLayout]:
    """What step 2 shows: every sheet, guessed and chosen."""
    text = ledger.unseal(key, "layout")
    found: list[SheetLayout] = json.loads(text) if text else []
    return found


def put_layout(ledger: LedgerImport, key: DataKey, layouts: list[SheetLayout]) -> None:
    ledger.seal(key, layout=json.dumps(layouts, ensure_ascii=False, separators=(",", ":")))


def choices_for(ledger: LedgerImport, book: Sheets) -> Mapping[str, Choices]:
    """What decides how the sheets are read; before anybody chose, all that are not hidden."""
    remembered = ColumnMemory.objects.for_union(ledger.union)
    chosen: dict[str, SheetChoice] = ledger.decisions.get("sheets", {})
    if not chosen:
        shown_sheets = [sheet.name for sheet in book.sheets if not sheet.is_hidden]
        return {name: Choices(remembered=remembered) for name in shown_sheets}
    return {name: choices(choice, remembered) for name, choice in chosen.items()}


def choices(choice: SheetChoice, remembered: Mapping[str, str]) -> Choices:
    return Choices(
        header_rows=tuple(choice["header_rows"]),
        columns={int(index): name for index, name in choice["columns"].items()},
        remembered=remembered,
        fixed=choice["fixed"],
    )


def described(ledger: Ledger, unions: NamedUnions) -> list[SheetLayout]:
    return [describe(ledger.book, layout, unions) for layout in ledger.layouts]


def describe(book: Sheets, layout: Layout, unions: NamedUnions) -> SheetLayout:
    sheet = layout.sheet
    union = unions.find(sheet.name) if sheet.name else None
    return SheetLayout(
        name=sheet.name,
        is_hidden=sheet.is_hidden,
        rows=sheet.row_count,
        formulas=sheet.formula_count,
        merges=len(sheet.merges),
        hidden_columns=sorted(sheet.hidden_columns),
        reason=layout.reason,
        header_rows=list(layout.header_rows),
        columns=[
            ColumnLayout(
                index=column.index,
                heading=column.heading[:200],
                field=column.field,
                reason=column.reason,
                samples=[sample[:_CELL] for sample in column.samples],
            )
            for column in layout.columns
        ],
        fixed=dict(layout.fixed),
        union=union.code if union else "",
        top=_top(book, sheet, layout),
    )


def _top(book: Sheets, sheet: Sheet, layout: Layout) -> list[TopRow]:
    last = max(layout.header_rows, default=0)
    found: list[TopRow] = []
    for row in islice(book.rows(sheet), 40):
        if len(found) >= _SHOWN and row.number > last + 3:
            break
        texts = [shown(cell)[:_CELL] for cell in row.cells]
        found.append(TopRow(number=row.number, cells=texts))
    return found


def as_json(choice: Mapping[str, Any]) -> SheetChoice:
    """A choice as JSON keeps it: keys of columns are text."""
    columns = {str(index): name for index, name in choice.get("columns", {}).items()}
    return {
        "header_rows": [int(number) for number in choice.get("header_rows", ())],
        "columns": columns,
        "fixed": dict(choice.get("fixed", {})),
    }
