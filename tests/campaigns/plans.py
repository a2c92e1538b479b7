"""Campaigns as rows, past their services."""

from typing import Any

from django.utils import timezone

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from relief.codes.models import Code, CodeList
from tests.cast import Cast


def plan(cast: Cast, **given: Any) -> Campaign:
    return Campaign.objects.create(
        **{
            "code": "LJ2026-110101-1",
            "kind": code_of("campaign_kind:LJ"),
            "title": "2026年两节送温暖",
            "season_year": 2026,
            "host": cast.unions["east"],
            "created_by": cast.accounts["mia"],
        }
        | given
    )


def bring(campaign: Campaign, cast: Cast, *statuses: str) -> Campaign:
    """By SQL, as somebody with the app's password would."""
    for status in statuses:
        people: dict[str, Any] = {}
        if status == Status.SUBMITTED:
            people = {"submitted_by": cast.accounts["mia"]}
        elif status == Status.APPROVED:
            people = {"approved_by": cast.accounts["kay"], "approved_on": timezone.localdate()}
        elif status == Status.DRAFT:
            people = {"submitted_by": None, "approved_by": None, "approved_on": None}
        Campaign.objects.filter(pk=campaign.pk).update(status=status, **people)
    campaign.refresh_from_db()
    return campaign


WAYS: dict[str, tuple[str, ...]] = {
    "draft": (),
    "submitted": ("submitted",),
    "approved": ("submitted", "approved"),
    "running": ("submitted", "approved", "running"),
    "closed": ("submitted", "approved", "running", "closed"),
    "archived": ("submitted", "approved", "running", "closed", "archived"),
    "void": ("void",),
}


def code_of(key: str) -> Code:
    """ "list:code" → the code, made when it is missing."""
    list_key, code = key.split(":")
    CodeList.objects.get_or_create(key=list_key, defaults={"name": list_key})
    values = {"list_id": list_key, "code": code, "name": code}
    return Code.objects.get_or_create(key=key, defaults=values)[0]
