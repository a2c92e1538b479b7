"""What lists read is what stands sealed: a sound registry holds, and a superuser's hand shows."""

import logging
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from beneficiaries.models import Beneficiary, HardshipFile, HouseholdMember, StagedRow
from beneficiaries.registry_checks import registry_breaks
from beneficiaries.services import files
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.ledgers import decisions
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.people import change_beneficiary
from relief.codes.services import codes_folder, load_codes
from relief.jobs.registry import nightly_task
from tests.audit.attacker import as_superuser, run
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import problems, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from unions.models import Message

pytestmark = pytest.mark.django_db
PERSON = "beneficiaries_beneficiary"
MEMBER = "beneficiaries_householdmember"


@pytest.fixture
def wang(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22), bank_account="6222020200000001236")


@pytest.fixture
def household(cast: Cast, wang: Beneficiary) -> HardshipFile:
    file = files.open_file(by=cast.people["ben"], person=wang, year=2026)
    files.add_member(by=cast.people["ben"], file=file, name="李红", id_number=id_number(31))
    return file


def holds() -> bool:
    told = StringIO()
    call_command("check_registry", stdout=told, stderr=told)
    return "the registry holds" in told.getvalue()


def breaches() -> str:
    """What the command says when it ends with 1."""
    told = StringIO()
    with pytest.raises(CommandError, match="breach") as failure:
        call_command("check_registry", stdout=StringIO(), stderr=told)
    assert failure.value.returncode == 1
    return told.getvalue()


def test_what_services_write_holds(cast: Cast, household: HardshipFile, wang: Beneficiary):
    ben = cast.people["ben"]
    change_beneficiary(by=ben, person=wang, version=1, name="王贵兰", phone="13911112222")
    assert holds()


@pytest.mark.parametrize(
    ("assignment", "column"),
    [
        ("name = '王桂芳'", "name"),
        ("pinyin = 'ligui'", "pinyin"),
        ("initials = 'lg'", "initials"),
        ("grams = '{李}'", "grams"),
        ("id_tail = '0000'", "id_tail"),
        ("id_index = decode(repeat('ab', 32), 'hex')", "id_index"),
        ("phone_tail = '0000'", "phone_tail"),
        ("phone_index = decode(repeat('ab', 32), 'hex')", "phone_index"),
        ("bank_tail = '0000'", "bank_tail"),
        ("birth_on = '1990-01-01'", "birth_on"),
        ("sex = 'male'", "sex"),
        ("phone = decode(repeat('ab', 40), 'hex')", "phone does not open"),
        ("name_sealed = phone", "name_sealed does not open"),
    ],
)
def test_a_person_changed_past_the_services_is_named(
    wang: Beneficiary, assignment: str, column: str
):
    with as_superuser():
        run(f"UPDATE {PERSON} SET {assignment} WHERE id = %s", [wang.pk])
    told = breaches()
    assert f"Person {wang.pk}: {column}" in told
    for value in ("王桂", id_number(22), id_number(22)[-4:], "1968-01-01", "0000"):
        assert value not in told


@pytest.mark.parametrize(
    ("assignment", "column"),
    [
        ("id_tail = '0000'", "id_tail"),
        ("id_index = decode(repeat('ab', 32), 'hex')", "id_index"),
        ("birth_on = '1990-01-01'", "birth_on"),
        ("name = id_number", "name does not open"),
    ],
)
def test_a_member_changed_past_the_services_is_named(
    household: HardshipFile, assignment: str, column: str
):
    member = HouseholdMember.objects.get(file=household, is_applicant=False)
    with as_superuser():
        run(f"UPDATE {MEMBER} SET {assignment} WHERE id = %s", [member.pk])
    assert f"Member {member.pk} of Person {household.person_id}: {column}" in breaches()


def test_a_key_that_is_gone_or_another_is_named(wang: Beneficiary, register: Register):
    other = register("李秀英")
    with as_superuser(silent=True):
        run(
            "UPDATE beneficiaries_personkey SET wrapped = (SELECT wrapped FROM"
            " beneficiaries_personkey WHERE person_id = %s) WHERE person_id = %s",
            [other.pk, wang.pk],
        )
        run("DELETE FROM beneficiaries_personkey WHERE person_id = %s", [other.pk])
    told = breaches()
    assert f"Person {wang.pk} has a key that does not open." in told
    assert f"Person {other.pk} has no key." in told


def test_an_erased_person_is_no_breach(cast: Cast, wang: Beneficiary):
    erase_beneficiary(by=cast.people["ann"], person=wang, reason="本人要求")
    assert holds()


def test_a_birth_date_that_somebody_decided_against_the_number_is_no_breach(cast: Cast):
    load_codes(codes_folder())
    heads = ["姓名", "身份证号", "出生日期"]
    ledger = staged(cast, [heads, ["王桂兰", id_number(22), "1970-05-06"]])
    assert problems(ledger) == [["birth_mismatch:birth_date"]]
    (row,) = rows_of(ledger)
    decisions.choose_side(
        by=cast.people["ben"],
        row=row,
        version=ledger.version,
        code="birth_mismatch",
        field="birth_date",
        side="sheet",
    )
    ledger.refresh_from_db()
    apply_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version, progress=Directly())
    person = Beneficiary.objects.get()
    assert person.birth_on == date(1970, 5, 6)
    assert StagedRow.objects.get().written_at
    assert holds()
    with as_superuser():
        run(f"UPDATE {PERSON} SET sex = 'male' WHERE id = %s", [person.pk])
    assert "sex is not what is sealed" in breaches()


def test_at_night_who_keeps_the_system_is_told(
    cast: Cast, wang: Beneficiary, caplog: pytest.LogCaptureFixture
):
    task = nightly_task("registry-check")
    task.run()
    assert not Message.objects.exists()
    with as_superuser():
        run(f"UPDATE {PERSON} SET pinyin = 'x' WHERE id = %s", [wang.pk])
    with caplog.at_level(logging.ERROR):
        task.run()
    assert f"Person {wang.pk}: pinyin" in caplog.text
    assert "王桂兰" not in caplog.text
    message = Message.objects.get()
    assert message.user.username == "sam"
    assert "1 处" in message.text


def test_many_people_are_read_in_chunks(
    register: Register, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
):
    for number in range(5):
        register(f"人{number}")
    monkeypatch.setattr("beneficiaries.registry_checks._CHUNK", 2)
    through: list[int] = []
    assert list(registry_breaks(told=through.append)) == []
    assert through == [2, 4, 5]
