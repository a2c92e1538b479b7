"""Row truths of imports: what the database refuses, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from beneficiaries.models import (
    ColumnMemory,
    ImportRule,
    LedgerImport,
    LedgerKey,
    PastAid,
    StagedRow,
)
from beneficiaries.models.ledger_import import LedgerEmptiedError, key_of_ledger
from beneficiaries.services.keys import rewrap_keys
from beneficiaries.services.ledgers.receiving import empty
from relief.lib.crypto import keys
from relief.lib.crypto.sealing import DataKey
from tests.audit.attacker import as_owner
from tests.beneficiaries.conftest import Register
from tests.cast import CAST, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(cast: Cast) -> LedgerImport:
    made = LedgerImport.objects.create(
        union=cast.unions["east-1"],
        year=2026,
        file_name="台账.xlsx",
        size=10,
        sha256="0" * 64,
        uploaded_by=cast.people["ben"],
    )
    key = LedgerKey(ledger=made)
    key.wrap(DataKey.new())
    key.save(force_insert=True)
    return made


@pytest.fixture
def row(ledger: LedgerImport) -> Callable[..., StagedRow]:
    def make(position: int = 1, **values: Any) -> StagedRow:
        given = {"sheet": "表1", "number": position, "outcome": "mend"} | values
        return StagedRow.objects.create(ledger=ledger, position=position, **given)

    return make


def advance(ledger: LedgerImport, status: str, **values: Any) -> None:
    LedgerImport.objects.filter(pk=ledger.pk).update(status=status, **values)


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([], "staged"),
        (["laid_out"], "applied"),
        (["laid_out", "staged"], "undone"),
        (["discarded"], "laid_out"),
    ],
)
def test_no_step_of_an_import_is_left_out(
    cast: Cast, ledger: LedgerImport, steps: list[str], last: str
):
    for status in steps:
        extra = {"discarded_at": ledger.uploaded_at} if status == "discarded" else {}
        advance(ledger, status, **extra)
    with pytest.raises(DatabaseError, match="no such step"), transaction.atomic():
        advance(ledger, last)


def test_a_step_names_who_took_it(ledger: LedgerImport):
    advance(ledger, "laid_out")
    advance(ledger, "staged")
    with pytest.raises(IntegrityError, match="writing_has_author"), transaction.atomic():
        advance(ledger, "applied")
    with pytest.raises(IntegrityError, match="submitting_has_author"), transaction.atomic():
        advance(ledger, "submitted")


def test_whoever_checked_the_rows_does_not_release_them(cast: Cast, ledger: LedgerImport):
    """Also not from another posting of the same person."""
    with pytest.raises(DatabaseError, match="maker is checker"), transaction.atomic():
        LedgerImport.objects.filter(pk=ledger.pk).update(released_by=cast.people["ben"])
    LedgerImport.objects.filter(pk=ledger.pk).update(released_by=cast.people["kay"])


def test_a_row_is_staged_once_and_a_skipped_one_has_a_reason(row: Callable[..., StagedRow]):
    row(1)
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"position": 1}, "position_once"),
        ({"position": 2, "outcome": "skipped"}, "skipped_has_reason"),
        ({"position": 2, "skip_reason": "合计行"}, "skipped_has_reason"),
        ({"position": 2, "outcome": "lost"}, "outcome_known"),
    ]
    for values, truth in refusals:
        with pytest.raises(IntegrityError, match=truth), transaction.atomic():
            row(**values)


def test_a_written_row_is_never_deleted(row: Callable[..., StagedRow], register: Register):
    person = register("王桂兰")
    with pytest.raises(IntegrityError, match="written_has_person"), transaction.atomic():
        row(1, outcome="new", written_at=person.created_at)
    written = row(2, outcome="new", person=person, written_at=person.created_at)
    with pytest.raises(DatabaseError, match="written row"), transaction.atomic():
        written.delete()
    row(3).delete()


def test_rows_are_found_by_problem_and_by_the_numbers_in_them(row: Callable[..., StagedRow]):
    first = row(1, open_problems=["id_missing:id_number"], indexes=[b"a" * 16])
    row(2, open_problems=["id_missing:member1.id_number"], indexes=[b"b" * 16])
    assert list(StagedRow.objects.with_problem("id_missing", "id_number")) == [first]
    assert list(StagedRow.objects.naming([b"a" * 16, b"c" * 16])) == [first]
    assert not StagedRow.objects.to_write()
    assert StagedRow.objects.held().count() == 2


def test_what_was_thrown_away_cannot_be_read_or_come_back(ledger: LedgerImport):
    key_of_ledger(ledger)
    key = LedgerKey.objects.get(pk=ledger.pk)
    empty(by=CAST, ledger=ledger)
    with pytest.raises(LedgerEmptiedError):
        key_of_ledger(ledger)
    key.wrap(DataKey.new())
    key.destroyed_at = None
    with pytest.raises(DatabaseError, match="key destroyed"), as_owner():
        key.save()


def test_past_aid_says_what_was_given_and_withdrawn_stays_so(cast: Cast, register: Register):
    person = register("王桂兰")
    given: dict[str, Any] = {
        "person": person,
        "union": person.union,
        "year": 2025,
        "recorded_by": cast.people["ben"],
    }
    refusals: list[tuple[dict[str, Any], str]] = [
        ({}, "something_given"),
        ({"amount": -1}, "amount_not_negative"),
        ({"goods": "米", "quantity": -1}, "quantity_not_negative"),
        ({"amount": 1, "year": 25}, "year_plausible"),
    ]
    for values, truth in refusals:
        with pytest.raises(IntegrityError, match=truth), transaction.atomic():
            PastAid.objects.create(**(given | values))
    older = PastAid.objects.create(**given, amount=500)
    newer = PastAid.objects.create(**(given | {"year": 2026}), goods="米面油", quantity=1)
    assert list(PastAid.objects.of_person(person)) == [newer, older]
    older.withdrawn_at = older.recorded_at
    older.save()
    assert list(PastAid.objects.of_person(person)) == [newer]
    older.withdrawn_at = None
    with pytest.raises(DatabaseError, match="withdrawn"), transaction.atomic():
        older.save()


def test_the_nearest_union_above_decides(cast: Cast):
    cell, east_1 = cast.unions["cell"], cast.unions["east-1"]
    assert not ImportRule.objects.for_union(cell).needs_release
    ImportRule.objects.create(union=cast.unions["east"], needs_release=True)
    assert ImportRule.objects.for_union(cell).needs_release
    ImportRule.objects.create(union=east_1, needs_release=False)
    assert not ImportRule.objects.for_union(cell).needs_release
    assert ImportRule.objects.for_union(cast.unions["east-2"]).needs_release
    for union, field in [("east", "remark"), ("east-1", "hardship"), ("west", "address")]:
        ColumnMemory.objects.create(
            union=cast.unions[union], heading="情况", field=field, learnt_by=cast.people["ben"]
        )
    assert ColumnMemory.objects.for_union(cell) == {"情况": "hardship"}
    assert ColumnMemory.objects.for_union(cast.unions["east-2"]) == {"情况": "remark"}


def test_keys_of_imports_are_wrapped_anew_with_those_of_people(
    ledger: LedgerImport, register: Register, settings: Any
):
    register("王桂兰")
    sealed = key_of_ledger(ledger).seal("一行".encode(), "here")
    old = settings.DATA_KEYS
    try:
        settings.DATA_KEYS = f"new-secret-9876543210-jihgfedcba-98765432 {old}"
        keys.forget()
        assert rewrap_keys(by=CAST, batch=1) == 1
        assert rewrap_keys(by=CAST, batch=5) == 1
        assert rewrap_keys(by=CAST, batch=5) == 0
        assert key_of_ledger(ledger).open(sealed, "here").decode() == "一行"
    finally:
        settings.DATA_KEYS = old
        keys.forget()
