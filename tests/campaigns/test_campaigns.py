"""Campaigns through their services: planned, agreed to, run, closed; and what is refused."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Event
from campaigns import slots
from campaigns.lifecycle import Status
from campaigns.models import Campaign, CampaignStep, Participant
from campaigns.services import campaigns, steps
from tests.campaigns.conftest import Planned, agree, run
from tests.campaigns.plans import code_of
from tests.cast import Cast
from unions.models import Message

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(ValidationError, check=lambda error: code in codes_of(error))


def codes_of(error: ValidationError) -> set[str | None]:
    if hasattr(error, "error_dict"):
        return {single.code for errors in error.error_dict.values() for single in errors}
    return {single.code for single in error.error_list}


def test_a_campaign_gets_the_next_number_of_its_host(planned: Planned):
    assert planned().code == "LJ2026-110101-1"
    assert planned().code == "LJ2026-110101-2"
    assert planned(season_year=2027).code == "LJ2027-110101-1"
    assert planned(by="ben", host="east-1").code == "LJ2026-110101001-1"
    assert planned(code="dongcheng-2019").code == "dongcheng-2019"
    with pytest.raises(ValidationError, match="已经有活动在用"):
        planned(code="dongcheng-2019")


@pytest.mark.parametrize("name", ["kay", "leo", "fay", "roy", "ada", "sam"])
def test_only_planners_plan(planned: Planned, name: str):
    with pytest.raises(PermissionDenied):
        planned(by=name)


@pytest.mark.parametrize("host", ["city", "west", "west-1"])
def test_nobody_plans_outside_the_own_subtree(planned: Planned, host: str):
    with pytest.raises(PermissionDenied):
        planned(host=host)


def test_a_campaign_goes_its_way(cast: Cast, planned: Planned):
    campaign = run(cast, planned())
    assert (campaign.submitted_by, campaign.approved_by) == (
        cast.accounts["mia"],
        cast.accounts["kay"],
    )
    closed = steps.close_campaign(by=cast.people["ann"], campaign=campaign, reason="都办完了")
    assert closed.closed_on == date(2026, 1, 10)
    reopened = steps.reopen_campaign(by=cast.people["kay"], campaign=campaign, reason="有退汇")
    assert (reopened.status, reopened.closed_on) == (Status.RUNNING, None)
    steps.close_campaign(by=cast.people["mia"], campaign=campaign)
    assert steps.archive_campaign(by=cast.people["kay"], campaign=campaign).is_ended
    went = CampaignStep.objects.of_campaign(campaign).values_list("to_status", flat=True)
    assert list(went) == [
        "submitted",
        "approved",
        "running",
        "closed",
        "running",
        "closed",
        "archived",
    ]
    decided = Event.objects.filter(action=Event.Action.DECIDE)
    assert decided.count() == 3


def test_who_planned_it_does_not_approve_it(cast: Cast, planned: Planned):
    """Also where somebody holds both postings: two different users."""
    campaign = planned()
    steps.submit_campaign(by=cast.people["ann"], campaign=campaign)
    posting = cast.people["kay"]
    posting.user = cast.accounts["mia"]  # not saved: the two roles are incompatible by default
    with pytest.raises(PermissionDenied, match="由别人批准"):
        steps.approve_campaign(by=posting, campaign=campaign)
    assert Message.objects.count() == 0


@pytest.mark.parametrize("name", ["mia", "ann", "leo", "fay", "ben"])
def test_only_a_checker_of_the_host_or_above_approves(cast: Cast, planned: Planned, name: str):
    campaign = planned()
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    with pytest.raises(PermissionDenied):
        steps.approve_campaign(by=cast.people[name], campaign=campaign)


def test_a_plan_goes_back_with_a_reason_and_its_maker_is_told(cast: Cast, planned: Planned):
    campaign = planned()
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    with refused("no_reason"):
        steps.return_campaign(by=cast.people["kay"], campaign=campaign, reason=" ")
    back = steps.return_campaign(by=cast.people["kay"], campaign=campaign, reason="结束日期太晚")
    assert (back.status, back.submitted_by) == (Status.DRAFT, None)
    message = Message.objects.get()
    assert message.user == cast.accounts["mia"]
    assert message.url == f"/campaigns/{campaign.pk}/"
    assert "退回" in message.text


def test_who_handed_in_may_take_it_back(cast: Cast, planned: Planned):
    campaign = planned()
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    with pytest.raises(PermissionDenied):
        steps.return_campaign(by=cast.people["ann"], campaign=campaign, reason="我来改")
    back = steps.return_campaign(by=cast.people["mia"], campaign=campaign, reason="日期写错了")
    assert back.is_draft
    assert Message.objects.count() == 0


def test_dates_are_asked_for_unless_the_season_is_over(cast: Cast, planned: Planned):
    mia = cast.people["mia"]
    with refused("dates_missing"):
        steps.submit_campaign(by=mia, campaign=planned(ends_on=None))
    told = planned(season_year=2019, starts_on=None, ends_on=None, code="dongcheng-2019")
    assert steps.submit_campaign(by=mia, campaign=told).status == Status.SUBMITTED


def test_an_approval_is_not_of_tomorrow(cast: Cast, planned: Planned):
    campaign = planned()
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    with refused("future"):
        steps.approve_campaign(
            by=cast.people["kay"], campaign=campaign, approved_on=date(2026, 1, 11)
        )
    earlier = steps.approve_campaign(
        by=cast.people["kay"], campaign=campaign, approved_on=date(2025, 12, 18)
    )
    assert earlier.approved_on == date(2025, 12, 18)


@pytest.mark.parametrize(
    ("step", "who"),
    [("start", "mia"), ("close", "mia"), ("archive", "kay"), ("reopen", "kay"), ("approve", "kay")],
)
def test_no_step_is_skipped(cast: Cast, planned: Planned, step: str, who: str):
    taken: Any = getattr(steps, f"{step}_campaign")
    given = {"reason": "因为"} if step in {"close", "reopen"} else {}
    with refused("wrong_step"):
        taken(by=cast.people[who], campaign=planned(), **given)


def test_what_is_not_settled_stops_closing(cast: Cast, running: Campaign):
    def unsettled(campaign: Campaign) -> Any:
        yield slots.OpenMatter("还没签领的批次", 2, "批", blocks=frozenset({"close"}))
        yield slots.OpenMatter("还没销账", 3, "笔")

    slots.open_matters.register(unsettled)
    try:
        with pytest.raises(ValidationError, match="还没签领的批次 2 批") as caught:
            steps.close_campaign(by=cast.people["mia"], campaign=running)
        assert "销账" not in str(caught.value)
    finally:
        slots.open_matters.unregister(unsettled)
    assert steps.close_campaign(by=cast.people["mia"], campaign=running).status == Status.CLOSED


def test_a_plan_is_given_up_with_a_reason(cast: Cast, planned: Planned):
    campaign = planned()
    with refused("no_reason"):
        steps.void_campaign(by=cast.people["mia"], campaign=campaign, reason="")
    assert steps.void_campaign(by=cast.people["mia"], campaign=campaign, reason="不办了").is_ended
    with refused("ended"):
        campaigns.change_campaign(by=cast.people["mia"], campaign=campaign, version=2, note="x")


def test_a_draft_changes_in_everything(cast: Cast, planned: Planned):
    campaign = planned()
    changed = campaigns.change_campaign(
        by=cast.people["ann"],
        campaign=campaign,
        version=1,
        title="新名称",
        themes=[" 送温暖 ", "送 法律", "送温暖", ""],
        kind=code_of("campaign_kind:XQL"),
    )
    assert (changed.title, changed.version) == ("新名称", 2)
    assert changed.themes == ["送温暖", "送 法律"]
    with refused("stale"):
        campaigns.change_campaign(by=cast.people["mia"], campaign=campaign, version=1, note="旧")


def test_what_was_agreed_to_is_refused_beside_its_field(cast: Cast, running: Campaign):
    with refused("agreed") as caught:
        campaigns.change_campaign(
            by=cast.people["mia"], campaign=running, version=running.version, title="新名称"
        )
    assert set(caught.value.error_dict) == {"title"}
    later = campaigns.change_campaign(
        by=cast.people["mia"],
        campaign=running,
        version=running.version,
        ends_on=date(2026, 4, 1),
        note="延期",
    )
    assert later.ends_on == date(2026, 4, 1)


def test_nothing_changes_while_it_waits(cast: Cast, planned: Planned):
    campaign = planned()
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    with refused("under_review"):
        campaigns.change_campaign(by=cast.people["mia"], campaign=campaign, version=2, note="x")


@pytest.mark.parametrize(
    "given",
    [
        {"title": " "},
        {"title": "长" * 101},
        {"season_year": 1899},
        {"ends_on": date(2025, 1, 1)},
        {"kind": "funding_source:CZ"},
        {"themes": [f"主题{number}" for number in range(13)]},
        {"themes": ["长" * 31]},
        {"themes": ["看不\u200b见"]},
        {"code": "有空 格"},
        {"note": "长" * 2001},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_cannot_be_is_refused_in_chinese(planned: Planned, given: dict[str, Any]):
    if given.get("kind"):
        given = {"kind": code_of(given["kind"])}
    with pytest.raises(ValidationError, match=r"[\u4e00-\u9fff]"):
        planned(**given)
    assert not Campaign.objects.exists()


def test_a_campaign_that_one_does_not_see_is_no_comparison(cast: Cast, planned: Planned):
    theirs = planned(by="cai", host="west")
    with refused("previous_unknown"):
        planned(previous=theirs)
    assert planned(previous=planned()).previous is not None


def test_chosen_unions_take_part_and_later_only_join(cast: Cast, planned: Planned):
    mia, unions = cast.people["mia"], cast.unions
    campaign = planned(participation="chosen")
    with refused("nobody_chosen"):
        steps.submit_campaign(by=mia, campaign=campaign)
    for wrong in ("west-1", "east", "city"):
        with refused("outside"):
            campaigns.set_participants(by=mia, campaign=campaign, version=1, unions=[unions[wrong]])
    campaigns.set_participants(by=mia, campaign=campaign, version=1, unions=[unions["east-1"]])
    agree(cast, campaign)
    campaign.refresh_from_db()
    with refused("put_out"):
        campaigns.set_participants(
            by=mia, campaign=campaign, version=campaign.version, unions=[unions["east-2"]]
        )
    campaigns.set_participants(
        by=mia,
        campaign=campaign,
        version=campaign.version,
        unions=[unions["east-1"], unions["east-2"]],
    )
    assert Participant.objects.of_campaign(campaign).count() == 2
    with refused("stale"):
        campaigns.set_participants(by=mia, campaign=campaign, version=1, unions=[])


def test_unions_that_take_part_are_not_chosen_where_all_do(cast: Cast, planned: Planned):
    with refused("not_chosen"):
        campaigns.set_participants(by=cast.people["mia"], campaign=planned(), version=1, unions=[])


def test_the_chosen_are_forgotten_where_all_take_part_after_all(cast: Cast, planned: Planned):
    mia = cast.people["mia"]
    campaign = planned(participation="chosen")
    campaigns.set_participants(by=mia, campaign=campaign, version=1, unions=[cast.unions["east-1"]])
    campaigns.change_campaign(by=mia, campaign=campaign, version=2, participation="subtree")
    assert not Participant.objects.exists()
