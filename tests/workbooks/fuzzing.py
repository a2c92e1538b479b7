"""Reads mutated workbooks, thousands of them: nothing may get past the child or upset its parent.

    python -m tests.workbooks.fuzzing 20000 SEED

Prints one JSON object. Each file is read by a fork of this process under the limits of the real
child, so that a start of Python is not paid for each; this process then does what the parent does.
Source: SECURITY §6 row 10.
"""

import json
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections import Counter
from datetime import date
from pathlib import Path

from beneficiaries.importing import LedgerRow, open_ledger
from beneficiaries.importing.vocabulary import from_folder
from relief.lib.workbooks import Kind, Limits, WorkbookRefused, child
from relief.lib.workbooks.read import _copy, _indexed
from tests.importing.ledgers import MADE
from tests.importing.ledgers_as_text import AS_TEXT
from tests.workbooks.making import xls
from tests.workbooks.mutating import corpus

LIMITS = Limits(cpu_seconds=10, wall_seconds=20, output_bytes=64 * 1024 * 1024)
TODAY = date(2026, 1, 15)
WORDS = from_folder(Path(__file__).resolve().parents[2] / "fixtures" / "codes")
#: Control characters but the line feed, and marks of direction.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def outcome_of(upload, limits):
    """What the person would be told of an open file; raises for what must never happen."""
    with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as copy:
        try:
            _copy(upload, copy, limits)
            status = _read_in_fork(copy, lines, limits)
            if os.WIFSIGNALED(status):
                return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
            book = _indexed(lines, "0" * 64, limits)
        except WorkbookRefused as refused:
            return f"refused {refused.code}"
        check(book)
        return "read"


def _read_in_fork(upload, lines, limits):
    pid = os.fork()
    if not pid:
        _be_the_child(upload, lines, limits)
    return os.waitpid(pid, 0)[1]


def _be_the_child(upload, lines, limits):
    """Ends the process, however the reading ends."""
    signal.alarm(limits.wall_seconds)
    os.dup2(upload.fileno(), 0)
    os.dup2(lines.fileno(), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.argv = ["child", json.dumps(vars(limits))]
    try:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        child.main()
        os._exit(0)
    except BaseException:  # noqa: BLE001  # the real child ends here too, with a traceback
        os._exit(1)


def check(book):
    """No cell and no value keeps a sign that nobody sees; no number passes for an ID number."""
    numbers = {}
    for sheet in book.sheets:
        for row in book.rows(sheet):
            assert not any(UNSEEN.search(cell.text) for cell in row.cells), "a sign in a cell"
            found = {cell.text for cell in row.cells if cell.kind is Kind.NUMBER}
            numbers[sheet.offset, row.number] = found
    ledger = open_ledger(book, vocabulary=WORDS, today=TODAY)
    for layout in ledger.layouts:
        for row in ledger.rows(layout):
            if isinstance(row, LedgerRow):
                told = {text for name, text in row.values.items() if name.endswith("id_number")}
                assert not told & numbers[layout.sheet.offset, row.number], "a numeric ID number"
                assert not any(map(UNSEEN.search, row.values.values())), "a sign in a value"


def run(count, seed):
    seeds = [made().content for made in (*MADE.values(), *AS_TEXT.values())] + [xls()]
    outcomes: Counter[str] = Counter()
    failures = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for at, content in enumerate(corpus(seeds, count, seed)):
        try:
            with tempfile.TemporaryFile() as upload:
                upload.write(content)
                upload.seek(0)
                outcomes[outcome_of(upload, LIMITS)] += 1
        except Exception:  # noqa: BLE001  # every failure is told, with its place in the corpus
            failures.append({"at": at, "error": traceback.format_exc(limit=-3)})
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"outcomes": dict(outcomes), "failures": failures, "grown_kb": grown}


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2])), indent=1))  # noqa: T201  # a command
