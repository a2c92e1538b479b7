from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from campaigns.models import Campaign, Standard
from campaigns.services import campaigns, standards, steps
from tests.campaigns.plans import code_of
from tests.cast import Cast

#: The day of these tests.
TODAY = date(2026, 1, 10)
#: (name of who plans, name of the host's union) and what create_campaign takes → a draft.
Planned = Callable[..., Campaign]
#: What create_standard takes → a standard of East that nobody has agreed to.
Set = Callable[..., Standard]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-01-10 10:00+08:00", tick=True):
        yield


@pytest.fixture
def planned(cast: Cast) -> Planned:
    def make(by: str = "mia", host: str = "east", **details: Any) -> Campaign:
        given: dict[str, Any] = {
            "kind": code_of("campaign_kind:LJ"),
            "title": "2026年元旦春节送温暖",
            "season_year": 2026,
            "starts_on": date(2025, 12, 20),
            "ends_on": date(2026, 3, 3),
        }
        return campaigns.create_campaign(
            by=cast.people[by], host=cast.unions[host], **(given | details)
        )

    return make


@pytest.fixture
def running(cast: Cast, planned: Planned) -> Campaign:
    return run(cast, planned())


def agree(cast: Cast, campaign: Campaign) -> Campaign:
    """By Mia's hand and Kay's."""
    steps.submit_campaign(by=cast.people["mia"], campaign=campaign)
    return steps.approve_campaign(by=cast.people["kay"], campaign=campaign)


def run(cast: Cast, campaign: Campaign) -> Campaign:
    agree(cast, campaign)
    return steps.start_campaign(by=cast.people["mia"], campaign=campaign)


@pytest.fixture
def rule(cast: Cast) -> Set:
    def make(by: str = "mia", union: str = "east", **details: Any) -> Standard:
        given: dict[str, Any] = {
            "cash": 1000,
            "starts_on": date(2025, 1, 1),
            "source": "区总工会〔2025〕1号",
        }
        return standards.create_standard(
            by=cast.people[by], union=cast.unions[union], **(given | details)
        )

    return make
