from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from audit.models import Event
from beneficiaries.duplicates import Why, doubles_of, suspects
from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    Consent,
    HardshipFile,
    HouseholdMember,
    KeptApart,
    PastAid,
    PossibleDouble,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.services import files
from beneficiaries.services.categories import add_category
from beneficiaries.services.people import change_beneficiary
from beneficiaries.services.same_person import (
    keep_apart,
    merge_beneficiaries,
    withdraw_kept_apart,
)
from beneficiaries.services.transfers import link_beneficiary, request_transfer
from tests.beneficiaries.conftest import Coded, Register
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import refused

pytestmark = pytest.mark.django_db
BIRTH = date(1968, 1, 1)
TODAY = datetime(2026, 3, 10, tzinfo=UTC)
NO_PAPER = {"id_kind": "", "id_number": ""}


def merge(cast: Cast, person: Beneficiary, into: Beneficiary, by: str = "ann") -> Beneficiary:
    return merge_beneficiaries(by=cast.people[by], person=person, into=into, reason="同一人")


def test_doubles_are_found_by_each_reason_once(cast: Cast, register: Register):
    person = register("王桂兰", id_number=id_number(22), phone="13811112222")
    born = register("王桂兰", **NO_PAPER, birth_on=BIRTH, phone="13811112222")
    called = register("王桂兰", **NO_PAPER, phone="13811112222")
    husband = register("李明", id_number=id_number(31, birth="19660101"))
    register("王桂兰", **NO_PAPER, phone="")
    register("王桂兰", "west", "cai", **NO_PAPER, birth_on=BIRTH)
    file = files.open_file(by=cast.people["ben"], person=person, year=2026)
    number = id_number(31, birth="19660101")
    files.add_member(by=cast.people["ben"], file=file, name="李明", id_number=number)

    def found(of: Beneficiary) -> dict[Beneficiary, Why]:
        return {row.person: row.why for row in doubles_of(of, staff=cast.people["ann"])}

    assert found(person) == {
        born: Why.NAME_AND_BIRTH,
        called: Why.NAME_AND_PHONE,
        husband: Why.HOUSEHOLD,
    }
    assert found(husband) == {person: Why.HOUSEHOLD}
    keep_apart(by=cast.people["ben"], person=born, other=person, reason="双胞胎同名")
    assert found(person) == {called: Why.NAME_AND_PHONE, husband: Why.HOUSEHOLD}


def work_list(cast: Cast, who: str) -> dict[tuple[Beneficiary, Beneficiary], str]:
    found = PossibleDouble.objects.visible_to(cast.people[who]).listed()
    return {(row.first, row.second): row.get_why_display() for row in found}


def test_the_work_list_has_each_pair_once_with_its_strongest_reason(cast: Cast, register: Register):
    person = register("王桂兰", id_number=id_number(22), phone="13811112222")
    born = register("王桂兰", "east-2", "eli", **NO_PAPER, birth_on=BIRTH, phone="13811112222")
    called = register("王桂兰", **NO_PAPER, phone="13811112222")
    husband = register("李明", id_number=id_number(31, birth="19660101"))
    register("王桂兰", **NO_PAPER, phone="")
    register("王桂兰", "west", "cai", **NO_PAPER, birth_on=BIRTH)
    file = files.open_file(by=cast.people["ben"], person=person, year=2026)
    number = id_number(31, birth="19660101")
    files.add_member(by=cast.people["ben"], file=file, name="李明", id_number=number)
    files.add_member(by=cast.people["ben"], file=file, name="王桂兰")

    assert work_list(cast, "ann") == {
        (person, born): "姓名和出生日期相同",
        (person, called): "姓名和手机号码相同",
        (born, called): "姓名和手机号码相同",
        (person, husband): "在同一户的档案里",
    }
    assert set(work_list(cast, "ben")) == {(person, called), (person, husband)}
    assert not work_list(cast, "cai")
    assert len(work_list(cast, "zoe")) == 6, "both of west's pairs are the city's"


