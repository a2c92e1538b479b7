"""What all decisions about rows share: one import locked, the touched rows judged again.

A row is judged anew as if it had been read so. Who stands beside it in the file is looked at again
only when a number, name, birth date or phone changed, or when a row came or went.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import Event
from beneficiaries.importing.cells import Context
from beneficiaries.importing.duplicates import People
from beneficiaries.importing.person import judge, typed
from beneficiaries.importing.problems import Problem
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import counting, receiving
from beneficiaries.services.ledgers.alike import indexes_of
from beneficiaries.services.ledgers.content import Content, content_of, without_blanks
from beneficiaries.services.ledgers.demands import HANDS
from beneficiaries.services.ledgers.judging import Judge
from beneficiaries.services.ledgers.matching import Item
from beneficiaries.services.ledgers.reading import named_unions
from beneficiaries.services.ledgers.row_writing import change_rows, fill
from beneficiaries.services.ledgers.words import Words, words_of
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_stale
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

Outcome = StagedRow.Outcome
BATCH: Final = 2_000
OPEN: Final = frozenset({LedgerImport.Status.STAGED, LedgerImport.Status.PARTLY})
#: Problems that the other rows of the file make.
_OF_THE_FILE: Final = frozenset({"duplicate_in_file", "duplicate_suspected", "member_duplicate"})


@dataclass
class Touched:
    """A row with its opened content; `is_back` when it was left out until now."""

    row: StagedRow
    content: Content
    is_back: bool = False
    #: What the row adds to the sums of money as they stand.
    counted: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.counted = self.sums()

    def sums(self) -> Counter[str]:
        if self.row.outcome == Outcome.SKIPPED:
            return Counter()
        return counting.sums_of([self.content.settled_values()])


@dataclass
class Deciding:
    """One decision about one import, from its lock to its count."""

    by: Staff
    ledger: LedgerImport
    key: DataKey
    judge: Judge
    context: Context
    _sums: Counter[str] = field(default_factory=Counter)

    @classmethod
    def about(cls, by: Staff, ledger: LedgerImport, version: int) -> "Deciding":
        """Raises what `lock_open` raises."""
        return cls.of(by, lock_open(by, ledger, version))

    @classmethod
    def of(cls, by: Staff, current: LedgerImport) -> "Deciding":
        """About an import that is locked and may be decided about."""
        today = timezone.localdate()
        words = words_of(current.union)
        return cls(
            by,
            current,
            key_of_ledger(current),
            Judge(current, words, named_unions(current), today),
            Context(words.vocabulary, today),
        )

    def row(self, row: StagedRow) -> Touched:
        """The row as it is now. Raises ValidationError: written."""
        current = StagedRow.objects.get(pk=row.pk, ledger=self.ledger)
        if current.written_at is not None:
            raise ValidationError("这一行已经写入，请到人员页面修改。", code="written")
        return Touched(current, content_of(current, self.key))

    def opened(self, rows: Iterable[StagedRow]) -> list[Touched]:
        return [Touched(row, content_of(row, self.key)) for row in rows]

    def batches(self, code: str, name: str) -> Iterator[list[Touched]]:
        """The rows with this open problem, some thousand at a time."""
        rows = StagedRow.objects.of_ledger(self.ledger).with_problem(code, name)
        keys = list(rows.filter(written_at__isnull=True).values_list("pk", flat=True))
        for start in range(0, len(keys), BATCH):
            batch = StagedRow.objects.of_ledger(self.ledger)
            yield self.opened(batch.filter(pk__in=keys[start : start + BATCH]))

    def mend(self, touched: Touched, name: str, text: str) -> None:
        """Put the text into a cell; what is read from it comes with `judge_again`."""
        content, entries = touched.content, touched.content.entries()
        content.mended.setdefault(name, content.raw(name))
        entries[name] = typed(text, name, self.context)
        entries = without_blanks(entries)
        content.take(content.values, entries)
        if name not in entries and name in content.values:
            content.values.pop(name)
            content.added.remove(name)

    def reread(self, touched: Touched, name: str) -> None:
        """Understand a cell as it is with what was learnt since."""
        entries = touched.content.entries()
        entries[name] = typed(touched.content.raw(name), name, self.context)
        touched.content.take(touched.content.values, entries)

    def learn(self, words: Words) -> None:
        self.judge.words = words
        self.context = Context(words.vocabulary, self.context.today)

    def judge_again(self, touched: Sequence[Touched]) -> None:
        """Judge these rows, and those beside which they stand now or stood before."""
        before = [set(map(bytes, one.row.indexes)) for one in touched]
        items = self._prepared(touched)
        moved = set[bytes]()
        for one, item, old in zip(touched, items, before, strict=True):
            new = set(item.indexes.every)
            if one.is_back or new != old:
                moved |= new | old
        if moved:
            judged = [*touched, *self._beside(moved, touched)]
            self._keep(judged, self._prepared(judged, self._doubles(judged)))
        else:
            self._keep(touched, items)
        self._count(touched)

    def leave_out(self, touched: Sequence[Touched], reason: str) -> None:
        """Rows that are not to be written; those beside them are judged without them."""
        moved = set[bytes]()
        for one in touched:
            moved.update(map(bytes, one.row.indexes))
            one.row.outcome, one.row.skip_reason = Outcome.SKIPPED, reason
            one.row.open_problems = []
            one.row.seal(self.key, content=one.content.dumped())
        change_rows([one.row for one in touched])
        self._count(touched)
        neighbours = self._beside(moved, touched)
        if neighbours:
            self._keep(neighbours, self._prepared(neighbours, self._doubles(neighbours)))

    def done(self, what: str, rows: int, **details: str) -> LedgerImport:
        """As `settled`; whoever decided does not release the import (`applying`)."""
        hands = {*self.ledger.decisions.get(HANDS, []), self.by.user_id}
        self.ledger.decisions = {**self.ledger.decisions, HANDS: sorted(hands)}
        return self.settled(what, rows, **details)

    def settled(self, what: str, rows: int, **details: str) -> LedgerImport:
        """Count anew and note what was done; values of people are in no note."""
        ledger, sums = self.ledger, Counter(self._sums)
        for name, amount in ledger.counts.get("sums", {}).items():
            sums[name] += counting.fen(amount)
        ledger.counts = {
            **counting.count_rows(ledger),
            "sums": {name: counting.yuan(fen) for name, fen in sorted(sums.items())},
            "stated": ledger.counts.get("stated", []),
            "workplaces": ledger.counts.get("workplaces", []),
        }
        ledger.version += 1
        ledger.save()
        record(self.by, Event.Action.CHANGE, ledger, decision=what, rows=rows, **details)
        return ledger

    def _count(self, touched: Sequence[Touched]) -> None:
        """Put what the rows add to the sums of money now in place of what they did."""
        for one in touched:
            self._sums.subtract(one.counted)
            one.counted = one.sums()
            self._sums.update(one.counted)

    def _prepared(
        self, touched: Sequence[Touched], doubles: Sequence[Sequence[Problem]] = ()
    ) -> list[Item]:
        """The cells read again; without new `doubles` those that were found stay."""
        items = []
        for at, one in enumerate(touched):
            content, entries = one.content, one.content.entries()
            values, problems = judge(
                entries,
                fixed=content.fixed(),
                household=content.household,
                is_hidden=content.is_hidden,
                today=self.context.today,
            )
            stay = [said for said in content.problems if said.code in _OF_THE_FILE]
            content.take(values, entries)
            said = [*problems, *(doubles[at] if doubles else stay)]
            row = one.row
            items.append(self.judge.prepared(row.position, row.sheet, row.number, content, said))
        return items

    def _beside(self, indexes: set[bytes], touched: Sequence[Touched]) -> list[Touched]:
        """Rows that stand beside the touched ones and may be judged."""
        rows = StagedRow.objects.of_ledger(self.ledger).naming(list(indexes))
        others = rows.filter(written_at__isnull=True).exclude(outcome=Outcome.SKIPPED)
        return self.opened(others.exclude(pk__in=[one.row.pk for one in touched]))

    def _doubles(self, touched: Sequence[Touched]) -> list[list[Problem]]:
        """For each row, whom of it the file names before, over everybody who stands beside it."""
        mine = {one.row.pk for one in touched}
        indexes = {
            index for one in touched for index in indexes_of(one.content.settled_values()).every
        }
        rows = StagedRow.objects.of_ledger(self.ledger).naming(list(indexes))
        others = rows.exclude(outcome=Outcome.SKIPPED).exclude(pk__in=mine)
        people, found = People(), dict[object, list[Problem]]()
        everybody = sorted([*touched, *self.opened(others)], key=lambda one: one.row.position)
        for one in everybody:
            row = one.row
            found[row.pk] = list(people.meet(row.sheet, row.number, one.content.values))
        return [found[one.row.pk] for one in touched]

    def _keep(self, touched: Sequence[Touched], items: Sequence[Item]) -> None:
        verdicts = self.judge.verdicts(items)
        for one, verdict in zip(touched, verdicts, strict=True):
            fill(one.row, verdict, self.key)
        change_rows([one.row for one in touched])


def lock_open(by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    """The import, locked for a decision.

    Raises PermissionDenied; ValidationError: wrong_status, emptied, stale.
    """
    current = receiving.locked_ledger(ledger)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    receiving.refuse_unless(current, OPEN)
    refuse_stale(current.version, version, "这份台账")
    return current
