from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from beneficiaries.models import Beneficiary, HardshipFile, Transfer
from beneficiaries.services import files, people, transfers, workplaces
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import refused
from unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22))


def link(cast: Cast, by: str, union: str, number: str = id_number(22)) -> Any:
    return transfers.link_beneficiary(
        by=cast.people[by], union=cast.unions[union], id_number=number
    )


def test_a_linked_person_is_on_the_rosters_of_the_linking_union_only(
    cast: Cast, person: Beneficiary
):
    west, city = cast.people["wes"], cast.people["zoe"]
    assert not Beneficiary.objects.visible_to(west).exists()
    row = link(cast, "wes", "west-1")
    for union, is_there in {"west-1": True, "east-1": True, "east": True, "east-2": False}.items():
        rosters = Beneficiary.objects.for_rosters_of(cast.unions[union])
        assert rosters.filter(pk=person.pk).exists() == is_there, union
    for who, sees in {"wes": True, "cai": True, "eli": False}.items():
        assert Beneficiary.objects.visible_to(cast.people[who]).exists() == sees, who
    assert not Beneficiary.objects.owned_by(west).exists()
    assert Beneficiary.objects.visible_to(city).count() == 1
    with pytest.raises(PermissionDenied):
        people.change_beneficiary(by=west, person=person, version=1, name="别名")
    with pytest.raises(PermissionDenied):
        people.reveal(by=west, person=person, field="phone", reason="核对")
    transfers.end_link(by=cast.people["ben"], link=row, reason="已停止慰问")
    assert not Beneficiary.objects.visible_to(west).exists()
    with refused("ended"):
        transfers.end_link(by=west, link=row, reason="再解除")


def test_a_link_wants_the_exact_number_of_somebody_elsewhere(cast: Cast, person: Beneficiary):
    with refused("not_found"):
        link(cast, "wes", "west-1", id_number(24))
    with refused("own"):
        link(cast, "ann", "east")
    link(cast, "wes", "west-1")
    with refused("linked"):
        link(cast, "wes", "west-1")
    for who in ("ben", "leo"):
        with pytest.raises(PermissionDenied):
            link(cast, who, "west-1")


def ask(cast: Cast, person: Beneficiary, by: str = "wes", reason: str = "已调入本街道") -> Transfer:
    to = cast.unions["west-1"]
    return transfers.request_transfer(by=cast.people[by], person=person, to=to, reason=reason)


def test_a_transfer_is_asked_for_and_accepted(cast: Cast, person: Beneficiary):
    file = files.open_file(by=cast.people["ben"], person=person, year=2026)
    with refused("not_known"):
        ask(cast, person)
    link(cast, "wes", "west-1")
    with refused("no_reason"):
        ask(cast, person, reason=" ")
    transfer = ask(cast, person)
    with refused("waiting"):
        ask(cast, person)
    for who in ("ben", "wes"):
        assert Transfer.objects.visible_to(cast.people[who]).get() == transfer
    assert not Transfer.objects.visible_to(cast.people["eli"]).exists()
    assert Transfer.objects.to_decide(cast.people["ben"]).get() == transfer
    assert not Transfer.objects.to_decide(cast.people["wes"]).exists()
    for who in ("wes", "eli", "kay"):
        with pytest.raises(PermissionDenied):
            transfers.accept_transfer(by=cast.people[who], transfer=transfer)
    transfers.accept_transfer(by=cast.people["ben"], transfer=transfer)
    moved = Beneficiary.objects.owned_by(cast.people["wes"]).get()
    assert (moved.union, moved.version) == (cast.unions["west-1"], 2)
    assert HardshipFile.objects.get(pk=file.pk).union == cast.unions["west-1"]
    assert not Beneficiary.objects.visible_to(cast.people["ben"]).exists()
    people.change_beneficiary(by=cast.people["wes"], person=moved, version=2, name="王桂芝")


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_a_request_is_answered_once(cast: Cast, person: Beneficiary, end: str):
    link(cast, "wes", "west-1")
    transfer = ask(cast, person)
    if end == "decline":
        with refused("no_reason"):
            transfers.decline_transfer(by=cast.people["ben"], transfer=transfer, answer=" ")
        transfers.decline_transfer(by=cast.people["ben"], transfer=transfer, answer="仍在我街道")
    else:
        with pytest.raises(PermissionDenied):
            transfers.withdraw_transfer(by=cast.people["ben"], transfer=transfer)
        transfers.withdraw_transfer(by=cast.people["wes"], transfer=transfer)
    with refused("answered"):
        transfers.accept_transfer(by=cast.people["ben"], transfer=transfer)
    with pytest.raises(IntegrityError, match="answered"), transaction.atomic():
        Transfer.objects.filter(pk=transfer.pk).update(status="requested", decided_at=None)
    assert Beneficiary.objects.get().union == cast.unions["east-1"]
    assert ask(cast, person).pk != transfer.pk


def test_a_closed_union_gets_nothing_new(cast: Cast, person: Beneficiary):
    cai, closed = cast.people["cai"], cast.unions["west-1"]
    link(cast, "wes", "west-1")
    transfer = ask(cast, person)
    Union.objects.filter(pk=closed.pk).update(closed_on=date(2026, 1, 2))
    closed.refresh_from_db()
    with refused("union_closed"):
        link(cast, "cai", "west-1")
    with refused("union_closed"):
        ask(cast, person, by="cai")
    with refused("union_closed"):
        transfers.accept_transfer(by=cast.people["ben"], transfer=transfer)
    with refused("union_closed"):
        workplaces.create_workplace(by=cai, union=closed, name="印刷厂", kind="enterprise")


def test_a_workplace_has_no_other_columns(cast: Cast):
    given: Any = {"name": "印刷厂", "kind": "enterprise", "version": 9}
    with refused("unknown_field"):
        workplaces.create_workplace(by=cast.people["ben"], union=cast.unions["east-1"], **given)
