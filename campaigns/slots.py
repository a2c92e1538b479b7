"""Where higher apps add to campaigns (DESIGN §8.11): money, rosters, visits, reports."""

from dataclasses import dataclass

from campaigns.models import Campaign
from relief.lib.slots import Slot
from unions.models import Staff
from unions.slots import Figure, Panel


@dataclass(frozen=True)
class StepProgress:
    """How far the posting's own union is with one step (campaigns.course.Step).

    `state`: todo, doing, done, blocked. `url` is where the work is done, "" where nobody may.
    """

    step: str
    state: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class OpenMatter:
    """What is not settled in a campaign. `blocks` names the acts that it stops: campaigns.acts."""

    label: str
    number: int
    unit: str
    url: str = ""
    blocks: frozenset[str] = frozenset()


#: (staff, campaign) → blocks on the page of a campaign: funds, goods, rosters.
panels: Slot[[Staff, Campaign], Panel] = Slot("campaign-panels")
#: (staff, campaign) → numbers on top of that page.
figures: Slot[[Staff, Campaign], Figure] = Slot("campaign-figures")
#: (staff, campaign) → how far the own union is, step by step.
progress: Slot[[Staff, Campaign], StepProgress] = Slot("campaign-progress")
#: (campaign) → what is not settled; asked by the services too, so it looks at the whole campaign.
open_matters: Slot[[Campaign], OpenMatter] = Slot("campaign-open-matters")
