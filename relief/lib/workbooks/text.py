"""Tables written as text: CSV, and the HTML tables that government portals call .xls."""

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from itertools import islice
from typing import Final

from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.refusals import Refusal

#: First row, first column, last row, last column; all count from 1.
Merge = tuple[int, int, int, int]

_DELIMITERS: Final = ",\t;"
#: Lines that are looked at to tell by what cells are divided; titles stand above tables.
_LOOKED_AT: Final = 50
#: ="0123": how programs keep Excel from taking a text for a number.
_QUOTED: Final = re.compile('^="(.*)"$', re.DOTALL)
#: Control characters that no text file holds; tab, line feed, form feed and return may occur.
_NOT_TEXT: Final = frozenset(map(chr, (*range(9), 11, *range(14, 32), 127)))


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Each candidate is tried strictly, none is guessed.

    Raises Refusal: encoding, not_a_workbook.
    """
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NOT_TEXT.isdisjoint(text):
            raise Refusal("not_a_workbook")
        return text, encoding
    # Bytes that no encoding explains and that hold control characters were never text.
    is_binary = any(chr(byte) in _NOT_TEXT for byte in content[:4096])
    raise Refusal("not_a_workbook" if is_binary else "encoding")


def _candidates(content: bytes) -> tuple[str, ...]:
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    return ("utf-8", "gb18030")


def csv_rows(text: str, limits: Limits) -> Iterator[list[str]]:
    """Raises Refusal: cell_too_long, broken."""
    csv.field_size_limit(limits.cell_characters)
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for row in rows:
            yield [_QUOTED.sub(r"\1", value) for value in row]
    except csv.Error as error:
        place = f"第 {rows.line_num} 行"
        code = "cell_too_long" if "field larger" in str(error) else "broken"
        raise Refusal(code, place) from error


def _delimiter(text: str) -> str:
    """What divides most of the upper lines, outside quotes; on a tie what occurs most often."""
    lines = islice((line for line in StringIO(text) if line.strip()), _LOOKED_AT)
    plain = ["".join(line.split('"')[::2]) for line in lines]
    counts = {sign: [line.count(sign) for line in plain] for sign in _DELIMITERS}
    return max(_DELIMITERS, key=lambda sign: (sum(map(bool, counts[sign])), sum(counts[sign])))


def html_table(text: str, limits: Limits) -> tuple[list[list[str]], list[Merge]]:
    """The rows of every table in the page, one below the other, and their spanned cells.

    Raises Refusal: too_many_columns, too_many_rows, other_format.
    """
    if len(text) > limits.html_bytes:
        raise Refusal("other_format")
    reader = _TableReader(limits)
    reader.feed(text)
    reader.close()
    if not reader.rows:
        raise Refusal("other_format")
    last = len(reader.rows)
    merges = [(top, left, min(bottom, last), right) for top, left, bottom, right in reader.merges]
    return reader.rows, merges


class _TableReader(HTMLParser):
    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.merges: list[Merge] = []
        self._limits = limits
        self._cell: list[str] | None = None
        self._width = 1
        #: Column → how many further rows a cell above reaches down.
        self._covered: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_cell()
            self._new_row()
        elif tag in ("td", "th") and self.rows:
            self._end_cell()
            self._start_cell(dict(attrs))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table":
            self._covered.clear()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _new_row(self) -> None:
        if len(self.rows) >= 2 * self._limits.rows:
            raise Refusal("too_many_rows")
        self.rows.append([])
        self._skip_covered()

    def _start_cell(self, attributes: dict[str, str | None]) -> None:
        self._cell = []
        self._width = self._span(attributes.get("colspan"), self._limits.columns)
        height = self._span(attributes.get("rowspan"), self._limits.rows)
        start = len(self.rows[-1])
        if start + self._width > self._limits.columns:
            raise Refusal("too_many_columns", f"第 {len(self.rows)} 行")
        if self._width > 1 or height > 1:
            self._merge(start, height)
        if height > 1:
            self._covered |= dict.fromkeys(range(start, start + self._width), height - 1)

    def _merge(self, start: int, height: int) -> None:
        row = len(self.rows)
        self.merges.append((row, start + 1, row + height - 1, start + self._width))
        if len(self.merges) > self._limits.merges:
            raise Refusal("too_many_merges", f"第 {row} 行")

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        self.rows[-1] += ["".join(self._cell), *[""] * (self._width - 1)]
        self._cell = None
        self._skip_covered()

    def _skip_covered(self) -> None:
        row = self.rows[-1]
        while self._covered.get(len(row), 0):
            self._covered[len(row)] -= 1
            row.append("")

    @staticmethod
    def _span(written: str | None, most: int) -> int:
        """What browsers make of it: anything odd is 1."""
        if written is None or not (written.isascii() and written.isdecimal() and len(written) < 7):
            return 1
        return min(max(int(written), 1), most)
