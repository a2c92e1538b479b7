"""Deadlines, targets, packages, and copying last year's campaign."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from campaigns.lifecycle import Status
from campaigns.models import (
    Campaign,
    Deadline,
    GoodsPackage,
    PackageLine,
    Participant,
    Standard,
    Target,
    worth_of,
)
from campaigns.services import campaigns, copying, plans, steps
from campaigns.services.plans import DueDay, Line, TargetRow
from tests.campaigns.conftest import Planned, Set, agree, run
from tests.campaigns.test_campaigns import refused
from tests.cast import Cast
from unions.services.tree import close_union

pytestmark = pytest.mark.django_db
RICE = Line("大米", 1, "袋", Decimal("89.90"))
OIL = Line("花生油", 2, "桶", Decimal(75))
COUPLETS = Line("春联", 1, "副")


def target(cast: Cast, union: str, version: int = 0, **values: Any) -> TargetRow:
    empty = dict.fromkeys(("households", "people", "workplaces", "amount"))
    return TargetRow(cast.unions[union], version, empty | values)


def test_deadlines_are_set_as_a_whole(cast: Cast, planned: Planned):
    mia, campaign = cast.people["mia"], planned()
    days = {"ledger": DueDay(date(2026, 1, 15)), "report": DueDay(date(2026, 2, 1), "盖章")}
    plans.set_deadlines(by=mia, campaign=campaign, version=1, days=days)
    with refused("stale"):
        plans.set_deadlines(by=mia, campaign=campaign, version=1, days={})
    plans.set_deadlines(
        by=mia, campaign=campaign, version=2, days={"report": DueDay(date(2026, 2, 3))}
    )
    rows = Deadline.objects.of_campaign(campaign).values_list("step", "due_on", "note")
    assert list(rows) == [("report", date(2026, 2, 3), "")]
    with pytest.raises(ValidationError):
        plans.set_deadlines(
            by=mia, campaign=campaign, version=3, days={"dance": DueDay(date(2026, 2, 3))}
        )


def test_targets_are_written_where_they_differ(cast: Cast, planned: Planned):
    mia, campaign = cast.people["mia"], planned()
    first = [target(cast, "east-1", households=30), target(cast, "east-2", people=500)]
    assert plans.set_targets(by=mia, campaign=campaign, rows=first) == 2
    again = [target(cast, "east-1", 1, households=30), target(cast, "east-2", 1, people=600)]
    assert plans.set_targets(by=mia, campaign=campaign, rows=again) == 1
    east_1, east_2 = Target.objects.of_campaign(campaign)
    assert (east_1.households, east_1.people, east_1.version) == (30, None, 1)
    assert (east_2.people, east_2.version) == (600, 2)
    with refused("stale") as caught:
        plans.set_targets(by=mia, campaign=campaign, rows=[target(cast, "east-2", 1, people=7)])
    assert caught.value.params == {"unions": [cast.unions["east-2"].code]}
    plans.set_targets(by=mia, campaign=campaign, rows=[target(cast, "east-1", 1)])
    assert Target.objects.get().union == cast.unions["east-2"]


@pytest.mark.parametrize("union", ["west-1", "city"])
def test_no_targets_for_unions_elsewhere(cast: Cast, planned: Planned, union: str):
    with refused("outside"):
        plans.set_targets(
            by=cast.people["mia"], campaign=planned(), rows=[target(cast, union, people=1)]
        )


@pytest.mark.parametrize(
    "values", [{"people": -1}, {"amount": Decimal(-1)}, {"amount": Decimal("0.001")}]
)
def test_targets_are_numbers_that_can_be(cast: Cast, planned: Planned, values: dict[str, Any]):
    with pytest.raises(ValidationError):
        plans.set_targets(
            by=cast.people["mia"], campaign=planned(), rows=[target(cast, "east-1", **values)]
        )
    assert not Target.objects.exists()


def test_a_union_below_sees_its_own_targets(cast: Cast, planned: Planned):
    campaign = planned()
    rows = [target(cast, "east-1", people=1), target(cast, "east-2", people=2)]
    plans.set_targets(by=cast.people["mia"], campaign=campaign, rows=rows)
    assert not Target.objects.visible_to(cast.people["ben"]).exists()
    run(cast, campaign)
    assert Target.objects.visible_to(cast.people["ben"]).get().people == 1


def test_a_package_says_what_it_is_worth_and_what_has_no_price(cast: Cast, planned: Planned):
    mia = cast.people["mia"]
    package = plans.create_package(
        by=mia, campaign=planned(), name="暖心包", lines=[RICE, OIL, COUPLETS]
    )
    lines = PackageLine.objects.of_package(package)
    assert worth_of(lines) == (Decimal("239.90"), 1)
    plans.change_package(
        by=mia, package=package, version=1, name="暖心包", lines=[OIL, Line("大米", 2, "袋")]
    )
    assert [(line.item, line.quantity) for line in PackageLine.objects.of_package(package)] == [
        ("花生油", 2),
        ("大米", 2),
    ]
    with refused("stale"):
        plans.change_package(by=mia, package=package, version=1, name="暖", lines=[RICE])
    plans.remove_package(by=mia, package=package)
    assert not GoodsPackage.objects.exists()


@pytest.mark.parametrize(
    ("lines", "code"),
    [([], "no_lines"), ([RICE, RICE], "item_twice"), ([RICE] * 41, "many_lines")],
)
def test_a_package_has_lines_each_once(cast: Cast, planned: Planned, lines: Any, code: str):
    with refused(code):
        plans.create_package(by=cast.people["mia"], campaign=planned(), name="暖心包", lines=lines)


@pytest.mark.parametrize(
    "line",
    [
        Line("大米", 0, "袋"),
        Line("大米", -1, "袋"),
        Line("大米", 1, "袋", Decimal(0)),
        Line("大米", 1, "袋", Decimal("0.005")),
        Line("", 1, "袋"),
        Line("大米", 1, ""),
    ],
)
def test_a_line_that_cannot_be_is_refused(cast: Cast, planned: Planned, line: Line):
    with pytest.raises(ValidationError, match=r"[\u4e00-\u9fff]"):
        plans.create_package(by=cast.people["mia"], campaign=planned(), name="暖心包", lines=[line])


def test_parts_are_the_planners(cast: Cast, running: Campaign):
    for name in ("kay", "ben", "leo", "cai"):
        by: Any = {"by": cast.people[name], "campaign": running}
        with pytest.raises(PermissionDenied):
            plans.set_deadlines(**by, version=running.version, days={})
        with pytest.raises(PermissionDenied):
            plans.set_targets(**by, rows=[])
        with pytest.raises(PermissionDenied):
            plans.create_package(**by, name="包", lines=[RICE])


def test_parts_of_an_archived_campaign_stand(cast: Cast, running: Campaign):
    mia = cast.people["mia"]
    package = plans.create_package(by=mia, campaign=running, name="暖心包", lines=[RICE])
    plans.set_targets(by=mia, campaign=running, rows=[target(cast, "east-1", people=1)])
    steps.close_campaign(by=mia, campaign=running)
    steps.archive_campaign(by=cast.people["kay"], campaign=running)
    with refused("ended"):
        plans.set_targets(by=mia, campaign=running, rows=[])
    for rows, change in (
        (Target.objects.all(), {"people": 2}),
        (GoodsPackage.objects.all(), {"name": "x"}),
        (PackageLine.objects.of_package(package), {"quantity": 5}),
    ):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            rows.update(**change)
        assert getattr(caught.value.__cause__, "sqlstate", "") == "23R10"


def _last_year(cast: Cast, planned: Planned, rule: Set) -> Campaign:
    mia = cast.people["mia"]
    campaign = planned(
        season_year=2025,
        title="2025年元旦春节送温暖",
        starts_on=date(2024, 12, 20),
        ends_on=date(2025, 2, 12),
        participation="chosen",
        themes=["送温暖"],
    )
    unions = [cast.unions["east-1"], cast.unions["east-2"]]
    campaigns.set_participants(by=mia, campaign=campaign, version=1, unions=unions)
    plans.set_deadlines(
        by=mia, campaign=campaign, version=2, days={"report": DueDay(date(2024, 2, 29))}
    )
    rows = [target(cast, "east-1", people=1), target(cast, "east-2", people=2)]
    plans.set_targets(by=mia, campaign=campaign, rows=rows)
    plans.create_package(by=mia, campaign=campaign, name="暖心包", lines=[RICE, COUPLETS])
    rule(campaign=campaign, cash=800, starts_on=date(2024, 12, 20))
    rule(campaign=campaign, cash=900, starts_on=date(2025, 1, 1))
    run(cast, campaign)
    rule(campaign=campaign, cash=950, starts_on=date(2025, 1, 8))
    return campaign


def test_last_years_campaign_is_copied_as_previewed(cast: Cast, planned: Planned, rule: Set):
    source = _last_year(cast, planned, rule)
    close_union(
        by=cast.people["ann"],
        union=cast.unions["east-2"],
        closed_on=date(2026, 1, 9),
        reason="撤并",
    )
    previewed = {part.key: (part.number, bool(part.left)) for part in copying.parts_of(source)}
    assert previewed == {
        "participants": (1, True),
        "standards": (1, True),
        "packages": (1, False),
        "deadlines": (1, False),
        "targets": (1, True),
    }
    made = copying.copy_campaign(
        by=cast.people["ann"],
        source=source,
        title="2026年元旦春节送温暖",
        season_year=2026,
        starts_on=date(2025, 12, 20),
        ends_on=date(2026, 3, 3),
        parts=list(copying.PARTS),
    )
    assert (made.status, made.previous, made.themes) == (Status.DRAFT, source, ["送温暖"])
    assert made.created_by == cast.accounts["ann"]
    assert Participant.objects.get(campaign=made).union == cast.unions["east-1"]
    standard = Standard.objects.get(campaign=made)
    assert (standard.cash, standard.starts_on) == (Decimal(900), date(2025, 12, 20))
    assert (standard.made_by, standard.approved_by) == (cast.accounts["ann"], None)
    assert Deadline.objects.get(campaign=made).due_on == date(2025, 2, 28)
    assert Target.objects.get(campaign=made).people == 1
    package = GoodsPackage.objects.get(campaign=made)
    assert PackageLine.objects.of_package(package).count() == 2
    assert {part.key: part.number for part in copying.parts_of(made)} == {
        "participants": 1,
        "standards": 0,
        "packages": 1,
        "deadlines": 1,
        "targets": 1,
    }
    agree(cast, made)


def test_only_the_ticked_parts_are_taken_over(cast: Cast, planned: Planned, rule: Set):
    source = _last_year(cast, planned, rule)
    given: dict[str, Any] = {
        "by": cast.people["ann"],
        "source": source,
        "title": "2026年",
        "season_year": 2026,
        "starts_on": None,
        "ends_on": None,
    }
    made = copying.copy_campaign(**given, parts=["packages"])
    assert made.participation == "subtree"
    assert not Target.objects.filter(campaign=made).exists()
    assert GoodsPackage.objects.filter(campaign=made).count() == 1
    with refused("part_unknown"):
        copying.copy_campaign(**given, parts=["money"])
    with pytest.raises(PermissionDenied):
        copying.copy_campaign(**(given | {"by": cast.people["ben"]}), parts=[])
