"""What takes two: donations, stock-takings, receipts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledger.models import BATCH, Acknowledgement, Donation, Donor, Entry, StockTaking
from ledger.portions import Count, Portion
from ledger.services import donations, stock
from ledger.services.goods import create_item
from ledger.services.receipts import acknowledge
from tests.ledger.test_movements import refused
from tests.ledger.world import World, entry_of, seen, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def donor(world: World) -> Donor:
    return donations.create_donor(
        by=world.staff("mia"), union=world.union("east"), name="爱心公司", kind="firm"
    )


def register(world: World, donor: Donor, by: str = "mia", **gift: Any) -> Donation:
    gift.setdefault("received_on", timezone.localdate())
    return donations.register_donation(by=world.staff(by), fund=world.fund, donor=donor, **gift)


def count(world: World, donation: Donation, by: str = "kay") -> Entry:
    posting = donations.count_donation(by=world.staff(by), key=uuid4(), donation=donation)
    return entry_of(posting)


def test_a_gift_is_in_the_ledger_when_a_second_person_counted_it(world: World, donor: Donor):
    donation = register(world, donor, amount=Decimal(500))
    assert world.there("east") == 0
    with pytest.raises(ValidationError) as caught:
        count(world, donation, by="mia")
    assert caught.value.code == "same_person"
    count(world, donation)
    assert world.there("east") == 500


def test_a_gift_is_counted_once(world: World, donor: Donor):
    donation = register(world, donor, amount=Decimal(500))
    count(world, donation)
    assert refused(count, world, donation) == "counted"


def test_goods_without_price_are_unpriced(world: World, donor: Donor):
    entry = count(world, register(world, donor, item=world.rice, quantity=100))
    assert seen(entry.amount, entry.quantity, entry.is_unpriced) == [None, 100, True]


def test_goods_without_quantity_are_one_batch(world: World, donor: Donor):
    books = create_item(by=world.staff("fay"), union=world.union("east"), name="图书", unit=BATCH)
    assert count(world, register(world, donor, item=books)).quantity == 1
    assert refused(register, world, donor, item=world.rice) == "quantity_invalid"


def test_a_counted_gift_stays_as_it_was_counted(world: World, donor: Donor):
    donation = register(world, donor, amount=Decimal(500))
    count(world, donation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Donation.objects.filter(pk=donation.pk).update(amount=600)
    donations.note_thanks(by=world.staff("mia"), donation=donation, thanked_on=timezone.localdate())
    donation.refresh_from_db()
    assert donation.thanked_on == timezone.localdate()


def test_a_receipt_number_is_used_once(world: World, donor: Donor):
    register(world, donor, amount=Decimal(5), receipt_number="A-1")
    with pytest.raises(ValidationError, match="票据号"):
        register(world, donor, amount=Decimal(6), receipt_number="A-1")


def test_what_was_registered_by_mistake_is_withdrawn(world: World, donor: Donor):
    donation = register(world, donor, amount=Decimal(5), receipt_number="A-1")
    donations.withdraw_donation(by=world.staff("mia"), donation=donation, reason="重复")
    assert refused(count, world, donation) == "withdrawn"
    register(world, donor, amount=Decimal(6), receipt_number="A-1")


def test_a_union_can_be_a_donor(world: World):
    donor = donations.create_donor(
        by=world.staff("mia"),
        union=world.union("east"),
        name="西片区总工会",
        kind="union",
        as_union=world.union("west"),
    )
    count(world, register(world, donor, amount=Decimal(50)))
    assert world.there("east") == 50


def test_what_is_missing_is_written_off_when_another_approved(world: World):
    lot = world.lot(timezone.localdate() + timedelta(days=9))
    world.receive(Portion(item=world.rice, quantity=100))
    world.receive(Portion(item=world.milk, lot=lot, quantity=10))
    taking = take(world, Count(world.rice, 97, reason="破损"), Count(world.milk, 11, lot, "多记"))
    assert world.there("east", world.rice) == 100
    approve: dict[str, Any] = {"key": uuid4(), "taking": taking}
    stock.approve_stocktaking(by=world.staff("kay"), **approve)
    stock.approve_stocktaking(by=world.staff("kay"), **approve)
    assert seen(world.there("east", world.rice), world.there("east", world.milk)) == [97, 11]
    assert set(Entry.objects.filter(subject=f"stocktaking:{taking.pk}").values_list("kind")) == {
        ("write_off",),
        ("receive",),
    }


def take(world: World, *counts: Count, by: str = "mia") -> StockTaking:
    return stock.take_stock(
        by=world.staff(by), union=world.union("east"), fund=world.fund, counts=counts
    )


def test_a_difference_needs_its_reason(world: World):
    world.receive(Portion(item=world.rice, quantity=100))
    assert refused(take, world, Count(world.rice, 97)) == "reason_missing"
    assert take(world, Count(world.rice, 100)).pk


def test_goods_that_moved_since_are_counted_again(world: World):
    world.receive(Portion(item=world.rice, quantity=100))
    taking = take(world, Count(world.rice, 97, reason="破损"))
    world.pay(Portion(item=world.rice, quantity=1), at="east")
    approve: dict[str, Any] = {"by": world.staff("kay"), "key": uuid4(), "taking": taking}
    assert refused(stock.approve_stocktaking, **approve) == "moved_meanwhile"


def test_who_counted_does_not_approve(world: World):
    world.receive(Portion(item=world.rice, quantity=100))
    taking = take(world, Count(world.rice, 97, reason="破损"), by="kay")
    approve: dict[str, Any] = {"by": world.staff("kay"), "key": uuid4(), "taking": taking}
    assert refused(stock.approve_stocktaking, **approve) == "same_person"
    stock.withdraw_stocktaking(by=world.staff("mia"), taking=taking, reason="重盘")
    approve["by"] = world.staff("kay")
    assert refused(stock.approve_stocktaking, **approve) == "withdrawn"


def test_the_receiving_union_says_that_it_arrived(world: World):
    world.receive(yuan(100))
    entry = entry_of(world.allot(yuan(40), "east-1"))
    with pytest.raises(ValidationError) as caught:
        acknowledge(by=world.staff("fay"), entry=entry)
    assert caught.value.code == "same_person"
    with pytest.raises(PermissionDenied):
        acknowledge(by=world.staff("eli"), entry=entry)
    receipt = acknowledge(by=world.staff("ben"), entry=entry)
    assert Acknowledgement.objects.get() == receipt
    assert refused(acknowledge, by=world.staff("ben"), entry=entry) == "acknowledged"


def test_nothing_else_is_acknowledged(world: World):
    entry = entry_of(world.receive(yuan(100)))
    assert refused(acknowledge, by=world.staff("mia"), entry=entry) == "nothing_sent"
    sent = world.allot(yuan(40), "east-1")
    world.reverse(sent)
    sent_entry = Entry.objects.get(posting=sent)
    assert refused(acknowledge, by=world.staff("ben"), entry=sent_entry) == "reversed"
