"""Rotating the ring and erasing a person."""

import os
import signal
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from audit.models import Event
from beneficiaries.models import Beneficiary, HouseholdMember, PersonKey
from beneficiaries.models.person_key import PersonErasedError, key_of
from beneficiaries.services import files
from beneficiaries.services.keys import ERASED_NAME, erase_beneficiary
from beneficiaries.services.people import find_by_id
from beneficiaries.services.same_person import merge_beneficiaries
from relief.lib.crypto import keys
from relief.lib.crypto.sealing import SealError
from tests import database
from tests.audit.attacker import rows, run
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.object_history import event_model

pytestmark = pytest.mark.django_db
OLD, NEW = "old-secret-0123456789-abcdefghij-01234567", "new-secret-9876543210-jihgfedcba-98765432"


@pytest.fixture
def ring(settings: Any) -> Iterator[Any]:
    """Set the secrets of the ring, the newest first."""

    def use(*secrets: str) -> None:
        settings.DATA_KEYS = ",".join(secrets)
        keys.forget()

    use(OLD)
    yield use
    keys.forget()


def names() -> set[str]:
    return {row.unseal(key_of(row), "name_sealed") for row in Beneficiary.objects.all()}


def rotate(batch: int = 2) -> str:
    out = StringIO()
    call_command("rotate_keys", batch=batch, stdout=out)
    return out.getvalue()


def test_after_rotation_the_old_secret_may_go(ring: Any, register: Register):
    sealed = {register(name).pk: name for name in ("甲甲", "乙乙", "丙丙")}
    before = dict(Beneficiary.objects.values_list("pk", "name_sealed"))
    ring(NEW, OLD)
    assert names() == set(sealed.values())
    assert rotate().endswith(
        "0 keys are left under older secrets than " + keys.ring().current + ".\n"
    )
    ring(NEW)
    assert names() == set(sealed.values())
    assert dict(Beneficiary.objects.values_list("pk", "name_sealed")) == before
    assert sum(event.details["keys"] for event in Event.objects.filter(action="setting")) == 3
    assert rotate().count("\n") == 1
    ring(OLD)
    with pytest.raises(SealError):
        names()


@pytest.mark.django_db(transaction=True)
def test_a_rotation_killed_in_the_middle_of_a_batch_goes_on_later(ring: Any, register: Register):
    people = {register(name).name for name in ("甲甲", "乙乙", "丙丙", "丁丁", "戊戊")}
    ring(NEW, OLD)
    assert rotate_and_be_killed_in_the_second_batch() == -signal.SIGKILL
    assert PersonKey.objects.of_older_rings().count() == 3
    assert names() == people
    rotate()
    ring(NEW)
    assert names() == people


def rotate_and_be_killed_in_the_second_batch() -> int:
    """The log's chain is held from here, so the batch waits with its rows already written."""
    told, tell = os.pipe()
    go, let_go = os.pipe()

    class AfterFirstBatch(StringIO):
        def write(self, text: str) -> int:
            os.write(tell, b".")
            os.read(go, 1)
            return len(text)

    connection.close()
    child = os.fork()
    if child == 0:
        try:
            call_command("rotate_keys", batch=2, stdout=AfterFirstBatch())
        finally:
            os._exit(1)
    os.close(tell)  # so that a child that dies is noticed
    assert os.read(told, 1) == b"."
    with database.connect(connection.settings_dict["NAME"]) as other:
        other.execute("BEGIN; SELECT FROM audit_chainhead WHERE chain = 'system' FOR UPDATE")
        os.write(let_go, b".")
        waiting = "SELECT FROM pg_locks WHERE NOT granted LIMIT 1"
        while not other.execute(waiting).rowcount:
            assert os.waitpid(child, os.WNOHANG) == (0, 0)
        os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for end in (told, go, let_go):
        os.close(end)
    return code


