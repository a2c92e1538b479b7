"""Whatever is decided in whatever order: rows stand as if the file had been read so."""

import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from beneficiaries.importing.duplicates import People
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers import counting, decisions, group_decisions
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.ledgers import contents, outcomes, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.test_staff_together import DONE, together

NUMBERS = [id_number(serial) for serial in range(401, 415, 2)]
NAMES = ["张三", "李四", "王五"]
PHONES = ["13800000001", "13800000002", ""]
OF_THE_FILE = {"duplicate_in_file", "duplicate_suspected", "member_duplicate"}


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def few(dice: random.Random, count: int) -> list[list[Any]]:
    """People who are often the same: as applicants, as members, by name and phone."""
    heading = ["姓名", "身份证号", "手机", "慰问金", "家庭成员1姓名", "家庭成员1身份证号"]
    return [
        heading,
        *[
            [
                dice.choice(NAMES),
                dice.choice([*NUMBERS, ""]),
                dice.choice(PHONES),
                dice.choice([100, 200, ""]),
                dice.choice(NAMES),
                dice.choice([*NUMBERS, "", ""]),
            ]
            for _ in range(count)
        ],
    ]


def decide(dice: random.Random, cast: Cast, ledger: LedgerImport) -> None:
    """One decision at random; one that is refused changes nothing."""
    row = dice.choice(rows_of(ledger))
    about: dict[str, Any] = {"by": cast.people["ben"], "version": ledger.version}
    field, text = dice.choice(
        [
            ("id_number", dice.choice([*NUMBERS, ""])),
            ("member1.id_number", dice.choice([*NUMBERS, ""])),
            ("phone", dice.choice(PHONES)),
            ("name", dice.choice(NAMES)),
            ("relief_amount", dice.choice(["300", "", "很多"])),
        ]
    )
    acts = [
        lambda: decisions.mend_cell(**about, row=row, field=field, text=text),
        lambda: decisions.mend_cell(**about, row=row, field=field, text=text),
        lambda: group_decisions.skip_rows(**about, ledger=ledger, rows=[row.pk], reason="重复"),
        lambda: decisions.include_row(**about, row=row),
        lambda: group_decisions.accept_group(
            **about, ledger=ledger, code="duplicate_suspected", field="name"
        ),
    ]
    with suppress(ValidationError):
        dice.choice(acts)()
    ledger.refresh_from_db()


def from_scratch(ledger: LedgerImport) -> list[set[str]]:
    """What the file says of each row, read top down as if nothing had been decided."""
    people, found = People(), []
    for row, content in zip(rows_of(ledger), contents(ledger), strict=True):
        if row.outcome == StagedRow.Outcome.SKIPPED:
            found.append(set[str]())
            continue
        said = people.meet(row.sheet, row.number, content.values)
        found.append({f"{problem.code}:{problem.field}:{problem.seen}" for problem in said})
    return found


def stored(ledger: LedgerImport) -> list[set[str]]:
    return [
        set()
        if row.outcome == StagedRow.Outcome.SKIPPED
        else {
            f"{problem.code}:{problem.field}:{problem.seen}"
            for problem in content.problems
            if problem.code in OF_THE_FILE
        }
        for row, content in zip(rows_of(ledger), contents(ledger), strict=True)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_rows_beside_a_decision_stand_as_if_read_so(cast: Cast, seed: int):
    load_codes(codes_folder())
    dice = random.Random(seed)
    ledger = staged(cast, few(dice, 9))
    for _ in range(20):
        decide(dice, cast, ledger)
        assert stored(ledger) == from_scratch(ledger)
        rows = list(zip(rows_of(ledger), contents(ledger), strict=True))
        present = [(row, content) for row, content in rows if row.outcome != "skipped"]
        for row, content in present:
            assert row.open_problems == list(
                dict.fromkeys(f"{one.code}:{one.field}" for one in content.open())
            )
        sums = counting.sums_of(content.settled_values() for _, content in present)
        told = {name: counting.fen(yuan) for name, yuan in ledger.counts["sums"].items()}
        assert +Counter(told) == +sums
        assert Counter(outcomes(ledger)) == +Counter(
            {name: ledger.counts[name] for name in StagedRow.Outcome.values}
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_in_the_same_second_one_is_told_to_look_again(cast: Cast):
    load_codes(codes_folder())
    ledger = staged(cast, few(random.Random(1), 5))
    row = rows_of(ledger)[0]
    about: dict[str, Any] = {"row": row, "version": ledger.version, "field": "name"}
    answers = together(
        *[
            lambda who=who, text=text: decisions.mend_cell(by=cast.people[who], **about, text=text)
            for who, text in [("ben", "甲甲"), ("mia", "乙乙"), ("ann", "丙丙")]
        ]
    )
    assert answers.count(DONE) == 1
    assert sum("别人已经改过这份台账" in answer for answer in answers) == 2
    written = contents(ledger)[0].values["name"]
    assert written == ["甲甲", "乙乙", "丙丙"][answers.index(DONE)]
    ledger.refresh_from_db()
    assert ledger.version == about["version"] + 1
