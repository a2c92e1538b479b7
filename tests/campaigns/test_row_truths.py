"""What the database itself refuses about campaigns, whoever writes it."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from campaigns.lifecycle import STEPS, Status
from campaigns.models import Campaign, CampaignStep, Participant
from tests.campaigns.plans import WAYS, bring, code_of, plan
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def sqlstate(caught: Any) -> str:
    return getattr(caught.value.__cause__, "sqlstate", "")


@pytest.mark.parametrize("start", WAYS)
def test_only_legal_steps_are_taken(cast: Cast, start: str):
    campaign = bring(plan(cast), cast, *WAYS[start])
    illegal = set(Status.values) - STEPS[Status(start)] - {start}
    for end in sorted(illegal):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            Campaign.objects.filter(pk=campaign.pk).update(status=end)
        assert sqlstate(caught) in {"23R07", "23R10"}, end


def test_no_campaign_begins_midway(cast: Cast):
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        plan(cast, status=Status.RUNNING)
    assert sqlstate(caught) == "23R07"


@pytest.mark.parametrize("name", ["mia", "zoe"], ids=["who created", "who handed in"])
def test_who_made_the_plan_cannot_approve_it(cast: Cast, name: str):
    campaign = plan(cast)
    rows = Campaign.objects.filter(pk=campaign.pk)
    rows.update(status="submitted", submitted_by=cast.accounts["zoe"])
    with pytest.raises(DatabaseError, match="maker_is_not_checker"), transaction.atomic():
        rows.update(
            status="approved", approved_by=cast.accounts[name], approved_on=timezone.localdate()
        )


def test_nothing_is_agreed_without_somebody_who_agreed(cast: Cast):
    campaign = bring(plan(cast), cast, "submitted")
    with pytest.raises(DatabaseError, match="agreed_was_approved"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(status="approved")


@pytest.mark.parametrize(
    "change",
    [
        {"title": "另一个名称"},
        {"season_year": 2027},
        {"kind_id": "campaign_kind:XQL"},
        {"participation": "chosen"},
        {"starts_on": "2026-01-01"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("start", ["submitted", "approved", "running", "closed"])
def test_what_was_agreed_stays(cast: Cast, start: str, change: dict[str, Any]):
    campaign = bring(plan(cast), cast, *WAYS[start])
    code_of("campaign_kind:XQL")
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(**change)
    assert sqlstate(caught) == "23R10"


def test_what_was_not_agreed_yet_may_change(cast: Cast):
    campaign = plan(cast)
    assert Campaign.objects.filter(pk=campaign.pk).update(title="另一个名称") == 1


def test_approver_is_not_rewritten(cast: Cast):
    campaign = bring(plan(cast), cast, *WAYS["approved"])
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(approved_by=cast.accounts["leo"])
    assert sqlstate(caught) == "23R10"


@pytest.mark.parametrize("start", ["archived", "void"])
def test_what_ended_stays_altogether(cast: Cast, start: str):
    campaign = bring(plan(cast), cast, *WAYS[start])
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(note="x")
    assert sqlstate(caught) == "23R10"


def test_host_stays(cast: Cast):
    campaign = plan(cast)
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(host=cast.unions["west"])
    assert sqlstate(caught) == "23R10"


def test_nobody_is_put_out_of_an_agreed_campaign(cast: Cast):
    campaign = plan(cast, participation="chosen")
    joined = Participant.objects.create(campaign=campaign, union=cast.unions["east-1"])
    bring(campaign, cast, *WAYS["running"])
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Participant.objects.filter(pk=joined.pk).delete()
    assert sqlstate(caught) == "23R10"
    Participant.objects.create(campaign=campaign, union=cast.unions["east-2"])
    bring(campaign, cast, "closed")
    with pytest.raises(DatabaseError), transaction.atomic():
        Participant.objects.create(campaign=campaign, union=cast.unions["cell"])


@pytest.mark.parametrize(
    "given",
    [
        {"code": "有 空格"},
        {"title": " 前面有空格"},
        {"season_year": 1900},
        {"starts_on": "2026-02-01", "ends_on": "2026-01-01"},
        {"kind_id": "funding_source:CZ"},
        {"participation": "some"},
        {"themes": [f"主题{number}" for number in range(13)]},
        {"starts_on": "infinity"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_one_row_is_plausible(cast: Cast, given: dict[str, Any]):
    if "kind_id" in given:
        given = {"kind": code_of(given["kind_id"])}
    if given.get("starts_on") == "infinity":
        campaign = plan(cast)
        with (
            pytest.raises(DatabaseError, match="days_finite"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE campaigns_campaign SET starts_on = 'infinity' WHERE id = %s", [campaign.pk]
            )
        return
    with pytest.raises(DatabaseError), transaction.atomic():
        plan(cast, **given)


def test_going_back_needs_a_reason(cast: Cast):
    campaign = plan(cast)
    by = cast.people["kay"]
    for start, end in (("submitted", "draft"), ("approved", "void"), ("closed", "running")):
        with pytest.raises(DatabaseError, match="backwards_has_reason"), transaction.atomic():
            CampaignStep.objects.create(campaign=campaign, from_status=start, to_status=end, by=by)


def visible(cast: Cast, name: str) -> set[str]:
    return set(Campaign.objects.visible_to(cast.people[name]).values_list("code", flat=True))


def test_unions_below_see_agreed_campaigns_that_include_them(cast: Cast):
    bring(plan(cast, code="all"), cast, *WAYS["running"])
    chosen = plan(cast, code="one", participation="chosen")
    Participant.objects.create(campaign=chosen, union=cast.unions["east-1"])
    bring(chosen, cast, *WAYS["approved"])
    plan(cast, code="draft")
    assert visible(cast, "zoe") == {"all", "one", "draft"}
    assert visible(cast, "mia") == {"all", "one", "draft"}
    assert visible(cast, "ben") == {"all", "one"}
    assert visible(cast, "dan") == {"all", "one"}
    assert visible(cast, "eli") == {"all"}
    assert visible(cast, "cai") == visible(cast, "wes") == set()


def test_a_union_on_the_way_to_a_chosen_one_sees_it_and_takes_no_part(cast: Cast):
    chosen = plan(cast, code="cell", participation="chosen")
    Participant.objects.create(campaign=chosen, union=cast.unions["cell"])
    bring(chosen, cast, *WAYS["running"])
    assert visible(cast, "ben") == visible(cast, "dan") == {"cell"}
    assert chosen.includes(cast.unions["cell"])
    assert chosen.includes(cast.unions["east"])
    assert not chosen.includes(cast.unions["east-1"])
    assert not chosen.includes(cast.unions["west"])