def test_erasing_leaves_the_row_and_nothing_to_read(cast: Cast, register: Register):
    merged = register("王桂兰", id_kind="", id_number="", phone="13811112222")
    person = register("王桂兰", id_number=id_number(22), health="糖尿病")
    other = files.open_file(by=cast.people["ben"], person=register("李明"), year=2025)
    files.add_member(by=cast.people["ben"], file=other, name="王桂兰", id_number=id_number(22))
    merge_beneficiaries(by=cast.people["ben"], person=merged, into=person, reason="同一人")
    act: dict[str, Any] = {"by": cast.people["ann"], "person": person}
    with refused("no_reason"):
        erase_beneficiary(**act, reason=" ")
    assert erase_beneficiary(**act, reason="本人 3 月 2 日书面要求") == 2
    for pk in (person.pk, merged.pk):
        row = Beneficiary.objects.get(pk=pk)
        assert (row.name, row.birth_on, row.id_index, row.phone_index) == (
            ERASED_NAME,
            None,
            None,
            None,
        )
        assert (row.id_number, row.health, row.id_tail, row.grams) == (None, None, "", [])
        with pytest.raises(PersonErasedError):
            key_of(row)
    assert event_model(Beneficiary).objects.filter(pgh_obj_id=person.pk).count() >= 2
    assert not find_by_id(by=cast.people["zoe"], id_number=id_number(22)).is_elsewhere
    assert not HouseholdMember.objects.with_id_number(id_number(22)).exists()
    told = str(rows("SELECT t::text FROM beneficiaries_beneficiary t WHERE erased_at IS NOT NULL"))
    assert "王桂兰" not in told
    assert names_of_the_living() == {"李明"}
    with refused("erased"):
        erase_beneficiary(**act, reason="再一次")


def names_of_the_living() -> set[str]:
    return set(Beneficiary.objects.filter(erased_at__isnull=True).values_list("name", flat=True))


def test_the_commands_ask_twice_and_say_what_they_did(register: Register):
    person = register("王桂兰")
    for arguments, said in [
        ([str(uuid4()), "--reason", "来函", "--yes"], "no such person"),
        ([str(person.pk), "--reason", "来函"], "--yes"),
        ([str(person.pk), "--reason", " ", "--yes"], "请写明理由"),
    ]:
        with pytest.raises(CommandError, match=said):
            call_command("erase_person", *arguments)
    out = StringIO()
    call_command("erase_person", str(person.pk), "--reason", "来函", "--yes", stdout=out)
    assert out.getvalue() == "1 row(s) erased.\n"
    with pytest.raises(CommandError, match="已经删除"):
        call_command("erase_person", str(person.pk), "--reason", "来函", "--yes")


# What SQL as the app role cannot do.

ATTACKS = {
    "destroy": "UPDATE {table} SET wrapped = NULL, ring_key = '', destroyed_at = now()",
    "overwrite": "UPDATE {table} SET wrapped = '\\xdead'",
    "lock": "SELECT FROM {table} FOR UPDATE",
    "delete": "DELETE FROM {table}",
}


@pytest.mark.parametrize("table", ["beneficiaries_personkey", "beneficiaries_ledgerkey"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_app_role_changes_no_key(register: Register, table: str, attack: str):
    register("王桂兰")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(ATTACKS[attack].format(table=table))
    assert names() == {"王桂兰"}


def test_nobody_destroys_the_key_of_somebody_who_stands(register: Register):
    person, other = register("王桂兰"), register("李明")
    erase_beneficiary(by=CAST, person=other, reason="来函")
    with pytest.raises(IntegrityError, match="key in use"), transaction.atomic():
        PersonKey.objects.all().destroy([person.pk, other.pk])
    assert names_of_the_living() == {"王桂兰"}
    assert key_of(person)


def test_no_key_is_replaced_by_what_is_none(register: Register):
    person = register("王桂兰")
    statement = "SELECT beneficiaries_personkey_rewrap(%s::uuid[], %s::bytea[], %s)"
    same = PersonKey.objects.get(pk=person.pk).ring_key
    for wrapping, ring_key in [(b"\xde\xad", "00000000"), (bytes(61), same)]:
        assert rows(statement, [[person.pk], [wrapping], ring_key]) == [(0,)]
    assert key_of(person)


def test_rewrapping_and_destroying_leave_a_trace_without_the_key(ring: Any, register: Register):
    person = register("王桂兰")
    ring(NEW, OLD)
    rotate()
    erase_beneficiary(by=CAST, person=person, reason="来函")
    history = event_model(PersonKey).objects.filter(pgh_obj_id=person.pk).order_by("pgh_id")
    assert [(row.ring_key, row.destroyed_at is None) for row in history] == [
        (keys.ring().current, True),
        ("", False),
    ]
    assert "wrapped" not in {field.name for field in event_model(PersonKey)._meta.get_fields()}
