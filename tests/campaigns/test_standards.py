"""Standards: by one, agreed to by another; and which of them holds, and why."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from campaigns.models import Campaign, Standard
from campaigns.services import standards, steps
from campaigns.which_standard import places_with, which_standard
from relief.codes.models import Code
from tests.campaigns.conftest import Planned, Set, agree
from tests.campaigns.plans import code_of
from tests.campaigns.test_campaigns import refused
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 10)


def held(cast: Cast, standard: Standard) -> Standard:
    return standards.approve_standard(by=cast.people["kay"], standard=standard)


@pytest.fixture
def hard(db: None) -> Code:
    """在档困难职工, with 深度困难职工 below it."""
    parent = code_of("category:KN")
    child = code_of("category:KN-SD")
    child.parent = parent
    child.save()
    return parent


def test_a_standard_holds_once_somebody_else_agreed(cast: Cast, planned: Planned, rule: Set):
    campaign, standard = planned(), rule()
    assert which_standard(campaign=campaign, category=None, day=DAY) is None
    with pytest.raises(PermissionDenied):
        standards.approve_standard(by=cast.people["mia"], standard=standard)
    held(cast, standard)
    applied = which_standard(campaign=campaign, category=None, day=DAY)
    assert applied is not None
    assert applied.standard == standard


def test_a_campaigns_own_standard_is_agreed_to_with_it(cast: Cast, planned: Planned, rule: Set):
    campaign = planned()
    standard = rule(campaign=campaign)
    with refused("with_its_campaign"):
        held(cast, standard)
    agree(cast, campaign)
    standard.refresh_from_db()
    assert standard.approved_by == cast.accounts["kay"]
    later = rule(campaign=Campaign.objects.get(), starts_on=date(2026, 1, 5))
    assert held(cast, later).is_approved


def test_who_made_a_standard_does_not_approve_its_campaign(cast: Cast, planned: Planned, rule: Set):
    campaign = planned(by="ann")
    rule(campaign=campaign)
    steps.submit_campaign(by=cast.people["ann"], campaign=campaign)
    posting = cast.people["kay"]
    posting.user = cast.accounts["mia"]  # not saved: the two roles are incompatible by default
    with pytest.raises(PermissionDenied):
        steps.approve_campaign(by=posting, campaign=campaign)


def test_what_was_agreed_to_is_only_ended(cast: Cast, rule: Set):
    standard = held(cast, rule())
    mia, kay = cast.people["mia"], cast.people["kay"]
    with refused("approved"):
        standards.change_standard(by=mia, standard=standard, version=2, cash=Decimal(2000))
    with refused("approved"):
        standards.remove_standard(by=mia, standard=standard)
    with refused("past"):
        standards.end_standard(by=kay, standard=standard, ends_on=date(2026, 1, 9), reason="调整")
    ended = standards.end_standard(by=kay, standard=standard, ends_on=DAY, reason="调整")
    assert ended.holds_on(DAY)
    assert not ended.holds_on(date(2026, 1, 11))


@pytest.mark.parametrize(
    "change",
    [{"cash": 2}, {"cap_once": 9999}, {"level": "forbid"}, {"source": "x"}, {"campaign": None}],
    ids=lambda change: next(iter(change)),
)
def test_the_database_keeps_what_was_agreed_to(
    cast: Cast, planned: Planned, rule: Set, change: dict[str, Any]
):
    standard = rule(campaign=planned())
    rows = Standard.objects.filter(pk=standard.pk)
    rows.update(approved_by=cast.accounts["kay"], approved_on=DAY)
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        rows.update(**change)
    assert getattr(caught.value.__cause__, "sqlstate", "") == "23R10"
    with pytest.raises(DatabaseError) as gone, transaction.atomic():
        rows.delete()
    assert getattr(gone.value.__cause__, "sqlstate", "") == "23R02"
    assert rows.update(ends_on=DAY) == 1


def test_a_maker_is_no_checker_of_a_standard_by_sql_either(cast: Cast, rule: Set):
    standard = rule()
    with pytest.raises(DatabaseError, match="maker_is_not_checker"), transaction.atomic():
        Standard.objects.filter(pk=standard.pk).update(
            approved_by=cast.accounts["mia"], approved_on=DAY
        )


def test_a_draft_of_a_standard_changes_and_goes(cast: Cast, rule: Set):
    standard = rule()
    changed = standards.change_standard(
        by=cast.people["ann"], standard=standard, version=1, cap_once=Decimal(3000)
    )
    assert (changed.made_by, changed.version) == (cast.accounts["ann"], 2)
    with refused("stale"):
        standards.change_standard(by=cast.people["mia"], standard=standard, version=1, cash=None)
    standards.remove_standard(by=cast.people["mia"], standard=standard)
    assert not Standard.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"cash": None},
        {"cash": Decimal(0)},
        {"cap_once": Decimal(-1)},
        {"cap_once": Decimal(500)},
        {"cap_once": Decimal(3000), "cap_year": Decimal(2000)},
        {"cash_allowed": False},
        {"ends_on": date(2024, 1, 1)},
        {"source": ""},
        {"evidence": ["evidence:没有"]},
        {"level": "perhaps"},
        {"cap_once": Decimal("1e12")},
    ],
    ids=" ".join,
)
def test_a_standard_that_cannot_be_is_refused_in_chinese(rule: Set, given: dict[str, Any]):
    with pytest.raises(ValidationError, match=r"[\u4e00-\u9fff]"):
        rule(**given)


def test_the_same_scope_has_one_standard_a_day(rule: Set):
    rule()
    with pytest.raises(ValidationError, match="已经有一条标准"):
        rule(cash=2000)
    rule(cash=2000, starts_on=date(2025, 7, 1))


def test_a_campaign_has_standards_of_its_host_only(cast: Cast, planned: Planned, rule: Set):
    campaign = planned()
    with refused("other_host"):
        rule(by="ben", union="east-1", campaign=campaign)


def test_the_most_specific_standard_holds_and_says_why(
    cast: Cast, planned: Planned, rule: Set, hard: Code
):
    """Campaign, category, source, region, nearer union, newer: each beats all that come after."""
    campaign = planned(by="ben", host="east-1")
    deep = Code.objects.select_related("parent").get(pk="category:KN-SD")
    source = code_of("funding_source:CZ")
    place = code_of("region:110101")
    ladder = [
        rule(by="zoe", union="city"),
        rule(by="zoe", union="city", starts_on=date(2025, 6, 1)),
        rule(by="mia", union="east"),
        rule(by="zoe", union="city", region=code_of("region:110000")),
        rule(by="zoe", union="city", region=place),
        rule(by="zoe", union="city", funding_source=source),
        rule(by="zoe", union="city", category=hard),
        rule(by="zoe", union="city", category=deep),
        rule(by="ben", union="east-1", campaign=campaign),
        rule(by="ben", union="east-1", campaign=campaign, category=hard),
    ]
    for standard in ladder:
        Standard.objects.filter(pk=standard.pk).update(
            approved_by=cast.accounts["kay"], approved_on=DAY
        )
    for length in range(1, len(ladder) + 1):
        Standard.objects.filter(pk__in=[row.pk for row in ladder]).update(ends_on="2025-12-31")
        Standard.objects.filter(pk__in=[row.pk for row in ladder[:length]]).update(ends_on=None)
        applied = which_standard(
            campaign=campaign, category=deep, funding_source=source, region="110101001", day=DAY
        )
        assert applied is not None
        assert applied.standard == ladder[length - 1]
        assert list(applied.passed_over) == ladder[: length - 1][::-1]
    assert applied is not None
    assert applied.because[0] == f"专为活动“{campaign.title}”定的"
    assert applied.because[1] == "“KN-SD”属于“KN”"
    assert "区总工会〔2025〕1号" in applied.because[-1]


def test_what_does_not_fit_does_not_hold(cast: Cast, planned: Planned, rule: Set, hard: Code):
    campaign, other = planned(), planned()
    for standard in [
        rule(category=code_of("category:LM")),
        rule(funding_source=code_of("funding_source:SJ")),
        rule(region=code_of("region:110102")),
        rule(starts_on=date(2026, 1, 11)),
        rule(by="ben", union="east-1"),
        rule(campaign=other, cash=5),
    ]:
        Standard.objects.filter(pk=standard.pk).update(
            approved_by=cast.accounts["kay"], approved_on=DAY
        )
    source = code_of("funding_source:CZ")
    asked: dict[str, Any] = {"category": hard, "funding_source": source, "region": "110101"}
    assert which_standard(campaign=campaign, day=DAY, **asked) is None
    at_street = which_standard(campaign=campaign, day=DAY, union=cast.unions["east-1"], **asked)
    assert at_street is not None
    assert at_street.standard.union == cast.unions["east-1"]


def test_places_are_found_by_the_places_above():
    assert places_with("110101001") == {
        "region:110101001",
        "region:110101",
        "region:110100",
        "region:110000",
    }
    assert places_with("") == set()


def test_rules_from_above_are_seen_once_they_hold(cast: Cast, planned: Planned, rule: Set):
    def seen(name: str) -> set[int]:
        visible = Standard.objects.visible_to(cast.people[name])
        return set(visible.values_list("pk", flat=True))

    campaign = planned()
    standing, own = rule(), rule(campaign=campaign)
    assert seen("mia") == {standing.pk, own.pk}
    assert seen("ben") == seen("cai") == set()
    held(cast, standing)
    assert seen("ben") == {standing.pk}
    agree(cast, campaign)
    assert seen("ben") == seen("dan") == {standing.pk, own.pk}
    assert seen("cai") == set()
