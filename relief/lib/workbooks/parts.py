"""Reads the XML parts of an .xlsx as streams, before any library builds something from them.

Refuses what no office program writes, and notes what the library drops without a word: error
values, formulas without a result, hidden rows and columns, merged cells. Source: SECURITY §4.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from relief.lib.workbooks.cells import NOT_CALCULATED, clean
from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.refusals import Refusal

Attributes = dict[str, str]

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})").fullmatch
_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_ON: Final = frozenset({"1", "true"})


@dataclass
class SheetFacts:
    """What the scan of one sheet found. Rows and columns count from 1."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    #: First row, first column, last row, last column.
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: int = 0


Starter = Callable[[Attributes], None]


class Part:
    """One XML part: well-formed, flat enough and without a DTD; subclasses look at elements.

    The parser calls `open` and `close` for every element of a sheet, millions of times: a name is
    looked up once and kept, whatever its prefix.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._deepest = limits.xml_depth
        self._depth = 0
        self._known: dict[str, Starter | None] = {}

    def starters(self) -> dict[str, Starter]:
        """Local name → what to do where such an element starts."""
        return {}

    def attach(self, parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = self.open
        parser.EndElementHandler = self.close

    def open(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > self._deepest:
            raise Refusal("suspicious", "嵌套太深")
        try:
            starter = self._known[name]
        except KeyError:
            starter = self._known[name] = self.starters().get(name.rpartition(":")[2])
        if starter is not None:
            starter(attributes)

    def close(self, name: str) -> None:
        self._depth -= 1


class CountedPart(Part):
    """Refuses more than so many elements of one name."""

    def __init__(self, limits: Limits, name: str, most: int, code: str) -> None:
        super().__init__(limits)
        self._name = name
        self._left = most
        self._code = code

    def starters(self) -> dict[str, Starter]:
        return {self._name: self._count}

    def _count(self, _attributes: Attributes) -> None:
        self._left -= 1
        if self._left < 0:
            raise Refusal(self._code)


class WorkbookPart(Part):
    """The names of the sheets in their order, each with the key of its relationship."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.sheets: list[tuple[str, str]] = []

    def starters(self) -> dict[str, Starter]:
        return {"sheet": self._sheet}

    def _sheet(self, attributes: Attributes) -> None:
        key = next((value for label, value in attributes.items() if label.endswith(":id")), "")
        self.sheets.append((attributes.get("name", ""), key))
        if len(self.sheets) > self._limits.sheets:
            raise Refusal("too_many_sheets")


class RelationsPart(Part):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.targets: dict[str, str] = {}

    def starters(self) -> dict[str, Starter]:
        return {"Relationship": self._relationship}

    def _relationship(self, attributes: Attributes) -> None:
        self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class ContentTypesPart(Part):
    """Macros announce themselves here, whatever their part is called."""

    def starters(self) -> dict[str, Starter]:
        return {"Default": self._content_type, "Override": self._content_type}

    def _content_type(self, attributes: Attributes) -> None:
        kind = attributes.get("ContentType", "").lower()
        if "macroenabled" in kind or "vbaproject" in kind:
            raise Refusal("macros")


