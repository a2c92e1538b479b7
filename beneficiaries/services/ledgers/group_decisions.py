"""Decisions about all rows of one kind at a time."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from beneficiaries.importing.fields import fields
from beneficiaries.importing.vocabulary import folded
from beneficiaries.models import LedgerImport, StagedRow, WordMemory
from beneficiaries.models.staged_row import problem_key
from beneficiaries.services.ledgers.content import ACCEPTED
from beneficiaries.services.ledgers.deciding import Deciding, Touched
from beneficiaries.services.ledgers.decisions import (
    SKIPPED_BY_HAND,
    open_problem,
    refuse_side,
    refuse_unconfirmable,
)
from beneficiaries.services.ledgers.overview import problem_groups
from beneficiaries.services.ledgers.reading import named_unions
from beneficiaries.services.ledgers.receiving import locked_ledger
from beneficiaries.services.ledgers.words import words_of
from relief.codes.models import Code
from relief.lib.refusals import refuse_blank
from unions.models import Staff, Union


@transaction.atomic
def accept_group(*, by: Staff, ledger: LedgerImport, version: int, code: str, field: str) -> int:
    """Confirm this 请确认 in every row; returns in how many. An unknown word is left empty.

    Raises ValidationError: not_confirmable, not_open, and what every decision raises.
    """
    refuse_unconfirmable(code, field)
    deciding = Deciding.about(by, ledger, version)

    def accept(touched: Touched) -> bool:
        touched.content.settle(open_problem(touched, code, field), ACCEPTED)
        return True

    rows = _each(deciding, code, field, accept)
    deciding.done("accept", rows, code=code, field=field)
    return rows


@transaction.atomic
def choose_sides(
    *, by: Staff, ledger: LedgerImport, version: int, code: str, field: str, side: str
) -> int:
    """Choose the same side in every row. Raises ValidationError: side_unknown, not_open."""
    refuse_side(code, side)
    deciding = Deciding.about(by, ledger, version)

    def choose(touched: Touched) -> bool:
        touched.content.settle(open_problem(touched, code, field), side)
        return True

    rows = _each(deciding, code, field, choose)
    deciding.done("choose", rows, code=code, field=field, side=side)
    return rows


@transaction.atomic
def map_word(
    *, by: Staff, ledger: LedgerImport, version: int, field: str, word: str, code: Code
) -> int:
    """Say what a word of a coded column means: in this file, and in all later ones of the union.

    Raises ValidationError: not_coded, list_differs, not_open.
    """
    code_list = _list_of(field)
    if code.list_id != code_list:
        raise ValidationError("请从这一栏的代码表里选。", code="list_differs")
    deciding = Deciding.about(by, ledger, version)
    WordMemory.objects.update_or_create(
        union=deciding.ledger.union,
        list_id=code_list,
        word=folded(word)[:100],
        defaults={"code": code, "learnt_by": by, "learnt_at": timezone.now()},
    )
    deciding.learn(words_of(deciding.ledger.union))

    rows = set[UUID]()
    for name in _columns_of(code_list, deciding.ledger):

        def read_again(touched: Touched, name: str = name) -> bool:
            if folded(open_problem(touched, "code_unknown", name).seen) != folded(word):
                return False
            deciding.reread(touched, name)
            return True

        rows |= _decided(deciding, "code_unknown", name, read_again)
    if not rows:
        raise _none_left()
    deciding.done("map", len(rows), field=field, code=code.pk)
    return len(rows)


@transaction.atomic
def map_words(
    *, by: Staff, ledger: LedgerImport, version: int, field: str, codes: Mapping[str, Code]
) -> int:
    """As `map_word`, for several words at once: all or none."""
    rows = 0
    for step, (word, code) in enumerate(codes.items()):
        rows += map_word(
            by=by, ledger=ledger, version=version + step, field=field, word=word, code=code
        )
    return rows


@transaction.atomic
def choose_unions(
    *, by: Staff, ledger: LedgerImport, version: int, unions: Mapping[str, Union]
) -> int:
    """As `choose_union`, for several names at once: all or none."""
    rows = 0
    for step, (word, union) in enumerate(unions.items()):
        rows += choose_union(by=by, ledger=ledger, version=version + step, word=word, union=union)
    return rows


@transaction.atomic
def choose_union(*, by: Staff, ledger: LedgerImport, version: int, word: str, union: Union) -> int:
    """Say which union a name in this file means. Raises ValidationError: outside, not_open."""
    deciding = Deciding.about(by, ledger, version)
    current = deciding.ledger
    if not union.path.startswith(current.union.path) or not union.is_open:
        raise ValidationError("请选本机构或下级的一个机构。", code="outside")
    chosen = current.decisions.get("unions", {}) | {word: union.code}
    current.decisions = {**current.decisions, "unions": chosen}
    deciding.judge.unions = named_unions(current)

    def is_meant(touched: Touched) -> bool:
        return folded(open_problem(touched, "union_unknown", "union").seen) == folded(word)

    rows = _each(deciding, "union_unknown", "union", is_meant)
    deciding.done("union", rows, union=union.code)
    return rows


@transaction.atomic
def skip_rows(
    *, by: Staff, ledger: LedgerImport, version: int, rows: Iterable[UUID], reason: str
) -> int:
    """Leave rows out, with a reason. Raises ValidationError: no_reason, no_rows."""
    refuse_blank(reason)
    deciding = Deciding.about(by, ledger, version)
    wanted = StagedRow.objects.of_ledger(deciding.ledger).filter(
        pk__in=list(rows), written_at__isnull=True
    )
    touched = deciding.opened(wanted.exclude(outcome=StagedRow.Outcome.SKIPPED))
    if not touched:
        raise ValidationError("没有选中可以跳过的行。", code="no_rows")
    for one in touched:
        one.content.note = reason.strip()[:200]
    deciding.leave_out(touched, SKIPPED_BY_HAND)
    deciding.done("skip", len(touched))
    return len(touched)


@transaction.atomic
def mark_changed(*, by: Staff, ledger: LedgerImport, rows: Iterable[UUID]) -> int:
    """Somebody changed the people of these rows since they were judged: compare and ask again.

    For writing, which stops when it finds such rows and has asked who may; it needs no version,
    because nobody chose.
    """
    deciding = Deciding.of(by, locked_ledger(ledger))
    wanted = StagedRow.objects.of_ledger(deciding.ledger).filter(
        pk__in=list(rows), written_at__isnull=True
    )
    touched = deciding.opened(wanted.exclude(outcome=StagedRow.Outcome.SKIPPED))
    for one in touched:
        one.content.is_stale = True
        one.content.settled.pop(problem_key("changed_since", ""), None)
    deciding.judge_again(touched)
    deciding.settled("changed_since", len(touched))
    return len(touched)


def _each(deciding: Deciding, code: str, field: str, decide: Callable[[Touched], bool]) -> int:
    """Raises ValidationError: not_open."""
    rows = _decided(deciding, code, field, decide)
    if not rows:
        raise _none_left()
    return len(rows)


def _decided(
    deciding: Deciding, code: str, field: str, decide: Callable[[Touched], bool]
) -> set[UUID]:
    """Judge again every row with the problem about which something was decided."""
    rows = set[UUID]()
    for batch in deciding.batches(code, field):
        decided = [touched for touched in batch if decide(touched)]
        deciding.judge_again(decided)
        rows |= {touched.row.pk for touched in decided}
    return rows


def _none_left() -> ValidationError:
    return ValidationError("这一类问题已经处理过了。", code="not_open")


def _columns_of(code_list: str, ledger: LedgerImport) -> list[str]:
    """Columns with unknown words of the list; two members have one each."""
    return [
        group.field
        for group in problem_groups(ledger)
        if group.code == "code_unknown" and fields().named(group.field).code_list == code_list
    ]


def _list_of(name: str) -> str:
    try:
        code_list = fields().named(name).code_list
    except KeyError:
        code_list = ""
    if not code_list:
        raise ValidationError("这一栏没有代码表。", code="not_coded")
    return code_list
