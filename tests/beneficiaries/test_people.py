from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from beneficiaries.identity import lengthened
from beneficiaries.models import Beneficiary, PersonKey
from beneficiaries.models.person_key import key_of
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.people import (
    change_beneficiary,
    create_beneficiary,
    find_by_id,
    reveal,
)
from relief.lib.crypto.sealing import SealError
from tests.audit.attacker import as_owner, rows
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.object_history import event_model

pytestmark = pytest.mark.django_db

SECRETS = {
    "phone": "13912345678",
    "other_contact": "010-64000000 老周",
    "address": "北京市东城区建国门街道苏州胡同12号",
    "bank_name": "工商银行建国门支行",
    "bank_account": "6222020200000001232",
    "health": "终末期肾病",
}


def change(cast: Cast, person: Beneficiary, by: str = "ben", **details: Any) -> Beneficiary:
    version = details.pop("version", person.version)
    return change_beneficiary(by=cast.people[by], person=person, version=version, **details)


def test_a_person_is_registered_with_everything_sealed(cast: Cast, register: Register):
    person = register("王桂兰", id_number=id_number(22), **SECRETS)
    stored = Beneficiary.objects.get(pk=person.pk)
    key = key_of(stored)
    assert {name: stored.unseal(key, name) for name in SECRETS} == SECRETS
    assert stored.unseal(key, "id_number") == id_number(22)
    assert (stored.pinyin, stored.initials, stored.version) == ("wangguilan", "wgl", 1)
    assert (stored.sex, stored.birth_on) == ("female", date(1968, 1, 1))
    assert (stored.id_tail, stored.phone_tail, stored.bank_tail) == (
        id_number(22)[-4:],
        "5678",
        "1232",
    )
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id, event.details) == ("create", str(person.pk), {})


def test_no_table_holds_a_personal_value_in_clear(cast: Cast, register: Register):
    """Apart from the row itself: neither history nor the log, before and after a change."""
    person = register("王桂兰", id_number=id_number(22), **SECRETS)
    person = change(cast, person, name="王桂芝", phone="13700000000", address="新地址五号")
    plain = [
        "王桂兰",
        "王桂芝",
        id_number(22),
        *SECRETS.values(),
        "13700000000",
        "新地址五号",
        "1968-01-01",
    ]
    tables = ["beneficiaries_beneficiaryevent", "beneficiaries_personkey", "audit_event"]
    for table in tables:
        told = " ".join(str(row) for row in rows(f"SELECT t::text FROM {table} t"))
        told += " ".join(str(row) for row in rows(f"SELECT * FROM {table}"))
        assert [value for value in plain if value in told or value.encode().hex() in told] == []
    assert event_model(Beneficiary).objects.filter(pgh_obj_id=person.pk).count() == 2


def test_history_keeps_the_old_name_for_who_has_the_key(cast: Cast, register: Register):
    person = register("王桂兰")
    change(cast, person, name="王桂芝")
    key = key_of(person)
    history = event_model(Beneficiary).objects.filter(pgh_obj_id=person.pk).order_by("pgh_id")
    place = Beneficiary._meta.get_field("name_sealed").place(person)
    assert [key.open(row.name_sealed, place).decode() for row in history] == ["王桂兰", "王桂芝"]