def test_what_was_kept_apart_is_off_the_work_list_until_it_is_taken_back(
    cast: Cast, register: Register
):
    ben = cast.people["ben"]
    first, second = (register("赵六", phone="13811112222") for _ in range(2))
    pair = keep_apart(by=ben, person=second, other=first, reason="两个人")
    assert not work_list(cast, "ben")
    assert not list(doubles_of(first, staff=ben))
    with refused("no_reason"):
        withdraw_kept_apart(by=ben, pair=pair, reason=" ")
    for who in ("eli", "kay", "cai"):
        with pytest.raises(PermissionDenied):
            withdraw_kept_apart(by=cast.people[who], pair=pair, reason="同一人")
    withdraw_kept_apart(by=ben, pair=pair, reason="核对证件是同一人")
    assert set(work_list(cast, "ben")) == {(first, second)}
    assert [row.person for row in doubles_of(first, staff=ben)] == [second]
    with refused("withdrawn"):
        withdraw_kept_apart(by=ben, pair=pair, reason="再撤回")
    again = keep_apart(by=ben, person=first, other=second, reason="还是两个人")
    assert KeptApart.objects.standing().get() == again
    assert KeptApart.objects.count() == 2


def test_a_union_counts_its_own_people_about_whom_nobody_has_decided(
    cast: Cast, register: Register
):
    first, second = (register("赵六", phone="13811112222") for _ in range(2))
    born = register("王桂兰", id_number=id_number(22))
    register("王桂兰", "east-2", "eli", **NO_PAPER, birth_on=BIRTH)
    register("孙七", **NO_PAPER, phone="")
    register("孙七", **NO_PAPER, phone="")
    assert set(suspects(cast.people["ben"])) == {first, second}
    assert not suspects(cast.people["eli"]).exists(), "the other one is of another street"
    assert not suspects(cast.people["mia"]).exists(), "the streets' own business"
    Beneficiary.objects.filter(pk=born.pk).update(union=cast.unions["east"])
    assert set(suspects(cast.people["mia"])) == {born}
    keep_apart(by=cast.people["ben"], person=first, other=second, reason="两个人")
    assert not suspects(cast.people["ben"]).exists()


@pytest.mark.parametrize(
    "change", [{"reason": "别的"}, {"withdrawn_at": None}, {"decided_at": TODAY}], ids=str
)
def test_a_decision_is_only_taken_back(cast: Cast, register: Register, change: dict[str, Any]):
    ben = cast.people["ben"]
    pair = keep_apart(by=ben, person=register("赵六"), other=register("赵六"), reason="两个人")
    if "withdrawn_at" in change:
        withdraw_kept_apart(by=ben, pair=pair, reason="看错了")
    with pytest.raises(IntegrityError, match="only taken back"), transaction.atomic():
        KeptApart.objects.filter(pk=pair.pk).update(**change)


def test_the_merge_stops_when_one_of_the_two_was_changed_since(cast: Cast, register: Register):
    person, into = register("王桂兰", **NO_PAPER), register("王桂兰")
    seen = (person.version, into.version)
    change_beneficiary(by=cast.people["ben"], person=into, version=1, name="王桂芝")
    act: dict[str, Any] = {"by": cast.people["ben"], "person": person, "into": into}
    with refused("stale"):
        merge_beneficiaries(**act, reason="同一人", versions=seen)
    assert merge_beneficiaries(**act, reason="同一人", versions=(1, 2)) == into


def test_past_aid_goes_over(cast: Cast, register: Register):
    person, into = register("王桂兰", **NO_PAPER), register("王桂兰")
    given: dict[str, Any] = {"union": person.union, "recorded_by": cast.people["ben"]}
    PastAid.objects.create(person=person, year=2024, amount=500, **given)
    merged = merge(cast, person, into)
    assert PastAid.objects.of_person(merged).get().amount == 500


def test_keeping_apart_is_said_once_and_with_words(cast: Cast, register: Register):
    first, second = register("王桂兰"), register("王桂兰")
    act: dict[str, Any] = {"by": cast.people["ben"], "person": second, "other": first}
    with refused("blank"):
        keep_apart(**act, reason=" ")
    keep_apart(**act, reason="两个人")
    with pytest.raises(Exception, match="已经认定"):
        keep_apart(**act, reason="两个人")
    with pytest.raises(PermissionDenied):
        keep_apart(**act | {"by": cast.people["eli"]}, reason="两个人")
    pair = KeptApart.objects.get()
    with pytest.raises(IntegrityError, match="in_order"), transaction.atomic():
        KeptApart.objects.create(
            first=pair.second, second=pair.first, reason="反", decided_by=cast.people["ben"]
        )


