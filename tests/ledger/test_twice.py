"""Sent twice, done once; taken back once; promised, and kept for it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from ledger.models import Commitment, CommitmentLeft, Entry, Posting
from ledger.portions import Portion
from ledger.services.commitments import release
from tests.ledger.test_movements import refused
from tests.ledger.world import World, entry_of, seen, step, yuan

pytestmark = pytest.mark.django_db


def test_the_same_act_sent_twice_is_done_once(world: World):
    key = uuid4()
    first = world.receive(yuan(100), key=key)
    again = world.receive(yuan(100), key=key)
    assert first == again
    assert world.there("east") == 100


def test_the_same_key_with_another_content_is_refused(world: World):
    key = uuid4()
    world.receive(yuan(100), key=key)
    assert refused(world.receive, yuan(101), key=key) == "key_reused"


def test_a_key_belongs_to_its_actor_and_act(world: World):
    key = uuid4()
    world.receive(yuan(100), key=key)
    world.allot(yuan(40), "east-1", key=key)
    assert Posting.objects.filter(key=key).count() == 2


def test_a_replay_advances_no_chain(world: World):
    key = uuid4()
    for _ in range(3):
        world.receive(yuan(100), key=key)
    world.receive(yuan(1))
    assert list(Entry.objects.order_by("pk").values_list("link", flat=True)) == [1, 2]


def test_what_was_refused_may_be_sent_again(world: World):
    key = uuid4()
    assert refused(world.allot, yuan(40), "east-1", key=key) == "over_balance"
    world.receive(yuan(100))
    world.allot(yuan(40), "east-1", key=key)
    assert world.there("east-1") == 40


def test_each_kind_is_taken_back_by_its_mirror(world: World):
    received = world.receive(yuan(100))
    allotted = world.allot(yuan(60), "east-1")
    paid = world.pay(yuan(20))
    returned = world.give_back(yuan(30))
    for posting in (paid, returned, allotted, received):
        world.reverse(posting)
    assert [world.there(at) for at in ("east", "east-1")] == [0, 0]
    assert Entry.objects.count() == 8


def test_taken_back_once(world: World):
    posting = world.receive(yuan(100))
    reversal = world.reverse(posting)
    assert refused(world.reverse, posting) == "reversed"
    assert refused(world.reverse, reversal) == "is_reversal"


def test_what_has_gone_on_cannot_be_taken_back(world: World):
    received = world.receive(yuan(100))
    allotted = world.allot(yuan(60), "east-1")
    world.pay(yuan(20))
    assert refused(world.reverse, allotted) == "over_balance"
    assert refused(world.reverse, received) == "over_balance"


def test_taking_back_needs_a_reason(world: World):
    posting = world.receive(yuan(100))
    assert refused(world.reverse, posting, reason=" ") == "no_reason"


def test_a_closed_campaign_is_reopened_before_something_is_taken_back(world: World):
    posting = world.receive(yuan(100))
    step(world.fund.campaign, "closed")
    assert refused(world.reverse, posting) == "campaign_closed"
    step(world.fund.campaign, "running")
    world.reverse(posting)
    assert world.there("east") == 0


def test_what_is_promised_stays_for_it(world: World):
    world.receive(yuan(100))
    posting = world.promise(70, at="east")
    assert refused(world.pay, yuan(31), at="east") == "over_balance"
    assert refused(world.allot, yuan(31), "east-1") == "over_balance"
    assert refused(world.promise, 31, at="east") == "over_balance"
    commitment = Commitment.objects.get(posting=posting)
    world.pay(yuan(50), at="east", commitment=commitment)
    assert seen(world.there("east"), world.committed("east")) == [50, 20]
    assert refused(world.pay, yuan(21), at="east", commitment=commitment) == "over_commitment"


def test_a_payment_taken_back_is_promised_again(world: World):
    world.receive(yuan(100))
    commitment = Commitment.objects.get(posting=world.promise(70, at="east"))
    paid = world.pay(yuan(70), at="east", commitment=commitment)
    world.reverse(paid)
    assert seen(world.there("east"), world.committed("east")) == [100, 70]
    world.pay(yuan(70), at="east", commitment=commitment)
    assert CommitmentLeft.objects.get().remaining == 0


def test_a_void_roster_gives_its_promise_back(world: World):
    world.receive(yuan(100))
    commitment = Commitment.objects.get(posting=world.promise(70, at="east"))
    world.pay(yuan(30), at="east", commitment=commitment)
    act: dict[str, Any] = {"union": world.union("east"), "subject": "roster:1", "reason": "作废"}
    with pytest.raises(PermissionDenied):
        release(by=world.staff("mia"), key=uuid4(), **act)
    with pytest.raises(ValidationError):
        release(by=world.staff("kay"), key=uuid4(), sizes={commitment.pk: Decimal(41)}, **act)
    release(by=world.staff("kay"), key=uuid4(), sizes={commitment.pk: Decimal(15)}, **act)
    assert world.committed("east") == 25
    release(by=world.staff("kay"), key=uuid4(), **act)
    assert seen(world.there("east"), world.committed("east")) == [70, 0]


def test_a_promise_is_paid_where_and_of_what_it_was_made(world: World):
    world.receive(yuan(100))
    world.allot(yuan(50), "east-1")
    commitment = Commitment.objects.get(posting=world.promise(30, at="east"))
    assert refused(world.pay, yuan(1), commitment=commitment) == "other_commitment"


def test_goods_are_promised_in_whole_units(world: World):
    world.receive(Portion(item=world.rice, quantity=10))
    assert refused(world.promise, "2.5", at="east", item=world.rice) == "size_invalid"
    world.promise(6, at="east", item=world.rice)
    handed = Portion(item=world.rice, quantity=5)
    assert refused(world.allot, handed, "east-1") == "over_balance"


def test_only_a_checker_promises(world: World):
    world.receive(yuan(100))
    with pytest.raises(PermissionDenied):
        world.promise(10, at="east", by="fay")


def test_the_key_holds_for_a_promise_too(world: World):
    world.receive(yuan(100))
    key = uuid4()
    assert world.promise(70, at="east", key=key) == world.promise(70, at="east", key=key)
    assert world.committed("east") == 70


def test_who_recorded_it_stands_on_the_entry(world: World):
    assert entry_of(world.receive(yuan(1))).recorded_by == world.staff("fay")
