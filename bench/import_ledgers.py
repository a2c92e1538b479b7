"""What importing a ledger costs, beside what a user would take instead, and beside the limit.

For each size in a database of its own: reading, checking, confirming and writing by us; the same
rows through django-import-export (its defaults, and its best setting, which can only insert); the
limit, which is reading the cells and one COPY into one indexed table. Where the other takes
minutes a smaller size was run and its figures multiplied (≈). Seconds are those of the processor,
of all processes together. Run it: `.venv/bin/python -m bench.import_ledgers`.
Source: PERFORMANCE §1, the issue on the registry.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 (needs the settings)

from bench import ledger_limit, ledger_ours, ledger_peer  # noqa: E402
from bench.ledger_rows import NARROW, WIDE, file_of  # noqa: E402
from bench.measuring import Cost  # noqa: E402
from tests import database  # noqa: E402

SIZES: Final = ((1_000, NARROW), (10_000, NARROW), (50_000, NARROW), (10_000, WIDE))
#: More rows than these are not run but multiplied: 9 ms a row and 2 ms a row.
PEER_MOST: Final = 1_000
PEER_BEST_MOST: Final = 10_000
Costs = dict[str, Cost]
_RUNS: Final[dict[str, Callable[[Path, int], Costs]]] = {
    "ours": ledger_ours.run,
    "limit": ledger_limit.run,
    "defaults": ledger_peer.run_defaults,
    "best": ledger_peer.run_best,
}


def main() -> None:
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default=" ".join(f"{rows}x{columns}" for rows, columns in SIZES))
    parser.add_argument("--only", choices=sorted(_RUNS), help="without the others, and no ratios")
    parser.add_argument("--one", nargs=3, help="the program itself: one run, told as JSON")
    asked = parser.parse_args()
    if asked.one:
        tell(*asked.one)
    else:
        compare([tuple(map(int, size.split("x"))) for size in asked.sizes.split()], asked.only)


def compare(sizes: Iterable[tuple[int, ...]], only: str | None) -> None:
    print(_HEAD)
    for rows, columns in sizes:
        print(f"{rows:,} x {columns}")
        costs: dict[str, Costs] = {}
        for name in [only] if only else _RUNS:
            costs[name] = one(name, rows, columns)
            print("\n".join(lines(name, costs[name], rows)), flush=True)
        if not only:
            print("\n".join(ratios(costs)), flush=True)


def one(name: str, rows: int, columns: int) -> Costs:
    """A run in a process of its own, so that memory is told of it alone."""
    most = {"defaults": PEER_MOST, "best": PEER_BEST_MOST}.get(name, rows)
    run = min(rows, most)
    folder = Path(settings.VAR_DIR) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file_of(folder, run, columns)
    program = [sys.executable, "-m", "bench.import_ledgers", "--one"]
    said = subprocess.run(
        [*program, name, str(run), str(columns)], check=True, stdout=subprocess.PIPE, text=True
    )
    told = json.loads(said.stdout.splitlines()[-1])
    times = rows / run
    return {step: times_more(Cost(**cost), times) for step, cost in told.items()}


def times_more(cost: Cost, times: float) -> Cost:
    if times == 1:
        return cost
    more = {name: getattr(cost, name) * times for name in ("wall", "own", "children", "database")}
    return Cost(**(asdict(cost) | more | {"times": times}))


def tell(name: str, rows: str, columns: str) -> None:
    logging.disable(logging.INFO)
    file = file_of(Path(settings.VAR_DIR) / "bench", int(rows), int(columns))
    with tempfile.TemporaryDirectory() as media, database.cloned():
        settings.MEDIA_ROOT = media
        costs = _RUNS[name](file, int(rows))
    print(json.dumps({step: asdict(cost) for step, cost in costs.items()}))


_HEAD: Final = (
    "                                 rows/s   cpu s = process + child + database   "
    "wall s   peak MB  grown   child"
)


def lines(name: str, costs: Costs, rows: int) -> list[str]:
    together = {"together": total(costs)} if len(costs) > 1 else {}
    return [line(name, step, cost, rows) for step, cost in (costs | together).items()]


def line(name: str, step: str, cost: Cost, rows: int) -> str:
    near = "≈" if cost.times > 1 else " "
    speed = f"{near}{rows / max(cost.cpu, 0.001):>8,.0f} {near}{cost.cpu:>7.2f}"
    parts = f"{cost.own:6.2f} + {cost.children:5.2f} + {cost.database:6.2f}     {cost.wall:8.2f}"
    memory = f"{cost.peak:8.0f} {cost.grown:6.0f}  {cost.child:6.0f}"
    return f"  {name:9} {step:18} {speed} = {parts}  {memory}"


#: What is told beside the import and is no part of it.
ASIDE: Final = frozenset({"upload (web)", "confirm", "again"})


def total(costs: Costs) -> Cost:
    whole = Cost()
    for step, cost in costs.items():
        if step not in ASIDE:
            whole += cost
    return whole


def ratios(costs: dict[str, Costs]) -> list[str]:
    ours, limit = total(costs["ours"]).cpu, total(costs["limit"]).cpu
    defaults, best = total(costs["defaults"]).cpu, total(costs["best"]).cpu
    return [
        f"  import-export defaults / ours    = {defaults / ours:6.1f}   (asked: >= 40)",
        f"  import-export best / ours        = {best / ours:6.1f}",
        f"  ours / (reading + indexed COPY)  = {ours / limit:6.1f}   (asked: <= 2.5)",
    ]


if __name__ == "__main__":
    main()