def test_merging_brings_everything_together(cast: Cast, register: Register, coded: Coded):
    ben = cast.people["ben"]
    person = register(
        "王桂兰",
        id_number=id_number(22),
        address="苏州胡同12号",
        bank_account="6222020200000001232",
    )
    into = register("王桂兰", **NO_PAPER, phone="13911112222", health="糖尿病")
    file = files.open_file(by=ben, person=person, year=2026)
    file = files.change_file(by=ben, file=file, version=1, hardship="丈夫早逝")
    files.add_member(by=ben, file=file, name="李小明")
    for code, owner in (("category:LM", person), ("category:KN", person), ("category:KN", into)):
        add_category(by=ben, person=owner, category=coded(code))
    Consent.objects.create(person=person, kind="photo", wording="2026-1", recorded_by=ben)
    link_beneficiary(by=cast.people["eli"], union=cast.unions["east-2"], id_number=id_number(22))

    merged = merge(cast, person, into)
    key = key_of(merged)
    texts = {name: merged.unseal(key, name) for name in ("id_number", "address", "health", "phone")}
    assert texts == {
        "id_number": id_number(22),
        "address": "苏州胡同12号",
        "health": "糖尿病",
        "phone": "13911112222",
    }
    assert (merged.birth_on, merged.bank_tail, merged.id_kind) == (BIRTH, "1232", "resident")
    moved = HardshipFile.objects.of_person(merged).get()
    assert moved.unseal(key, "hardship") == "丈夫早逝"
    names = [row.unseal(key, "name") for row in HouseholdMember.objects.of_file(moved)]
    assert names == ["王桂兰", "李小明"]
    assert {row.category_id for row in CategoryMembership.objects.of_person(merged)} == {
        "category:KN",
        "category:LM",
    }
    assert Consent.objects.get().person == merged
    assert BeneficiaryLink.objects.standing().get().beneficiary == merged


def test_the_merged_row_keeps_its_history_and_leads_on(cast: Cast, register: Register):
    person, into, last = (register("王桂兰", **NO_PAPER) for _ in range(3))
    merge(cast, person, into)
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id, event.reason) == ("merge", str(person.pk), "同一人")
    assert event.details["into"] == str(into.pk)
    merge(cast, into, last)
    gone = Beneficiary.objects.get(pk=person.pk)
    assert gone.merged_into == last
    assert gone.unseal(key_of(gone), "name_sealed") == "王桂兰"
    assert set(Beneficiary.objects.current()) == {last}
    with refused("gone"):
        merge(cast, person, last)


def test_what_speaks_against_one_person_stops_the_merge(cast: Cast, register: Register):
    person = register("王桂兰")
    other = register("王桂兰", **NO_PAPER)
    with refused("same"):
        merge(cast, person, person)
    with refused("two_numbers"):
        merge(cast, person, register("王桂兰"))
    with refused("no_reason"):
        merge_beneficiaries(by=cast.people["ben"], person=person, into=other, reason=" ")
    for owner in (person, other):
        files.open_file(by=cast.people["ben"], person=owner, year=2026)
    with refused("two_files"):
        merge(cast, person, other)
    third = register("王桂兰", **NO_PAPER)
    request_transfer(
        by=cast.people["ann"], person=third, to=cast.unions["east-2"], reason="单位搬迁"
    )
    with refused("transfer_waiting"):
        merge(cast, third, person)
    keep_apart(by=cast.people["ben"], person=third, other=person, reason="两个人")
    with refused("kept_apart"):
        merge(cast, third, person)


def test_merging_needs_both_sides(cast: Cast, register: Register):
    person = register("王桂兰", **NO_PAPER)
    other = register("王桂兰", "east-2", "eli", **NO_PAPER)
    for who in ("ben", "eli", "kay", "cai"):
        with pytest.raises(PermissionDenied):
            merge(cast, person, other, by=who)
    assert merge(cast, person, other, by="mia") == other
