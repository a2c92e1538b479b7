"""Tables written as text: CSV, and the HTML tables that government portals call .xls."""

import csv
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from typing import Final

from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.refusals import Refusal

_DELIMITERS: Final = ",\t;"
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
        yield from rows
    except csv.Error as error:
        place = f"第 {rows.line_num} 行"
        code = "cell_too_long" if "field larger" in str(error) else "broken"
        raise Refusal(code, place) from error


def _delimiter(text: str) -> str:
    """What occurs most often in the first line that says anything, outside quotes."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    plain = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=plain.count)


def html_rows(text: str, limits: Limits) -> list[list[str]]:
    """The rows of every table in the page, one below the other; spanned cells stay empty.

    Raises Refusal: too_many_columns, too_many_rows, other_format.
    """
    if len(text) > limits.html_bytes:
        raise Refusal("other_format")
    reader = _TableReader(limits)
    reader.feed(text)
    reader.close()
    if not reader.rows:
        raise Refusal("other_format")
    return reader.rows


class _TableReader(HTMLParser):
    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
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
        if height > 1:
            self._covered |= dict.fromkeys(range(start, start + self._width), height - 1)

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
