"""Read a table that somebody uploaded: .xlsx, .xls, .et, .csv, or an HTML table named .xls.

    with read_table(upload) as book:
        for sheet in book.sheets:
            for row in book.rows(sheet):
                row.number, [cell.text for cell in row.cells]

The file is opened by a child process only; here it is copied, and the rows are read back from a
temporary file one by one. Call it from a background job: it may take a minute and a half.
Source: DESIGN §5, SECURITY §4 (docs/decisions/0010-workbooks.md).
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from io import BytesIO
from itertools import islice
from types import TracebackType
from typing import IO, Any, Final, Protocol, Self

from django.conf import settings
from django.core.exceptions import ValidationError

from relief.lib.limited_child import End, run_limited
from relief.lib.workbooks import cells
from relief.lib.workbooks.cells import Cell
from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.refusals import sentence

_CHUNK: Final = 256 * 1024
#: Rows that are fetched at once; another reader may move the file's position between two batches.
_BATCH: Final = 100


class WorkbookRefused(ValidationError):  # noqa: N818  # a decision, not a failure
    """The file is not read. `message` says in one sentence what is wrong and what to do."""

    def __init__(self, code: str, place: str = "", *, limits: Limits | None = None) -> None:
        super().__init__(sentence(code, place, limits or Limits()), code=code)


class Readable(Protocol):
    """An upload, or any file opened for reading bytes."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, /) -> object: ...


@dataclass(frozen=True)
class Row:
    """`number` counts from 1 and is the one that Excel shows; rows without content are left out.

    `codes` are the cells as the child wrote them, "" for empty ones; `cells.decoded` reads one.
    """

    number: int
    is_hidden: bool
    codes: Sequence[str]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return cells.decode(self.codes)

    def cell(self, column: int) -> Cell:
        """The cell in the column, counting from 1; empty beyond the last one."""
        return cells.decoded(self.codes[column - 1]) if column <= len(self.codes) else cells.EMPTY


@dataclass(frozen=True)
class Sheet:
    name: str
    is_hidden: bool
    hidden_columns: frozenset[int]
    #: First row, first column, last row, last column; only the first cell has the value.
    merges: tuple[tuple[int, int, int, int], ...]
    formula_count: int
    row_count: int
    offset: int


@dataclass(frozen=True)
class Sheets:
    """A workbook as it was read. Close it, or use it in a `with`, to drop the copy."""

    container: str
    encoding: str
    sha256: str
    sheets: tuple[Sheet, ...]
    lines: IO[bytes]

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """The rows of the sheet, top down; two sheets can be read side by side."""
        offset, left = sheet.offset, sheet.row_count
        while left:
            self.lines.seek(offset)
            batch = list(islice(self.lines, min(left, _BATCH)))
            offset += sum(map(len, batch))
            left -= len(batch)
            for line in batch:
                number, hidden, codes = json.loads(line)
                yield Row(number, bool(hidden), codes)

    def close(self) -> None:
        self.lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def limits_from_settings() -> Limits:
    return Limits(**settings.WORKBOOK_LIMITS)


def read_table(file: Readable, *, limits: Limits | None = None) -> Sheets:
    """Read the file from its beginning.

    Raises WorkbookRefused.
    """
    limits = limits or limits_from_settings()
    lines = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the workbook
    try:
        with tempfile.TemporaryFile() as copy:
            digest = _copy(file, copy, limits)
            _run_child(copy, lines, limits)
        return _indexed(lines, digest, limits)
    except BaseException:
        lines.close()
        raise


def read_rows(content: bytes, *, limits: Limits | None = None) -> list[list[str]]:
    """The first sheet that is not hidden and not empty, as texts in rows of one width.

    For short lists with one head row. Error cells give what they show (#N/A), so that they are
    refused and not taken for empty. Raises WorkbookRefused.
    """
    with read_table(BytesIO(content), limits=limits) as book:
        seen = (sheet for sheet in book.sheets if not sheet.is_hidden and sheet.row_count)
        sheet = next(seen, None)
        if sheet is None:
            raise WorkbookRefused("no_rows", limits=limits)
        rows = [[_plain(cell) for cell in row.cells] for row in book.rows(sheet)]
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _plain(cell: Cell) -> str:
    return str(cell.value) if cell.kind is cells.Kind.ERROR else cell.text


def _copy(file: Readable, copy: IO[bytes], limits: Limits) -> str:
    digest = hashlib.sha256()
    size = 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > limits.file_bytes:
            raise WorkbookRefused("file_too_large", limits=limits)
        digest.update(chunk)
        copy.write(chunk)
    if not size:
        raise WorkbookRefused("empty", limits=limits)
    copy.seek(0)
    return digest.hexdigest()


def _run_child(copy: IO[bytes], lines: IO[bytes], limits: Limits) -> None:
    end = run_limited(
        "relief.lib.workbooks.child",
        json.dumps(asdict(limits)),
        stdin=copy,
        stdout=lines,
        wall_seconds=limits.wall_seconds,
    )
    if end is End.TOO_SLOW:
        raise WorkbookRefused("too_slow", limits=limits)
    if end is End.TOO_COMPLEX:
        raise WorkbookRefused("too_complex", limits=limits)
    # An end by itself without a closing line is a file that a library could not read.


def _indexed(lines: IO[bytes], digest: str, limits: Limits) -> Sheets:
    """Find where each sheet begins. Rows stay in the file."""
    lines.seek(0)
    book: dict[str, Any] = {}
    found: list[tuple[dict[str, Any], int]] = []
    counts: list[int] = []
    offset = 0
    is_whole = False
    for line in lines:
        offset += len(line)
        if not line.startswith(b"{"):
            counts[-1] += 1
            continue
        head = _head(line, limits)
        if "sheet" in head:
            found.append((head, offset))
            counts.append(0)
        is_whole = is_whole or "end" in head
        book = book or head
    if not is_whole:
        raise WorkbookRefused("broken", limits=limits)
    sheets = tuple(_sheet(*entry, count) for entry, count in zip(found, counts, strict=True))
    return Sheets(book["container"], book["encoding"], digest, sheets, lines)


def _head(line: bytes, limits: Limits) -> dict[str, Any]:
    if not line.endswith(b"\n"):  # the child died in the middle of a line
        raise WorkbookRefused("broken", limits=limits)
    head: dict[str, Any] = json.loads(line)
    if "refused" in head:
        raise WorkbookRefused(head["refused"], head["place"], limits=limits)
    return head


def _sheet(head: dict[str, Any], offset: int, row_count: int) -> Sheet:
    return Sheet(
        name=head["sheet"],
        is_hidden=head["hidden"],
        hidden_columns=frozenset(head["hidden_columns"]),
        merges=tuple((top, left, bottom, right) for top, left, bottom, right in head["merges"]),
        formula_count=head["formulas"],
        row_count=row_count,
        offset=offset,
    )
