"""Writing a ledger while others write, and while somebody pulls the plug."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    PastAid,
    PersonKey,
    StagedRow,
)
from beneficiaries.services.ledgers import applying, questions
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.undoing import undo_ledger
from beneficiaries.services.people import change_beneficiary
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
HEADINGS = ["姓名", "身份证号", "手机", "慰问金"]
TABLES = (Beneficiary, PersonKey, HardshipFile, HouseholdMember, PastAid)


@pytest.fixture(autouse=True)
def ground(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "文件"
    load_codes(codes_folder())


def people(first: int, count: int) -> list[list[Any]]:
    return [
        ["张" + "甲乙丙丁戊己庚辛"[number % 8], id_number(first + 2 * number), "", 100]
        for number in range(count)
    ]


def ready(cast: Cast, rows: list[list[Any]], by: str = "ben", **options: Any) -> LedgerImport:
    ledger = staged(cast, [HEADINGS, *rows], by=by, **options)
    for name, _ in questions.open_questions(ledger):
        confirm = questions.confirm_brake if name == questions.BRAKE else questions.confirm_sums
        ledger = confirm(by=cast.people[by], ledger=ledger, version=ledger.version)
    return ledger


def write(cast: Cast, ledger: LedgerImport, by: str = "ben") -> LedgerImport:
    return apply_ledger(
        by=cast.people[by], ledger=ledger, version=ledger.version, progress=Directly()
    )


def killed_at(statement: int, act: Callable[[], Any]) -> bool:
    """Run `act` in a process of its own and kill it before that statement; False: it got through.

    The process waits at the statement until it is dead, so nothing here depends on time.
    """
    told, tell = os.pipe()
    connection.close()
    child = os.fork()
    if child == 0:
        seen = 0

        def wait(execute: Any, *args: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.write(tell, b".")
                signal.pause()
            return execute(*args)

        try:
            with connection.execute_wrapper(wait):
                act()
        finally:
            os._exit(0)
    os.close(tell)  # so that a child that got through is noticed
    was_there = os.read(told, 1) == b"."
    if was_there:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(told)
    return was_there


def counted() -> list[int]:
    return [model.objects.count() for model in TABLES]


def test_killed_at_any_statement_it_wrote_all_or_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "BATCH", 3)
    ledger = ready(cast, people(401, 8))
    statement, kills = 1, 0
    while killed_at(statement, lambda: write(cast, ledger)):
        ledger.refresh_from_db()
        assert (ledger.status, counted()) == ("staged", [0, 0, 0, 0, 0])
        assert not StagedRow.objects.filter(written_at__isnull=False).exists()
        kills += 1
        statement += 7
    assert kills > 8
    ledger.refresh_from_db()
    assert (ledger.status, counted()) == ("applied", [8, 8, 8, 8, 8])
    assert ledger.counts["written"] == ledger.counts["new"] == 8


def test_killed_at_any_statement_it_is_undone_whole_or_not(cast: Cast):
    ledger = write(cast, ready(cast, people(401, 5)))
    act: dict[str, Any] = {"by": cast.people["ben"], "ledger": ledger, "reason": "传错了"}
    statement, kills = 1, 0
    while killed_at(statement, lambda: undo_ledger(**act, version=ledger.version)):
        assert LedgerImport.objects.get().status == "applied"
        assert Beneficiary.objects.filter(erased_at__isnull=True).count() == 5
        kills += 1
        statement += 6
    assert kills > 3
    assert LedgerImport.objects.get().status == "undone"
    assert not Beneficiary.objects.filter(erased_at__isnull=True).exists()


def together(*acts: Callable[[], Any]) -> list[str]:
    """Every act on a connection of its own, begun at the same moment; its refusal, or ""."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            start.wait()
            act()
        except ValidationError as refusal:
            return str(refusal.code or "")
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_ordered_twice_it_is_written_once(cast: Cast):
    ledger = ready(cast, people(401, 6))
    said = together(*[lambda: write(cast, ledger)] * 4)
    assert sorted(said) == ["", "wrong_status", "wrong_status", "wrong_status"]
    assert counted() == [6, 6, 6, 6, 6]


@pytest.mark.parametrize("turn", range(3))
def test_two_files_with_the_same_people_make_each_once(cast: Cast, turn: int):
    """In opposite order, from two unions: no deadlock, no second row, nobody hears of an error."""
    rows = people(401, 6)
    one = ready(cast, rows)
    two = ready(cast, rows[::-1], by="eli", union="east-2")
    said = together(lambda: write(cast, one), lambda: write(cast, two, by="eli"))
    assert sorted(said) == ["", "overtaken"]
    assert counted() == [6, 6, 6, 6, 6]


def test_an_edit_at_the_same_moment_is_kept_or_told(cast: Cast, register: Register):
    person = register("李四", id_number=id_number(501))
    for turn in range(4):
        person.refresh_from_db()
        ledger = ready(cast, [["李四", id_number(501), f"1390000000{turn}", ""]])
        edit = partial(
            change_beneficiary,
            by=cast.people["ben"],
            person=person,
            version=person.version,
            address=f"新街{turn}号",
        )
        said = together(partial(write, cast, ledger), edit)
        # One of the two came first; the other one was told, and wrote nothing over it.
        assert sorted(said) in (["", "overtaken"], ["", "stale"])
        before = person.version
        person.refresh_from_db()
        assert person.version == before + 1
