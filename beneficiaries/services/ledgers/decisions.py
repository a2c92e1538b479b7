"""Decisions about one row: mend a cell, confirm, choose a side, say who it is, take it back in."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import Event
from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, Severity
from beneficiaries.models import Beneficiary, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import receiving
from beneficiaries.services.ledgers.content import (
    ACCEPTED,
    ID_NUMBER,
    LINKED,
    SHEET,
    SIDES,
    Content,
    content_of,
)
from beneficiaries.services.ledgers.deciding import OPEN, Deciding, Touched
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

ALIKE: Final = frozenset({"alike_birth", "alike_phone"})
#: Problems that say that somebody of another union has the number.
TOLD_ELSEWHERE: Final = frozenset({"known_elsewhere", "household_has_file"})
SKIPPED_BY_HAND: Final = "人工跳过"


@transaction.atomic
def mend_cell(*, by: Staff, row: StagedRow, version: int, field: str, text: str) -> StagedRow:
    """Put `text` into a cell, "" to empty it; amounts are yuan. What it means is judged like read.

    Raises ValidationError: field_unknown, text_too_long, and what every decision raises: stale,
    wrong_status, emptied, written, skipped.
    """
    deciding, touched = _about(by, row, version)
    _refuse_unknown(field)
    if len(text) > 2_000:
        raise ValidationError("这一格太长（超过 2000 字）。请缩短。", code="text_too_long")
    deciding.mend(touched, field, text.strip())
    deciding.judge_again([touched])
    deciding.done("mend", 1, field=field)
    if names_a_number(field) and text.strip():
        record(by, Event.Action.LOOK_UP, deciding.ledger, found=_found(touched), field=field)
    return touched.row


@transaction.atomic
def look_at_cell(*, by: Staff, row: StagedRow, field: str) -> str:
    """What a cell holds about which something is open; an event says who looked.

    Raises PermissionDenied; ValidationError: wrong_status, emptied, not_open.
    """
    current = receiving.locked_ledger(row.ledger)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    receiving.refuse_unless(current, OPEN)
    content = content_of(StagedRow.objects.get(pk=row.pk), key_of_ledger(current))
    if row.written_at is not None or not asks_about(content, field):
        text = "这一格没有要处理的问题，不显示原来的内容。"
        raise ValidationError(text, code="not_open")
    record(by, Event.Action.REVEAL, current, row=str(row.pk), field=field)
    return content.raw(field)


def asks_about(content: Content, field: str) -> bool:
    """Whether something about this very cell is open."""
    return bool(field) and any(one.field == field for one in content.open())


@transaction.atomic
def accept_row(*, by: Staff, row: StagedRow, version: int, code: str, field: str) -> StagedRow:
    """Confirm one 请确认 of the row. Raises ValidationError: not_open, not_confirmable."""
    deciding, touched = _about(by, row, version)
    refuse_unconfirmable(code, field)
    touched.content.settle(open_problem(touched, code, field), ACCEPTED)
    deciding.judge_again([touched])
    deciding.done("accept", 1, code=code, field=field)
    return touched.row


@transaction.atomic
def choose_side(
    *, by: Staff, row: StagedRow, version: int, code: str, field: str, side: str
) -> StagedRow:
    """`side` is "sheet" or "id" where the two differ, "link" for a person of another union.

    Raises ValidationError: not_open, side_unknown.
    """
    deciding, touched = _about(by, row, version)
    refuse_side(code, side)
    touched.content.settle(open_problem(touched, code, field), side)
    deciding.judge_again([touched])
    deciding.done("choose", 1, code=code, field=field, side=side)
    return touched.row


@transaction.atomic
def same_person(*, by: Staff, row: StagedRow, version: int, person: Beneficiary) -> StagedRow:
    """The row means this candidate, whatever number it has or lacks.

    Raises ValidationError: not_candidate, person_taken (another row means that person).
    """
    deciding, touched = _about(by, row, version)
    if str(person.pk) not in {one["person"] for one in touched.content.candidates}:
        raise ValidationError("这一行没有列出这个人，请从列出的人里选。", code="not_candidate")
    others = StagedRow.objects.of_ledger(deciding.ledger).filter(person=person)
    if others.exclude(pk=row.pk).exclude(outcome=StagedRow.Outcome.SKIPPED).exists():
        text = "表里另有一行已经对应这个人。一个人只留一行，请跳过其中一行。"
        raise ValidationError(text, code="person_taken")
    touched.content.same_as = str(person.pk)
    deciding.judge_again([touched])
    deciding.done("same", 1, person=str(person.pk))
    return touched.row


@transaction.atomic
def not_same_person(*, by: Staff, row: StagedRow, version: int) -> StagedRow:
    """The row means none of its candidates; writing it remembers that they are two people.

    Raises ValidationError: not_open.
    """
    deciding, touched = _about(by, row, version)
    content = touched.content
    candidates = [one["person"] for one in content.candidates]
    if not candidates:
        raise _not_open()
    content.distinct_from = [*dict.fromkeys([*content.distinct_from, *candidates])]
    deciding.judge_again([touched])
    deciding.done("not_same", 1)
    return touched.row


@transaction.atomic
def include_row(*, by: Staff, row: StagedRow, version: int) -> StagedRow:
    """Take a row back in that somebody left out. Raises ValidationError: not_skipped, nobody."""
    deciding = Deciding.about(by, row.ledger, version)
    touched = deciding.row(row)
    if touched.row.outcome != StagedRow.Outcome.SKIPPED:
        raise ValidationError("这一行没有被跳过。", code="not_skipped")
    if touched.row.skip_reason != SKIPPED_BY_HAND:
        text = "这一行不是一个人（如合计、签字行），不能写入。"
        raise ValidationError(text, code="nobody")
    touched.content.note, touched.is_back = "", True
    deciding.judge_again([touched])
    deciding.done("include", 1)
    return touched.row


def names_a_number(field: str) -> bool:
    """Of the row's person or of a family member."""
    return field.rpartition(".")[2] == "id_number"