def test_a_number_copied_to_another_person_does_not_open(cast: Cast, register: Register):
    first, second = register("甲甲"), register("乙乙")
    Beneficiary.objects.filter(pk=second.pk).update(address=first.name_sealed)
    Beneficiary.objects.filter(pk=first.pk).update(address=first.id_number)
    for person in (first, second):
        stored = Beneficiary.objects.get(pk=person.pk)
        with pytest.raises(SealError):
            stored.unseal(key_of(stored), "address")


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"id_number": id_number(22)[:-1]}, "id_length"),
        ({"id_number": id_number(22)[:-1] + "1"}, "id_checksum"),
        ({"id_number": "110101196813010018"}, "id_birth_invalid"),
        ({"id_number": ""}, "id_missing"),
        ({"id_number": "E12345678"}, "id_other_paper"),
        ({"id_kind": "other", "id_number": "E1"}, "id_length"),
        ({"id_kind": "residence_permit"}, "id_kind"),
        ({"sex": "male", "id_number": id_number(22)}, "sex_mismatch"),
        ({"birth_on": date(1968, 1, 2)}, "birth_mismatch"),
        ({"phone": "64000000"}, "phone_invalid"),
        ({"bank_account": "62220202"}, "bank_invalid"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused(register: Register, details: Any, code: str):
    with refused(code):
        register("王桂兰", **details)
    assert not Beneficiary.objects.exists()


def test_an_old_number_is_offered_in_its_new_form(register: Register):
    with pytest.raises(Exception, match=lengthened("110101680101001")):
        register("王桂兰", id_number="110101680101001")
    person = register("王桂兰", id_number=lengthened("110101680101001"))
    assert list(Beneficiary.objects.matching("110101680101001")) == [person]


def test_a_person_without_paper_or_phone_is_registered(register: Register):
    person = register("王桂兰", id_kind="", id_number="", phone="")
    assert (person.id_index, person.id_number, person.phone_index) == (None, None, None)
    register("王桂兰", id_kind="", id_number="", phone="")


def test_one_number_is_one_person(cast: Cast, register: Register):
    register("王桂兰", id_number=id_number(22))
    with refused("id_taken"):
        register("王桂芝", id_number=id_number(22))
    with refused("id_elsewhere"):
        register("王桂芝", id_number=id_number(22), union="east-2", by="eli")
    other = register("王桂芝")
    with refused("id_taken"):
        change(cast, other, id_number=id_number(22))
    index = Beneficiary.objects.get(name="王桂兰").id_index
    with pytest.raises(IntegrityError, match="id_number_once"), transaction.atomic():
        Beneficiary.objects.filter(pk=other.pk).update(id_index=index)


@pytest.mark.parametrize(
    ("who", "union"), [("kay", "east-1"), ("leo", "east"), ("sam", "east"), ("cai", "east-1")]
)
def test_registering_needs_a_maker_of_the_subtree(
    cast: Cast, register: Register, who: str, union: str
):
    with pytest.raises(PermissionDenied):
        register("王桂兰", union, who)
    person = register("王桂芝")
    with pytest.raises(PermissionDenied):
        change(cast, person, who, name="王桂兰")


def test_a_change_touches_what_it_names_only(cast: Cast, register: Register):
    person = register("王桂兰", **SECRETS)
    changed = change(cast, person, address="新地址五号", workplace=None)
    assert changed.version == 2
    before, after = (Beneficiary.objects.get(pk=person.pk), person)
    assert before.phone == after.phone
    assert before.address != after.address
    event = Event.objects.newest_first()[0]
    assert (event.action, event.details) == ("change", {"fields": ["address"]})
    assert change(cast, changed, address="新地址五号").version == 2


def test_a_number_is_taken_away_with_its_traces(cast: Cast, register: Register):
    person = change(cast, register("王桂兰"), id_kind="", id_number="", phone="")
    assert (person.id_index, person.id_tail, person.id_number) == (None, "", None)
    assert (person.phone_index, person.phone_tail, person.phone) == (None, "", None)


def test_the_later_of_two_editors_is_told(cast: Cast, register: Register):
    person = register("王桂兰")
    change(cast, person, address="甲处")
    with refused("stale"):
        change(cast, person, address="乙处", version=1)
    stored = Beneficiary.objects.get(pk=person.pk)
    assert stored.unseal(key_of(stored), "address") == "甲处"


def test_revealing_leaves_who_what_and_why(cast: Cast, register: Register):
    person = register("王桂兰", **SECRETS)
    told = reveal(by=cast.people["kay"], person=person, field="phone", reason="电话核对发放")
    assert told == SECRETS["phone"]
    event = Event.objects.newest_first()[0]
    assert (event.action, event.reason, event.details) == (
        "reveal",
        "电话核对发放",
        {"field": "phone"},
    )
    with refused("no_reason"):
        reveal(by=cast.people["kay"], person=person, field="phone", reason=" ")
    with refused("unknown_field"):
        reveal(by=cast.people["kay"], person=person, field="id_index", reason="看看")


@pytest.mark.parametrize("who", ["leo", "roy", "sam", "eli", "cai"])
def test_revealing_needs_the_right_and_the_reach(cast: Cast, register: Register, who: str):
    with pytest.raises(PermissionDenied):
        reveal(by=cast.people[who], person=register("王桂兰"), field="phone", reason="看看")


def test_a_number_elsewhere_tells_only_that_it_is_there(cast: Cast, register: Register):
    person = register("王桂兰", id_number=id_number(22))
    assert find_by_id(by=cast.people["mia"], id_number=id_number(22)).person == person
    found = find_by_id(by=cast.people["wes"], id_number=id_number(22))
    assert (found.person, found.is_elsewhere) == (None, True)
    found = find_by_id(by=cast.people["wes"], id_number=id_number(24))
    assert (found.person, found.is_elsewhere) == (None, False)
    with pytest.raises(PermissionDenied):
        find_by_id(by=cast.people["sam"], id_number=id_number(22))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("王", {"王桂兰", "王芳"}),
        ("桂兰", {"王桂兰"}),
        ("王桂兰", {"王桂兰"}),
        ("买合木提·阿", {"买合木提·阿不都"}),
        ("提·阿布", set()),
        ("wang", {"王桂兰", "王芳"}),
        ("WGL", {"王桂兰"}),
        (id_number(22)[-4:], {"王桂兰"}),
        (id_number(22), {"王桂兰"}),
        ("138 1111 2222", {"王芳"}),
        ("13811112223", set()),
        ("", set()),
    ],
)
def test_people_are_found_by_what_one_knows(
    cast: Cast, register: Register, typed: str, found: set[str]
):
    register("王桂兰", id_number=id_number(22))
    register("王芳", phone="13811112222", id_number=id_number(23, birth="19700101"))
    register("买合木提·阿不都", id_number=id_number(25, birth="19710101"))
    visible = Beneficiary.objects.visible_to(cast.people["ann"])
    assert {person.name for person in visible.matching(typed)} == found
    assert not Beneficiary.objects.visible_to(cast.people["cai"]).matching(typed).exists()


def test_lists_fetch_no_ciphertext(register: Register):
    register("王桂兰", **SECRETS)
    with CaptureQueriesContext(connection) as queries:
        (person,) = Beneficiary.objects.listed()
        assert (person.union.name, person.workplace, person.phone_tail) == (
            "东一街道总工会",
            None,
            "5678",
        )
    (query,) = [query["sql"] for query in queries]
    sealed = [name for name in ("id_number", *SECRETS) if f'beneficiary"."{name}"' in query]
    assert sealed == []


def test_a_destroyed_key_never_comes_back(register: Register):
    person_key = PersonKey.objects.get(pk=register("王桂兰").pk)
    kept = person_key.wrapped
    erase_beneficiary(by=CAST, person=person_key.person, reason="来函")
    with pytest.raises(IntegrityError, match="key destroyed"), as_owner():
        PersonKey.objects.filter(pk=person_key.pk).update(
            wrapped=kept, ring_key="12345678", destroyed_at=None
        )


def test_a_closed_union_registers_nobody(cast: Cast):
    union = cast.unions["east-2"]
    union.closed_on = date(2026, 1, 1)
    with refused("union_closed"):
        create_beneficiary(by=cast.people["mia"], union=union, name="王桂兰")
