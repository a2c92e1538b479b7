"""What the overview says, and that it is what the entries say."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ledger import overview
from ledger.portions import Portion
from ledger.services.funds import plan_fund
from tests.ledger.test_movements import buy
from tests.ledger.world import World, new_fund, seen, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world: World) -> World:
    world.receive(yuan(1000))
    world.allot(yuan(300), "east-1", "east-2")
    world.allot(yuan(100), "cell", frm="east-1")
    world.pay(yuan(40), at="cell")
    world.pay(yuan(25))
    buy(world, Portion(Decimal(200), world.rice, quantity=20))
    world.allot(Portion(item=world.rice, quantity=5), "east-1")
    world.promise(60)
    plan_fund(
        by=world.staff("fay"),
        fund=world.fund,
        union=world.union("east-1"),
        amount=Decimal(260),
    )
    return world


def test_each_union_shows_its_own_subtree(busy: World):
    rows = overview.by_union(busy.staff("fay"), busy.union("east"), busy.campaign)
    assert [row.about for row in rows] == [busy.union(n) for n in ("east", "east-1", "east-2")]
    east, first, second = (row.standing for row in rows)
    assert seen(east.there, east.received, east.purchased, east.spent) == [200, 1000, 200, 200]
    assert seen(first.there, first.committed, first.disbursed, first.free) == [235, 60, 65, 175]
    assert seen(first.planned, first.rate, first.raised) == [260, Decimal("25.0"), 300]
    assert seen(second.there, second.rate) == [300, None]


def test_a_fund_without_money_is_shown_with_zeros(busy: World):
    empty = new_fund(busy.cast, busy.campaign, name="财政", line=busy.line)
    rows = {
        row.about.pk: row.standing for row in overview.by_fund(busy.staff("fay"), busy.campaign)
    }
    assert rows[empty.pk].there == 0
    assert seen(rows[busy.fund.pk].there, rows[busy.fund.pk].spent) == [735, 265]
    assert overview.total(busy.staff("fay"), busy.campaign).there == 735


def test_a_street_sees_what_is_its_own(busy: World):
    ben = busy.staff("ben")
    assert overview.total(ben).there == 235
    assert [row.about for row in overview.by_fund(ben)] == [busy.fund]
    assert overview.total(busy.staff("cai")).there == 0
    assert overview.by_fund(busy.staff("cai")) == []
    kinds = set(overview.entries_behind(ben).values_list("kind", flat=True))
    assert kinds == {"allot", "disburse"}
    assert not overview.entries_behind(busy.staff("cai")).exists()


@pytest.mark.parametrize("kind", ["receive", "disburse", "allot"])
def test_behind_every_number_are_its_entries(busy: World, kind: str):
    fay = busy.staff("fay")
    behind = overview.entries_behind(fay, fund=busy.fund, kind=kind).cash()
    sums = {
        "receive": overview.total(fay).received,
        "disburse": overview.total(fay).disbursed,
        "allot": overview.total(fay).allotted_out,
    }
    assert behind.aggregate(Sum("amount"))["amount__sum"] == sums[kind]


def test_goods_by_kind_and_by_lot(busy: World):
    fay, today = busy.staff("fay"), timezone.localdate()
    late, soon = busy.lot(today + timedelta(days=90)), busy.lot(today + timedelta(days=9))
    for lot in (late, soon):
        busy.receive(Portion(item=busy.milk, lot=lot, quantity=10))
    rice, milk = (row.standing for row in overview.by_item(fay, busy.campaign))
    assert seen(rice.purchased, rice.allotted_out, rice.there, milk.there) == [20, 5, 20, 20]
    proposed = overview.propose_lots(fay, busy.union("east"), busy.fund, busy.milk, 13)
    assert [row.about for row in proposed] == [soon, late]
    assert seen(*(row.standing.there for row in proposed)) == [10, 3]
    assert [row.lot for row in overview.expiring(fay)] == [soon]


def test_more_unions_take_no_more_queries(
    busy: World, django_assert_num_queries: DjangoAssertNumQueries
):
    act: dict[str, Any] = {"staff": busy.staff("fay"), "union": busy.union("east")}
    with django_assert_num_queries(3):
        overview.by_union(**act)
    busy.allot(yuan(1), "east-2")
    with django_assert_num_queries(3):
        overview.by_union(**act)


def test_the_list_of_what_is_all_promised(busy: World):
    assert not overview.short(busy.staff("fay")).exists()
    busy.promise(115)
    assert [row.union for row in overview.short(busy.staff("fay"))] == [busy.union("east-1")]
