"""Step 2 to 3: every row of the chosen sheets is judged and put into staged rows.

Rows are judged some thousand at a time, each time with one query of each kind. Pages see none of
them before the last step sets the status; run again, it begins anew.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import Event
from beneficiaries.importing import Ledger, LedgerRow, SkippedRow
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import counting, receiving
from beneficiaries.services.ledgers.content import Content
from beneficiaries.services.ledgers.judging import Judge
from beneficiaries.services.ledgers.progress import Progress
from beneficiaries.services.ledgers.reading import kept_book, named_unions, open_kept
from beneficiaries.services.ledgers.row_writing import Line, add_rows, staged, staged_skip
from beneficiaries.services.ledgers.words import Words, words_of
from relief.lib.bulk import without_collecting
from relief.lib.crypto.sealing import DataKey
from unions.models import Staff
from unions.services.trail import record

Status = LedgerImport.Status
BATCH: Final = 2_000
_Read = tuple[int, str, LedgerRow | SkippedRow]


def stage_rows(ledger: LedgerImport, progress: Progress, *, by: Staff) -> LedgerImport:
    """Judge the whole file. Raises ValidationError: wrong_status, superseded (columns were chosen
    anew meanwhile), no_people."""
    key = key_of_ledger(ledger)
    with progress.commit():
        current = receiving.locked_ledger(ledger)
        receiving.refuse_unless(current, frozenset({Status.LAID_OUT}))
        StagedRow.objects.filter(ledger=current).delete()
    started = current.version
    with kept_book(key, current) as book:
        words = words_of(current.union)
        staging = Staging(current, open_kept(current, book, words), key, words)
        for rows in staging.batches():
            with progress.commit():
                _refuse_superseded(receiving.locked_ledger(ledger), started)
                add_rows(rows)
            progress.advance(staging.done, staging.total, "正在核对", problems=staging.problems)
    with progress.commit():
        current = receiving.locked_ledger(ledger)
        _refuse_superseded(current, started)
        _finish(current, staging, by)
    return current


@dataclass
class Staging:
    """The rows of a ledger on their way, and what they add up to."""

    ledger: LedgerImport
    opened: Ledger
    key: DataKey
    words: Words
    done: int = 0
    problems: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    #: What the 合计 rows of the sheets state.
    stated: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.total = sum(
            layout.sheet.row_count for layout in self.opened.layouts if not layout.reason
        )
        self._judge = Judge(
            self.ledger,
            self.words,
            named_unions(self.ledger),
            timezone.localdate(),
        )

    def batches(self) -> Iterator[list[Line]]:
        rows = self._rows()
        while lines := self._next(rows):
            yield lines

    def _next(self, rows: Iterator[_Read]) -> list[Line]:
        with without_collecting():
            return self._staged(list(islice(rows, BATCH)))

    def _rows(self) -> Iterator[_Read]:
        """With the position: where the row stands in the file, whatever comes out first."""
        above = 0
        for layout in self.opened.layouts:
            last = above
            for row in self.opened.rows(layout):
                last = max(last, above + row.number)
                yield above + row.number, layout.sheet.name, row
            above = last

    def _staged(self, batch: list[_Read]) -> list[Line]:
        skipped: list[Line] = []
        items = []
        self.done += len(batch)
        for position, sheet, row in batch:
            if isinstance(row, SkippedRow):
                skipped.append(staged_skip(self.ledger, position, sheet, row, self.key))
                if row.amounts:
                    self.stated.append(
                        {"sheet": sheet, "number": row.number, "amounts": dict(row.amounts)}
                    )
                continue
            content = Content.read_from(row)
            items.append(self._judge.prepared(position, sheet, row.number, content, row.problems))
        self.sums += counting.sums_of(item.values for item in items)
        verdicts = self._judge.verdicts(items)
        self.problems += sum(bool(verdict.open_problems) for verdict in verdicts)
        return [*skipped, *(staged(self.ledger, verdict, self.key) for verdict in verdicts)]


def _refuse_superseded(current: LedgerImport, started: int) -> None:
    if current.version != started or current.status != Status.LAID_OUT:
        raise ValidationError("核对期间又改了认列，这一次不作数。", code="superseded")


def _finish(current: LedgerImport, staging: Staging, by: Staff) -> None:
    counts = counting.count_rows(current)
    if not counting.people_in(counts):
        text = "没有读到一个人。请回到上一步，核对工作表、表头行和各列的对应。"
        raise ValidationError(text, code="no_people")
    current.counts = {
        **counts,
        "sums": {name: counting.yuan(fen) for name, fen in sorted(staging.sums.items())},
        "stated": staging.stated,
    }
    current.status = Status.STAGED
    current.staged_by, current.staged_at = by, timezone.now()
    current.version += 1
    current.save()
    told = {name: counts[name] for name in ("read", *StagedRow.Outcome.values)}
    record(by, Event.Action.IMPORT, current, step=current.status, **told)