def _found(touched: Touched) -> str:
    """What the judged row tells about the number, in the words of `people.find_by_id`."""
    if any(one.code in TOLD_ELSEWHERE for one in touched.content.open()):
        return "elsewhere"
    return "own" if touched.row.person_id else "nobody"


def open_problem(touched: Touched, code: str, field: str) -> Problem:
    """Raises ValidationError: not_open."""
    for problem in touched.content.open():
        if (problem.code, problem.field) == (code, field):
            return problem
    raise _not_open()


def refuse_unconfirmable(code: str, field: str) -> None:
    """Raises ValidationError: not_confirmable."""
    if Problem(code, field, "").severity is not Severity.CONFIRM:
        text = "这一类问题要改正或选择，不能直接确认。"
        raise ValidationError(text, code="not_confirmable")


def refuse_side(code: str, side: str) -> None:
    """Raises ValidationError: side_unknown."""
    sides = (
        {SHEET, ID_NUMBER} if code in SIDES else {LINKED} if code == "known_elsewhere" else set()
    )
    if side not in sides:
        raise ValidationError("请从列出的两项里选一项。", code="side_unknown")


def _about(by: Staff, row: StagedRow, version: int) -> tuple[Deciding, Touched]:
    """Raises ValidationError: skipped, and what `Deciding` raises."""
    deciding = Deciding.about(by, row.ledger, version)
    touched = deciding.row(row)
    if touched.row.outcome == StagedRow.Outcome.SKIPPED:
        raise ValidationError("这一行已经跳过，请先恢复再改。", code="skipped")
    return deciding, touched


def _refuse_unknown(name: str) -> None:
    if not fields().has(name):
        raise ValidationError("没有这一栏。", code="field_unknown")


def _not_open() -> ValidationError:
    return ValidationError("这个问题已经处理过，或者已经不在了。", code="not_open")
