"""Money and goods on their way: what each act does, and what it refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from ledger.models import Balance, Entry, Posting
from ledger.portions import Payment, Portion, Share
from ledger.services import movements
from ledger.services.acts import Circumstances
from ledger.services.funds import close_fund
from ledger.services.purchases import purchase
from tests.ledger.world import World, campaign_at, code_of, entry_of, new_fund, seen, step, yuan

pytestmark = pytest.mark.django_db


def refused(act: Any, *args: Any, **fields: Any) -> str:
    before = Entry.objects.count(), Posting.objects.count()
    with pytest.raises(ValidationError) as caught:
        act(*args, **fields)
    assert (Entry.objects.count(), Posting.objects.count()) == before
    return code_of(caught.value)


def test_money_goes_down_is_paid_and_what_is_left_comes_back(world: World):
    world.receive(yuan(1000))
    world.allot(yuan("300.50"), "east-1", "east-2")
    world.pay(yuan(120))
    world.give_back(yuan("80.50"))
    assert [world.there(at) for at in ("east", "east-1", "east-2")] == [
        Decimal("479.50"),
        Decimal(100),
        Decimal("300.50"),
    ]
    east = Balance.objects.get(union=world.union("east"))
    assert seen(east.received, east.allotted_out, east.returned_in) == [1000, 601, Decimal("80.50")]


def test_goods_are_bought_handed_down_and_handed_over(world: World):
    world.receive(yuan(5000))
    buy(world, Portion(Decimal(1200), world.rice, quantity=60))
    world.allot(Portion(Decimal(400), world.rice, quantity=20), "east-1")
    world.pay(Portion(Decimal(100), world.rice, quantity=5))
    assert world.there("east") == 3800
    assert seen(world.there("east", world.rice), world.there("east-1", world.rice)) == [40, 15]
    assert Balance.objects.get(union=world.union("east"), item=None).purchased == 1200


def buy(world: World, *portions: Portion, **papers: Any) -> Posting:
    details: dict[str, Any] = {
        "method": "quotes",
        "supplier": "粮油公司",
        "accepted_by": world.staff("mia"),
    }
    return purchase(
        by=world.staff("fay"),
        key=uuid4(),
        fund=world.fund,
        union=world.union("east"),
        portions=portions,
        **(details | papers),
    )


def test_nobody_spends_what_is_not_there(world: World):
    world.receive(yuan(100))
    assert refused(world.allot, yuan("100.01"), "east-1") == "over_balance"
    assert refused(world.allot, yuan(60), "east-1", "east-2") == "over_balance"
    assert refused(world.pay, yuan(1), at="east-2") == "over_balance"
    assert refused(buy, world, Portion(Decimal(101), world.rice, quantity=1)) == "over_balance"
    world.allot(yuan(100), "east-1")
    assert world.there("east") == 0


@pytest.mark.parametrize(
    "amount", ["0", "-1", "0.001", "10000000000", "NaN", "Infinity", "-Infinity"]
)
def test_amounts_that_are_none(world: World, amount: str):
    world.receive(yuan(100))
    assert refused(world.receive, yuan(amount)) == "amount_invalid"
    assert refused(world.allot, yuan(amount), "east-1") == "amount_invalid"
    assert refused(world.pay, yuan(amount), at="east") == "amount_invalid"
    assert refused(world.give_back, yuan(amount)) == "amount_invalid"


@pytest.mark.parametrize("quantity", [0, -1, 2.5, True, None, 1_000_000_001])
def test_quantities_that_are_none(world: World, quantity: Any):
    portion = Portion(item=world.rice, quantity=quantity)
    assert refused(world.receive, portion) == "quantity_invalid"


@pytest.mark.parametrize("to", ["cell", "west", "east", "city", "west-1"])
def test_money_goes_only_to_unions_directly_below(world: World, to: str):
    world.receive(yuan(100))
    assert refused(world.allot, yuan(1), to) == "not_directly_below"


def test_what_comes_back_goes_directly_up(world: World):
    world.receive(yuan(100))
    world.allot(yuan(50), "east-1")
    world.allot(yuan(30), "cell", frm="east-1")
    world.give_back(yuan(10), frm="cell")
    assert [world.there(at) for at in ("east", "east-1", "cell")] == [50, 30, 20]


def test_nothing_moves_in_a_closed_campaign_fund_or_union(world: World):
    world.receive(yuan(100))
    step(world.fund.campaign, "closed")
    assert refused(world.receive, yuan(1)) == "campaign_closed"
    step(world.fund.campaign, "running")
    closed = world.union("east-2")
    type(closed).objects.filter(pk=closed.pk).update(closed_on=timezone.localdate())
    assert refused(world.allot, yuan(1), "east-2") == "union_closed"
    world.fund = close_fund(by=world.staff("fay"), fund=world.fund, reason="用完了")
    assert refused(world.receive, yuan(1)) == "fund_closed"


def test_nothing_moves_before_the_plan_was_approved(world: World):
    plan = type(world.campaign).objects.create(
        code="LJ-2028",
        kind_id="campaign_kind:LJ",
        title="2028年两节送温暖",
        season_year=2028,
        host=world.union("east"),
        created_by=world.cast.accounts["mia"],
    )
    planned = new_fund(world.cast, plan, line=world.line)
    assert refused(world.receive, yuan(1), fund=planned) == "campaign_not_approved"


def test_a_foreign_fund_stays_foreign(world: World):
    campaign = campaign_at(world.cast, world.union("west"))
    foreign = new_fund(world.cast, campaign, union=world.union("west"), line=world.line)
    assert refused(world.allot, yuan(1), "east-1", fund=foreign) == "foreign_fund"
    assert refused(world.pay, yuan(1), fund=foreign) == "over_balance"
    with pytest.raises(PermissionDenied):
        world.receive(yuan(1), fund=foreign)


def test_days_that_cannot_be(world: World):
    today = timezone.localdate()
    late = Circumstances(occurred_on=today + timedelta(days=1))
    early = Circumstances(occurred_on=today - timedelta(days=21))
    world.receive(yuan(100), how=early)
    assert refused(world.receive, yuan(1), how=late) == "future"
    assert refused(world.pay, yuan(1), at="east", how=early) == "outside_campaign"
    years_ago = Circumstances(occurred_on=today - timedelta(days=800))
    assert refused(world.receive, yuan(1), how=years_ago) == "outside_campaign"


def test_old_paper_is_entered_with_its_day_or_without_one(world: World):
    """补录: also into a campaign that is over."""
    step(world.fund.campaign, "closed")
    step(world.fund.campaign, "archived")
    year = timezone.localdate() - timedelta(days=2000)
    world.receive(yuan(10), how=Circumstances(occurred_on=year, is_backfilled=True))
    posting = world.receive(yuan(5), how=Circumstances(is_backfilled=True))
    assert entry_of(posting).occurred_on is None
    assert world.there("east") == 15


def test_a_batch_is_all_or_nothing(world: World):
    world.receive(yuan(1000))
    payments = [Payment(world.fund, yuan(10), f"line:{number}") for number in range(101)]
    act: dict[str, Any] = {"by": world.staff("fay"), "union": world.union("east")}
    assert refused(movements.disburse, key=uuid4(), payments=payments, **act) == "over_balance"
    movements.disburse(key=uuid4(), payments=payments[:100], **act)
    assert world.there("east") == 0
    assert Entry.objects.filter(kind="disburse").count() == 100


def test_a_batch_is_neither_empty_nor_endless(world: World):
    act: dict[str, Any] = {"by": world.staff("fay"), "union": world.union("east")}
    assert refused(movements.disburse, key=uuid4(), payments=[], **act) == "nothing"
    many = [Payment(world.fund, yuan(1), "line:1")] * 2001
    assert refused(movements.disburse, key=uuid4(), payments=many, **act) == "too_many"


def test_members_get_neither_cash_nor_cards_out_of_welfare_money(world: World):
    line = world.line
    line.allows_cash = False
    line.save()
    world.fund.refresh_from_db()
    world.receive(yuan(100))
    assert refused(world.pay, yuan(1), at="east") == "no_cash"
    world.rice.kind = "card"
    world.rice.save()
    bought = Portion(Decimal(10), world.rice, quantity=1)
    assert refused(buy, world, bought) == "no_cards"


def test_goods_with_a_shelf_life_come_in_with_their_lot(world: World):
    assert refused(world.receive, Portion(item=world.milk, quantity=3)) == "lot_missing"
    lot = world.lot(timezone.localdate() + timedelta(days=9))
    assert refused(world.receive, Portion(item=world.rice, lot=lot, quantity=3)) == "other_lot"
    world.receive(Portion(item=world.milk, lot=lot, quantity=3))
    assert refused(world.pay, Portion(item=world.milk, quantity=1), at="east") == "over_balance"
    world.pay(Portion(item=world.milk, lot=lot, quantity=1), at="east")
    assert world.there("east", world.milk) == 2


@pytest.mark.parametrize(
    ("papers", "code"),
    [({"accepted_by": None}, "acceptor_missing"), ({"accepted_by": "fay"}, "accepted_by_buyer")],
)
def test_who_buys_does_not_accept(world: World, papers: dict[str, Any], code: str):
    world.receive(yuan(100))
    if papers["accepted_by"]:
        papers = {"accepted_by": world.staff("fay")}
    assert refused(buy, world, Portion(Decimal(1), world.rice, quantity=1), **papers) == code


def test_a_purchase_names_goods_and_price(world: World):
    world.receive(yuan(100))
    assert refused(buy, world, yuan(1)) == "item_missing"
    assert refused(buy, world, Portion(item=world.rice, quantity=1)) == "price_missing"


@pytest.mark.parametrize("who", ["ann", "leo", "kay", "mia", "ada", "roy", "sam", "cai"])
def test_only_finance_of_the_tree_moves_money(world: World, who: str):
    world.receive(yuan(100))
    for act in (
        lambda: world.receive(yuan(1), by=who),
        lambda: world.allot(yuan(1), "east-1", by=who),
        lambda: world.give_back(yuan(1), by=who),
        lambda: world.pay(yuan(1), at="east", by=who),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Entry.objects.count() == 1


def test_many_shares_in_one_act(world: World):
    world.receive(yuan(100))
    shares = [Share(world.union("east-1"), yuan(30)), Share(world.union("east-2"), yuan(40))]
    movements.allot(
        by=world.staff("fay"),
        key=uuid4(),
        fund=world.fund,
        union=world.union("east"),
        shares=shares,
    )
    assert seen(world.there("east"), world.there("east-1"), world.there("east-2")) == [30, 30, 40]
