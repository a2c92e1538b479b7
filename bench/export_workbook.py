"""What a workbook of 100,000 rows and 20 columns costs, beside import-export and beside the fetch.

The same table for all: ours reads it in chunks and writes typed cells, import-export exports its
resource to XLSX as the admin does, the limit only fetches the rows. Every one in a process of its
own, on a database of its own: `.venv/bin/python -m bench.export_workbook [ROWS]`.
Source: PERFORMANCE §6.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 (needs the settings)
from import_export.formats.base_formats import XLSX  # noqa: E402

from bench.ledger_peer import AMOUNTS, CODES, COUNTS, DAYS, NAMES, Flat, Reader, resource  # noqa: E402
from bench.ledger_rows import NARROW, headings, rows  # noqa: E402
from bench.measuring import Cost, measured  # noqa: E402
from relief.codes.services import codes_folder, load_codes  # noqa: E402
from relief.lib.bulk import copy_in, new_row  # noqa: E402
from relief.lib.workbooks.write import CellKind, SheetColumn, write_sheet  # noqa: E402
from tests import database  # noqa: E402

ROWS: Final = 100_000
_CHUNK: Final = 2_000
_HEADINGS: Final = headings(NARROW)


def fill(count: int) -> None:
    load_codes(codes_folder())
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    with connection.schema_editor() as editor:
        editor.create_model(Flat)
    made = _made(count)
    with transaction.atomic():
        while part := list(islice(made, _CHUNK)):
            copy_in(part)


def _made(count: int) -> Iterator[Any]:
    reader = Reader()
    for cells in rows(count, NARROW):
        row: dict[str, Any] = dict(zip(_HEADINGS, cells, strict=True))
        reader.read(row)
        yield new_row(Flat, **{_attname(one): row[one] or None for one in _HEADINGS})


def _attname(heading: str) -> str:
    return str(Flat._meta.get_field(NAMES[heading]).attname)  # type: ignore[union-attr]  # concrete


def _fetched() -> Iterator[tuple[Any, ...]]:
    found = Flat._default_manager.order_by("pk")
    yield from found.values_list(*map(_attname, _HEADINGS)).iterator(chunk_size=_CHUNK)


def fetch() -> None:
    for _ in _fetched():
        pass


def ours() -> None:
    columns = [SheetColumn(heading, _kind(heading)) for heading in _HEADINGS]
    with transaction.atomic(), tempfile.TemporaryFile() as target:
        write_sheet(
            target, title="台账", columns=columns, rows=_fetched(), watermark="导出人：某某"
        )


def _kind(heading: str) -> CellKind:
    if heading in DAYS:
        return CellKind.DATE
    if heading in COUNTS:
        return CellKind.NUMBER
    return CellKind.MONEY if heading in AMOUNTS else CellKind.TEXT


def peer() -> None:
    """With its code lists joined, which it does not do by itself."""
    codes = [NAMES[heading] for heading in CODES if heading in _HEADINGS]
    found = Flat._default_manager.select_related(*codes)
    exported = resource(NARROW, is_cached=True).export(queryset=found)
    with tempfile.TemporaryFile() as target:
        target.write(XLSX().export_data(exported))


_RUNS: Final[dict[str, Callable[[], None]]] = {
    "fetching alone": fetch,
    "ours": ours,
    "import-export": peer,
}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    if len(sys.argv) > 2:
        tell(count, sys.argv[2])
        return
    print(f"{count:,} x {NARROW}        cpu s = process + database    wall s  peak MB  grown")
    costs = {name: one(count, name) for name in _RUNS}
    for name, cost in costs.items():
        seconds = f"{cost.cpu:7.2f} = {cost.own:6.2f} + {cost.database:6.2f}   {cost.wall:8.2f}"
        print(f"  {name:16} {seconds}  {cost.peak:7.0f} {cost.grown:6.0f}")
    ratio = costs["import-export"].cpu / costs["ours"].cpu
    print(f"  import-export / ours = {ratio:.1f} (asked: >= 15; peak <= 130 MB)")


def one(count: int, name: str) -> Cost:
    program = [sys.executable, "-m", "bench.export_workbook", str(count), name]
    said = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(said.stdout.splitlines()[-1]))


def tell(count: int, name: str) -> None:
    """Rows are made by another process, whose memory is not that of the export."""
    with database.cloned():
        _in_a_child(lambda: fill(count))
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
        _, cost = measured(_RUNS[name])
    print(json.dumps(asdict(cost)))


def _in_a_child(work: Callable[[], None]) -> None:
    connection.close()
    child = os.fork()
    if child == 0:
        is_done = False
        try:
            work()
            is_done = True
        finally:
            os._exit(0 if is_done else 1)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("The rows could not be made.")


if __name__ == "__main__":
    main()
