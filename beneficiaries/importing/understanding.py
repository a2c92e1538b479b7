"""The cells of one column under its field; the same cell is understood once.

Columns repeat themselves (汉族, 自购房, 2000): most cells of a ledger cost one look-up.
"""

from collections.abc import Sequence
from typing import Final

from beneficiaries.importing.cells import DITTO, NOTHING, Context, Understood, shown, understand
from beneficiaries.importing.columns import Column
from beneficiaries.importing.fields import Kind, fields
from beneficiaries.importing.person import Entry
from relief.lib.workbooks.cells import decoded

#: Cells that are remembered in one column, so that a column of addresses does not fill the memory.
_KEPT: Final = 1_024
_DITTO_CODES: Final = frozenset(f"t{sign}" for sign in DITTO)
#: Nobody shares these with the row above.
_OWN: Final = frozenset({Kind.ID_NUMBER, Kind.NAME, Kind.BANK_ACCOUNT, Kind.PHONE})


class Understanding:
    """Reads the cells of one column, top down. `known` holds cells that were understood before."""

    def __init__(self, column: Column, name: str, context: Context) -> None:
        self.index = column.index
        self.name = name
        self.known: dict[str, Entry | None] = {}
        self._field = fields().named(name)
        self._factor = column.factor
        self._context = context
        self._above = ""

    def read(self, code: str, above: Sequence[str]) -> Entry | None:
        """A cell that holds something; `above` is the row before it, for signs like 同上.

        None for a cell that says nothing.
        """
        if code in _DITTO_CODES and self._field.kind not in _OWN:
            return self._repeated(code, above)
        return self._entry(code)

    def _entry(self, code: str) -> Entry | None:
        if code in self.known:
            return self.known[code]
        cell = decoded(code)
        meaning = understand(cell, self._field, self._factor, self._context)
        entry = None if meaning == NOTHING else Entry(shown(cell), meaning)
        if len(self.known) >= _KEPT:
            self.known.clear()
        self.known[code] = entry
        return entry

    def _repeated(self, code: str, above: Sequence[str]) -> Entry | None:
        before = above[self.index] if self.index < len(above) else ""
        if before not in _DITTO_CODES:
            self._above = before
        known = self._entry(self._above) if self._above else None
        value = known.meaning.value if known else ""
        return Entry(code[1:], Understood(value, "same_as_above", value))


def entries_of(
    columns: Sequence[Understanding], codes: Sequence[str], above: Sequence[str] = ()
) -> dict[str, Entry]:
    """Field → what the row says under it. Called for every row: nothing is looked up twice."""
    found: dict[str, Entry] = {}
    width = len(codes)
    for column in columns:
        index = column.index
        if index >= width:
            continue
        code = codes[index]
        if not code:
            continue
        entry = column.known[code] if code in column.known else column.read(code, above)
        if entry is not None:
            found[column.name] = entry
    return found
