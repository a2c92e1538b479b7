"""The sheets of a ledger as step 2 shows them: those of one layout together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beneficiaries.services.ledgers.layouts import ColumnLayout, SheetChoice, SheetLayout


@dataclass(frozen=True)
class Book:
    """The sheets of a file, what was chosen of them, and the unions that they are called after.

    `headers` sheet → rows that somebody picked as the heading of a sheet that is not read.
    """

    layouts: Sequence[SheetLayout]
    chosen: Mapping[str, SheetChoice]
    headers: Mapping[str, list[int]]
    unions: Mapping[str, str]

    def groups(self) -> list[list[SheetLayout]]:
        """Sheets that are read, those of one layout together."""
        return _groups([one for one in self.layouts if not one["reason"]])

    def unread(self) -> list[list[SheetLayout]]:
        """Sheets in which no people were found, with their columns as they stand."""
        return [
            [_as_it_stands(one, self.headers.get(one["name"], []))]
            for one in self.layouts
            if one["reason"] and one["top"]
        ]

    def picked(self, group: Sequence[SheetLayout]) -> list[str]:
        return [one["name"] for one in group if self._is_picked(one)]

    def place(self, name: str) -> int:
        return [one["name"] for one in self.layouts].index(name)

    def _is_picked(self, layout: SheetLayout) -> bool:
        is_usual = not layout["is_hidden"] and not layout["reason"]
        return layout["name"] in self.chosen if self.chosen else is_usual


def members_of(layout: SheetLayout) -> int:
    numbers = [
        int(group.removeprefix("member"))
        for column in layout["columns"]
        if (group := column["field"].rpartition(".")[0])
    ]
    return max(numbers, default=0)


def _as_it_stands(layout: SheetLayout, header_rows: list[int]) -> SheetLayout:
    """With columns made of its upper rows, below the picked ones or else the fullest."""
    filled = {row["number"]: sum(map(bool, row["cells"])) for row in layout["top"]}
    rows = [number for number in header_rows if number in filled]
    rows = rows or [max(filled, key=lambda number: filled[number])]
    cells = {row["number"]: row["cells"] for row in layout["top"]}
    below = [row["cells"] for row in layout["top"] if row["number"] > rows[-1]]
    width = max(map(len, cells.values()))
    columns = [
        ColumnLayout(
            index=index,
            heading=" ".join(cells[number][index] for number in rows if cells[number][index:]),
            field="",
            reason="请指定",
            samples=[row[index] for row in below if row[index:] and row[index]][:3],
        )
        for index in range(width)
    ]
    return layout | {"header_rows": rows, "columns": columns}


def _groups(layouts: Sequence[SheetLayout]) -> list[list[SheetLayout]]:
    """Sheets with the same headings in the same places, guessed the same."""
    found: dict[Any, list[SheetLayout]] = {}
    for layout in layouts:
        columns = tuple((one["index"], one["heading"], one["field"]) for one in layout["columns"])
        fixed = tuple(sorted(layout["fixed"].items()))
        found.setdefault((columns, fixed), []).append(layout)
    return list(found.values())
