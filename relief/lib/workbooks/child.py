"""The process that reads one uploaded file and may die of it.

`python -m relief.lib.workbooks.child LIMITS` reads the file from standard input and writes JSON
lines: a header per sheet, its rows, and a closing line; or one refusal. It opens no file, knows no
database and no secret, and takes the limits upon itself before it looks at the first byte. What a
library throws at a broken file is not caught: the process ends, and its parent knows what to say.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, Final, TextIO

import xlrd
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from relief.lib.workbooks import cells, guard, text
from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.parts import SheetFacts
from relief.lib.workbooks.refusals import Refusal

_XLS_ERRORS: Final[Mapping[int, str]] = xlrd.error_text_from_code


class Output:
    """Writes the lines, and counts what is written against the limits."""

    def __init__(self, stream: TextIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._sheet = ""
        self._rows = self._cells = self._sheets = 0

    def header(self, **facts: Any) -> None:
        self._write(facts)

    def sheet(self, name: str, facts: SheetFacts, *, hidden: bool = False) -> None:
        self._sheets += 1
        if self._sheets > self._limits.sheets:
            raise Refusal("too_many_sheets")
        self._sheet = cells.clean(name)
        self._write(
            {
                "sheet": self._sheet,
                "hidden": hidden,
                "hidden_columns": sorted(facts.hidden_columns),
                "merges": facts.merges,
                "formulas": facts.formulas,
            }
        )

    def row(self, number: int, codes: list[str], *, hidden: bool = False) -> None:
        """One row, if anything is in it. `number` counts from 1."""
        while codes and not codes[-1]:
            codes.pop()
        if not codes:
            return
        self._rows += 1
        self._cells += sum(map(bool, codes))
        self._check(number, codes)
        self._write([number, int(hidden), codes])

    def end(self) -> None:
        if not self._rows:
            raise Refusal("no_rows")
        self._write({"end": self._rows})

    def _check(self, number: int, codes: Sequence[str]) -> None:
        limits = self._limits
        place = f"“{self._sheet}”第 {number} 行" if self._sheet else f"第 {number} 行"
        if self._rows > limits.rows + limits.spare_rows:
            raise Refusal("too_many_rows", place)
        if self._cells > limits.cells:
            raise Refusal("too_many_cells", place)
        if len(codes) > limits.columns:
            raise Refusal("too_many_columns", place)
        if len(max(codes, key=len)) > limits.cell_characters + 1:
            raise Refusal("cell_too_long", place)

    def _write(self, line: object) -> None:
        self._stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        self._stream.write("\n")


def read(content: bytes, output: Output, limits: Limits) -> None:
    """Raises Refusal, and whatever the libraries raise."""
    container = guard.container_of(content)
    match container:
        case guard.Container.XLSX:
            _read_xlsx(content, output, limits)
        case guard.Container.XLS:
            _read_xls(content, output)
        case guard.Container.HTML | guard.Container.CSV:
            _read_text(content, container, output, limits)
    output.end()


def _read_xlsx(content: bytes, output: Output, limits: Limits) -> None:
    output.header(container=guard.Container.XLSX, encoding="")
    scanned = guard.inspect_xlsx(content, limits)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
    except PasswordError as error:
        raise Refusal("password") from error
    if len(book.sheets_metadata) != len(scanned):
        raise Refusal("suspicious")
    for index, (meta, part) in enumerate(zip(book.sheets_metadata, scanned, strict=True)):
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue
        facts = part.facts
        output.sheet(meta.name, facts, hidden=meta.visible is not SheetVisibleEnum.Visible)
        sheet = book.get_sheet_by_index(index)
        # The library begins at row 1, but at the first column that holds something.
        left = sheet.start[1] if sheet.start else 0
        rows = ([""] * left + [_encoded(value) for value in row] for row in sheet.iter_rows())
        for number, codes in _with_errors(rows, facts):
            output.row(number, codes, hidden=number in facts.hidden_rows)


def _with_errors(rows: Iterable[list[str]], facts: SheetFacts) -> Iterator[tuple[int, list[str]]]:
    """The rows with their error cells, which the library reads as empty or leaves out."""
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), message in facts.errors.items():
        errors.setdefault(row, []).append((column, message))
    number = 0
    for number, codes in enumerate(rows, start=1):
        yield number, _put_errors(codes, errors.pop(number, []))
    for row in sorted(errors):
        yield row, _put_errors([], errors[row])


def _put_errors(codes: list[str], errors: list[tuple[int, str]]) -> list[str]:
    for column, message in errors:
        codes += [""] * (column - len(codes))
        codes[column - 1] = cells.encode_error(message)
    return codes


def _encoded(value: object) -> str:
    return _ENCODERS[type(value)](value)


def _encode_time(value: time) -> str:
    """Midnight is what the library makes of the serials 0 and -1 that are shown as dates."""
    if value == time():
        return cells.encode_error(cells.DATE_OUT_OF_RANGE)
    return cells.encode_text(str(value))


_ENCODERS: Final[Mapping[type, Callable[[Any], str]]] = {
    str: cells.encode_text,
    bool: cells.encode_bool,
    float: cells.encode_number,
    int: lambda value: cells.encode_number(float(value)),
    date: cells.encode_date,
    datetime: cells.encode_date,
    time: _encode_time,
    timedelta: lambda value: cells.encode_text(str(value)),
}


def _read_xls(content: bytes, output: Output) -> None:
    output.header(container=guard.Container.XLS, encoding="")
    with _open_xls(content) as book:
        for index in range(book.nsheets):
            sheet = book.sheet_by_index(index)
            facts = _xls_facts(sheet)
            output.sheet(sheet.name, facts, hidden=bool(sheet.visibility))
            for number in range(1, sheet.nrows + 1):
                codes = [_encoded_xls(cell, book.datemode) for cell in sheet.row(number - 1)]
                output.row(number, codes, hidden=number in facts.hidden_rows)
            book.unload_sheet(index)


def _open_xls(content: bytes) -> xlrd.book.Book:
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device
            return xlrd.open_workbook(
                file_contents=content, formatting_info=True, on_demand=True, logfile=nowhere
            )
    except xlrd.XLRDError as error:
        raise Refusal("password" if "encrypted" in str(error).lower() else "broken") from error


def _xls_facts(sheet: xlrd.sheet.Sheet) -> SheetFacts:
    """Hidden and merged parts; the old format does not tell formulas from values."""
    facts = SheetFacts()
    facts.hidden_rows = {row + 1 for row, seen in sheet.rowinfo_map.items() if seen.hidden}
    facts.hidden_columns = {
        column + 1
        for column, seen in sheet.colinfo_map.items()
        if seen.hidden and column < sheet.ncols
    }
    facts.merges = [
        (top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells
    ]
    return facts


def _encoded_xls(cell: xlrd.sheet.Cell, datemode: int) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _encoded_serial(cell.value, datemode)
    encode = _XLS_ENCODERS.get(cell.ctype)
    return encode(cell.value) if encode else ""


_XLS_ENCODERS: Final[Mapping[int, Callable[[Any], str]]] = {
    xlrd.XL_CELL_TEXT: cells.encode_text,
    xlrd.XL_CELL_NUMBER: cells.encode_number,
    xlrd.XL_CELL_BOOLEAN: lambda value: cells.encode_bool(bool(value)),
    xlrd.XL_CELL_ERROR: lambda value: cells.encode_error(_XLS_ERRORS.get(value, "#ERR")),
}


def _encoded_serial(serial: float, datemode: int) -> str:
    try:
        moment = xlrd.xldate_as_datetime(serial, datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return cells.encode_error(cells.DATE_OUT_OF_RANGE)
    if 0 < serial < 1:
        return cells.encode_text(str(moment.time().replace(microsecond=0)))
    return cells.encode_date(moment)


def _read_text(content: bytes, container: guard.Container, output: Output, limits: Limits) -> None:
    plain, encoding = text.decode(content)
    output.header(container=container, encoding=encoding)
    facts = SheetFacts()
    rows: Iterable[list[str]]
    if container is guard.Container.CSV:
        rows = text.csv_rows(plain, limits)
    else:
        rows, facts.merges = text.html_table(plain, limits)
    output.sheet("", facts)
    for number, row in enumerate(rows, start=1):
        output.row(number, [cells.encode_text(value) for value in row])


def _limit_self(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Python ignores this signal; the parent reads from it that too much was written.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    _limit_self(limits)
    with open(1, "w", encoding="utf-8", newline="\n", closefd=False) as stream:
        try:
            read(sys.stdin.buffer.read(limits.file_bytes + 1), Output(stream, limits), limits)
        except Refusal as refusal:
            stream.write(json.dumps({"refused": refusal.code, "place": refusal.place}) + "\n")
        except MemoryError:
            stream.write(json.dumps({"refused": "too_complex", "place": ""}) + "\n")


if __name__ == "__main__":
    main()
