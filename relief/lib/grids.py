"""The shape of a paste grid: what components/grid.html draws and static/js/grid.js keeps in step.

The rows post like any formset; the script only adds pasting, keys, sums and the check column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "money", "whole", "day", "choice"]


@dataclass(frozen=True, kw_only=True)
class GridColumn:
    key: str
    label: str
    kind: Kind = "text"
    required: bool = False
    choices: Sequence[str] = ()
    summed: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in {"money", "whole"}


@dataclass(frozen=True, kw_only=True)
class GridCell:
    column: GridColumn
    name: str
    value: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class GridRow:
    """`facts` are the fixed cells before the inputs; `finding` is what only the server can know."""

    name: str
    facts: Sequence[tuple[str, bool]]
    cells: Sequence[GridCell]
    limit: Decimal | None = None
    finding: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    label: str
    fact_heads: Sequence[tuple[str, bool]]
    columns: Sequence[GridColumn]
    rows: Sequence[GridRow]
    budget: Decimal | None = None
    unit: str = "人"

    @property
    def lists(self) -> Sequence[GridColumn]:
        return [column for column in self.columns if column.choices]
