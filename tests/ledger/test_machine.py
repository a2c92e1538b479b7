"""Any order of any acts keeps the ledger whole: a model of plain numbers walks beside it."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.checks import breaches
from ledger.models import Balance, Commitment, CommitmentLeft, Donor, Posting
from ledger.portions import Count, Portion
from ledger.services import donations, stock
from ledger.services.commitments import release
from tests.cast import Cast
from tests.ledger.test_movements import buy
from tests.ledger.world import World, build, code_of

pytestmark = pytest.mark.django_db

NAMES = ("east", "east-1", "east-2", "cell")
PARENT = {"east-1": "east", "east-2": "east", "cell": "east-1"}
sums = st.decimals(Decimal("0.01"), 400, places=2)
units = st.integers(1, 40)
names = st.sampled_from(NAMES)
lower = st.sampled_from(sorted(PARENT))
is_cash = st.booleans()


def tried(act: Callable[[], Posting]) -> tuple[Posting | None, str]:
    try:
        return act(), ""
    except ValidationError as refusal:
        return None, code_of(refusal)


class LedgerMachine(RuleBasedStateMachine):
    """What the ledger allows is what the numbers allow, and both agree after every step."""

    world: ClassVar[World]
    donor: ClassVar[Donor]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        #: (union, is it goods) → what is there, what of it is promised.
        self.there: defaultdict[tuple[str, bool], Decimal] = defaultdict(Decimal)
        self.promised: defaultdict[tuple[str, bool], Decimal] = defaultdict(Decimal)
        #: What was done and can still be taken back, with its effect on the numbers.
        self.done: list[tuple[Posting, dict[tuple[str, bool], Decimal]]] = []
        self.promises: list[tuple[Commitment, str, bool]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def portion(self, is_goods: bool, amount: Decimal, quantity: int) -> tuple[Portion, Decimal]:
        if is_goods:
            return Portion(item=self.world.rice, quantity=quantity), Decimal(quantity)
        return Portion(amount), amount

    def attempt(self, effect: dict[tuple[str, bool], Decimal], act: Any, *args: Any) -> None:
        """The act is done exactly when every balance that it lowers has so much free."""
        fits = all(
            self.there[key] + change >= self.promised[key]
            for key, change in effect.items()
            if change < 0
        )
        posting, code = tried(lambda: act(*args))
        assert code == ("" if fits else "over_balance")
        if posting is None:
            return
        for key, change in effect.items():
            self.there[key] += change
        self.done.append((posting, effect))

    @rule(is_goods=is_cash, amount=sums, quantity=units)
    def receive(self, is_goods: bool, amount: Decimal, quantity: int) -> None:
        portion, size = self.portion(is_goods, amount, quantity)
        self.attempt({("east", is_goods): size}, self.world.receive, portion)

    @rule(amount=sums, quantity=units)
    def purchase(self, amount: Decimal, quantity: int) -> None:
        portion = Portion(amount, self.world.rice, quantity=quantity)
        effect = {("east", False): -amount, ("east", True): Decimal(quantity)}
        self.attempt(effect, buy, self.world, portion)

    @rule(to=lower, is_goods=is_cash, amount=sums, quantity=units)
    def allot(self, to: str, is_goods: bool, amount: Decimal, quantity: int) -> None:
        portion, size = self.portion(is_goods, amount, quantity)
        effect = {(PARENT[to], is_goods): -size, (to, is_goods): size}
        self.attempt(effect, lambda: self.world.allot(portion, to, frm=PARENT[to]))

    @rule(frm=lower, is_goods=is_cash, amount=sums, quantity=units)
    def give_back(self, frm: str, is_goods: bool, amount: Decimal, quantity: int) -> None:
        portion, size = self.portion(is_goods, amount, quantity)
        effect = {(frm, is_goods): -size, (PARENT[frm], is_goods): size}
        self.attempt(effect, lambda: self.world.give_back(portion, frm=frm))

    @rule(at=names, is_goods=is_cash, amount=sums, quantity=units)
    def pay(self, at: str, is_goods: bool, amount: Decimal, quantity: int) -> None:
        portion, size = self.portion(is_goods, amount, quantity)
        self.attempt({(at, is_goods): -size}, lambda: self.world.pay(portion, at=at))

    @rule(at=names, found=st.integers(0, 80))
    def take_stock(self, at: str, found: int) -> None:
        """What is missing is written off, what is over is received."""
        world, difference = self.world, found - self.there[at, True]
        if not difference:
            return
        taking = stock.take_stock(
            by=world.staff("mia"),
            union=world.union(at),
            fund=world.fund,
            counts=[Count(world.rice, found, reason="盘点")],
        )
        approve = partial(stock.approve_stocktaking, by=world.staff("kay"), key=uuid4())
        self.attempt({(at, True): difference}, lambda: approve(taking=taking))

    @rule(is_goods=is_cash, amount=sums, quantity=units)
    def donate(self, is_goods: bool, amount: Decimal, quantity: int) -> None:
        world = self.world
        donation = donations.register_donation(
            by=world.staff("mia"),
            fund=world.fund,
            donor=self.donor,
            received_on=timezone.localdate(),
            amount=None if is_goods else amount,
            item=world.rice if is_goods else None,
            quantity=quantity if is_goods else None,
        )
        size = Decimal(quantity) if is_goods else amount
        count = partial(donations.count_donation, by=world.staff("kay"), key=uuid4())
        self.attempt({("east", is_goods): size}, lambda: count(donation=donation))

    @rule(which=st.integers(0, 1000))
    def take_back(self, which: int) -> None:
        if self.done:
            posting, effect = self.done.pop(which % len(self.done))
            before = len(self.done)
            opposite = {key: -change for key, change in effect.items()}
            self.attempt(opposite, self.world.reverse, posting)
            if len(self.done) == before:
                self.done.append((posting, effect))  # it has gone on: perhaps later
            else:
                self.done.pop()  # a reversal is not taken back

    @rule(at=names, amount=sums)
    def promise(self, at: str, amount: Decimal) -> None:
        fits = self.promised[at, False] + amount <= self.there[at, False]
        subject = f"roster:{uuid4()}"
        posting, code = tried(lambda: self.world.promise(str(amount), at=at, subject=subject))
        assert code == ("" if fits else "over_balance")
        if posting is None:
            return
        self.promised[at, False] += amount
        self.promises.append((Commitment.objects.get(posting=posting), at, False))

    @rule(which=st.integers(0, 1000), amount=sums)
    def pay_promise(self, which: int, amount: Decimal) -> None:
        if not self.promises:
            return
        commitment, at, is_goods = self.promises[which % len(self.promises)]
        left = CommitmentLeft.objects.get(commitment=commitment).remaining
        pay = partial(self.world.pay, Portion(amount), at=at, commitment=commitment)
        posting, code = tried(pay)
        assert code == ("" if amount <= left else "over_commitment")
        if posting is None:
            return
        self.there[at, is_goods] -= amount
        self.promised[at, is_goods] -= amount

    @rule(which=st.integers(0, 1000))
    def let_go(self, which: int) -> None:
        if not self.promises:
            return
        commitment, at, is_goods = self.promises.pop(which % len(self.promises))
        left = CommitmentLeft.objects.get(commitment=commitment).remaining
        release(
            by=self.world.staff("kay"),
            key=uuid4(),
            union=self.world.union(at),
            subject=commitment.subject,
            reason="作废",
        )
        self.promised[at, is_goods] -= left

    @invariant()
    def the_numbers_agree(self) -> None:
        stored = {
            (row.union_id, row.item_id is not None): (row.there, row.committed)
            for row in Balance.objects.all()
        }
        for (name, is_goods), size in self.there.items():
            key = self.world.union(name).pk, is_goods
            assert stored.get(key, (0, 0)) == (size, self.promised[name, is_goods])

    @invariant()
    def the_ledger_holds(self) -> None:
        assert list(breaches()) == []


def begin(cast: Cast) -> None:
    LedgerMachine.world = build(cast)
    LedgerMachine.donor = donations.create_donor(
        by=cast.people["mia"], union=cast.unions["east"], name="爱心公司", kind="firm"
    )


def sized(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_any_order_of_acts_keeps_the_ledger_whole(cast: Cast):
    begin(cast)
    run_state_machine_as_test(LedgerMachine, settings=sized(8, 20))