class SheetPart(Part):
    """The cells of one sheet: where they stand and whether they hold anything."""

    def __init__(self, limits: Limits, parser: expat.XMLParserType) -> None:
        super().__init__(limits)
        self.facts = SheetFacts()
        self._parser = parser
        self._columns: dict[str, int] = {}
        self._row = self._column = 0
        self._row_digits = "0"
        self._tags = self._filled = self._merged_cells = 0
        self._type = self._result = ""
        self._has_formula = self._has_value = False

    def starters(self) -> dict[str, Starter]:
        return {
            "c": self._cell,
            "v": self._value,
            "is": self._value,
            "f": self._formula,
            "row": self._new_row,
            "col": self._column_format,
            "mergeCell": self._merge,
        }

    def close(self, name: str) -> None:
        self._depth -= 1
        # Error values and formulas are rare: every other cell has nothing to finish.
        if (self._has_formula or self._type == "e") and name.rpartition(":")[2] == "c":
            self._finish_cell()

    def _finish_cell(self) -> None:
        if self._type == "e":
            self.facts.errors[self._row, self._column] = clean(self._result)
        elif not self._is_calculated():
            self.facts.errors[self._row, self._column] = NOT_CALCULATED
        self._parser.CharacterDataHandler = None
        self._type = ""
        self._has_formula = False

    def _is_calculated(self) -> bool:
        """Programs that do not calculate leave the result out or empty; text may be empty."""
        return bool(self._result) or (self._type == "str" and self._has_value)

    def _new_row(self, attributes: Attributes) -> None:
        written = attributes.get("r")
        self._row = self._number(written, _LAST_ROW) if written else self._row + 1
        self._row_digits = str(self._row)
        self._column = 0
        if attributes.get("hidden") in _ON:
            self.facts.hidden_rows.add(self._row)

    def _cell(self, attributes: Attributes) -> None:
        self._tags += 1
        if self._tags > self._limits.cell_tags:
            raise Refusal("blank_formatted")
        self._column = self._column_of(attributes.get("r"))
        self._type = attributes.get("t", "n")
        self._result = ""
        self._has_formula = self._has_value = False

    def _column_of(self, reference: str | None) -> int:
        """The column of a cell; its row too, where the reference leads to another one."""
        if reference is None:
            return self._column + 1
        # The usual case without a pattern: the digits of the present row after known letters.
        if reference.endswith(self._row_digits):
            column = self._columns.get(reference[: -len(self._row_digits)])
            if column is not None:
                return column
        self._row, column = self._position(reference)
        self._row_digits = str(self._row)
        return column

    def _value(self, _attributes: Attributes) -> None:
        self._has_value = True
        self._filled += 1
        limits = self._limits
        if self._filled > limits.cells:
            raise Refusal("too_many_cells")
        if self._column > limits.columns:
            raise Refusal("too_many_columns", self._place())
        if self._row > 2 * limits.rows:
            raise Refusal("row_too_far", self._place())
        if self._has_formula or self._type == "e":
            self._parser.CharacterDataHandler = self._keep_result

    def _keep_result(self, text: str) -> None:
        if len(self._result) < 20:
            self._result += text[:20]

    def _formula(self, _attributes: Attributes) -> None:
        self._has_formula = True
        self.facts.formulas += 1

    def _column_format(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _ON:
            first = self._number(attributes.get("min", ""), _LAST_COLUMN)
            last = self._number(attributes.get("max", ""), _LAST_COLUMN)
            self.facts.hidden_columns.update(range(first, min(last, self._limits.columns) + 1))

    def _merge(self, attributes: Attributes) -> None:
        reference = attributes.get("ref", "")
        first, _, last = reference.partition(":")
        top, left = self._position(first)
        bottom, right = self._position(last or first)
        self._merged_cells += max(0, bottom - top + 1) * max(0, right - left + 1)
        self.facts.merges.append((top, left, bottom, right))
        too_many = len(self.facts.merges) > self._limits.merges
        if too_many or self._merged_cells > self._limits.merged_cells:
            raise Refusal("too_many_merges", clean(reference)[:40])

    def _position(self, reference: str) -> tuple[int, int]:
        found = _REFERENCE(reference)
        if found is None:
            raise Refusal("suspicious", f"格子编号 {clean(reference)[:20]}")
        letters, digits = found.groups()
        column = self._columns[letters] = _column_number(letters)
        row = int(digits)
        if row > _LAST_ROW or column > _LAST_COLUMN:
            raise Refusal("suspicious", f"格子编号 {reference}")
        return row, column

    def _number(self, text: str, most: int) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most):
            raise Refusal("suspicious", f"行列编号 {clean(text)[:20]}")
        return int(text)

    def _place(self) -> str:
        return f"第 {self._row} 行第 {self._column} 列"


class PartReader:
    """Reads one XML part; which rules hold is decided by its root element, not by its name."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._root
        self._parser.StartDoctypeDeclHandler = self._doctype
        self.part = Part(limits)

    def read(self, chunks: Iterable[bytes]) -> Part:
        """Raises Refusal, expat.ExpatError."""
        for chunk in chunks:
            self._parser.Parse(chunk, False)  # noqa: FBT003  # expat takes no keyword here
        self._parser.Parse(b"", True)  # noqa: FBT003  # as above
        return self.part

    def _root(self, name: str, attributes: Attributes) -> None:
        self.part = self._part_for(name.rpartition(":")[2])
        self.part.attach(self._parser)
        self.part.open(name, attributes)

    def _part_for(self, root: str) -> Part:
        limits = self._limits
        match root:
            case "worksheet":
                return SheetPart(limits, self._parser)
            case "sst":
                return CountedPart(limits, "si", limits.cells, "too_many_cells")
            case "styleSheet":
                return CountedPart(limits, "xf", limits.styles, "too_many_styles")
        return _PLAIN_PARTS.get(root, Part)(limits)

    def _doctype(self, *_arguments: object) -> None:
        raise Refusal("suspicious", "含有 DTD 声明")


_PLAIN_PARTS: Final[dict[str, type[Part]]] = {
    "workbook": WorkbookPart,
    "Relationships": RelationsPart,
    "Types": ContentTypesPart,
}


def _column_number(letters: str) -> int:
    """
    >>> _column_number("A"), _column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
