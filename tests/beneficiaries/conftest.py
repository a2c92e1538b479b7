from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    LedgerImport,
)
from beneficiaries.models.hardship_file import CODED
from beneficiaries.services import file_steps, files
from beneficiaries.services.people import create_beneficiary
from relief.codes.models import Code, CodeList
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.ledger_pages import ROWS
from tests.beneficiaries.ledgers import staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

#: (name, who registers, where, then what create_beneficiary takes) → the person.
Register = Callable[..., Beneficiary]
#: "list:code" → the code, made when it is missing.
Coded = Callable[[str], Code]
#: A day of the file services: a Tuesday in a year whose holidays are known.
TODAY = date(2026, 3, 10)


@pytest.fixture
def register(cast: Cast) -> Register:
    """`register("王桂兰")` is at East-1, by Ben, with an ID number and a phone of her own."""
    serial = iter(range(1, 1000))

    def make(name: str, union: str = "east-1", by: str = "ben", **details: Any) -> Beneficiary:
        number = next(serial)
        given = {
            "id_kind": "resident",
            "id_number": id_number(number),
            "phone": f"1380000{number:04d}",
        }
        return create_beneficiary(
            by=cast.people[by], union=cast.unions[union], name=name, **(given | details)
        )

    return make


@pytest.fixture
def coded(db: None) -> Coded:
    def make(key: str) -> Code:
        list_key, code = key.split(":")
        CodeList.objects.get_or_create(key=list_key, defaults={"name": list_key})
        values = {"list_id": list_key, "code": code, "name": code}
        return Code.objects.get_or_create(key=key, defaults=values)[0]

    return make


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22))


@pytest.fixture
def draft(cast: Cast, person: Beneficiary) -> HardshipFile:
    return files.open_file(by=cast.people["ben"], person=person, year=2026)


@pytest.fixture
def answers(coded: Coded) -> dict[str, Any]:
    """Everything that the present form asks for."""
    codes = {name: coded(f"{key}:甲") for name, key in CODED.items()}
    return codes | {
        "region": coded("region:110101"),
        "working_since": date(1990, 7, 1),
        "own_monthly_income": Decimal(2000),
        "other_yearly_income": Decimal(0),
        "yearly_income": Decimal(24000),
        "rigid_spending": Decimal(18000),
        "household_size": 1,
        "health": "终末期肾病",
    }


@pytest.fixture
def full(cast: Cast, draft: HardshipFile, answers: dict[str, Any]) -> HardshipFile:
    return files.change_file(by=cast.people["ben"], file=draft, version=draft.version, **answers)


@pytest.fixture
def at(cast: Cast, full: HardshipFile) -> Callable[[Status], HardshipFile]:
    """The file as it waits at that step, brought there by its steps, without a second posting."""

    def advance(wanted: Status) -> HardshipFile:
        kay: dict[str, Any] = {"by": cast.people["kay"], "file": full}
        steps: dict[Status, Callable[[], HardshipFile]] = {
            Status.APPLIED: lambda: file_steps.submit_file(by=cast.people["ben"], file=full),
            Status.PUBLICITY: lambda: file_steps.pass_first_review(**kay, place="厂门口公示栏"),
            Status.REVIEW: lambda: _after_posting(kay),
            Status.COMPARISON: lambda: file_steps.pass_review(**kay),
            Status.APPROVAL: lambda: file_steps.pass_comparison(**kay),
            Status.ACTIVE: lambda: file_steps.approve_file(**kay),
            Status.RELIEVED: lambda: file_steps.exit_file(
                **kay, exit_reason="relieved", reason="收入已高于标准"
            ),
        }
        current = full
        for status, step in steps.items():
            if current.status == wanted:
                break
            current = step()
            assert current.status == status
        return current

    return advance


def _after_posting(kay: dict[str, Any]) -> HardshipFile:
    with time_machine.travel(TODAY + timedelta(8), tick=False):
        return file_steps.end_publicity(**kay, outcome="none")


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    """Where uploads of ledgers lie, apart from those of other tests."""
    settings.MEDIA_ROOT = tmp_path / "文件"
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def codes(db: None) -> None:
    load_codes(codes_folder())


@pytest.fixture
def ben(client: Client, cast: Cast) -> Client:
    """The browser of the clerk of East-1."""
    cast.sign_in(client, "ben")
    return client


@pytest.fixture
def ledger(cast: Cast, media: Path, codes: None) -> LedgerImport:
    """Judged, with a broken number, an unknown word, somebody new and a 合计 row."""
    return staged(cast, ROWS)
