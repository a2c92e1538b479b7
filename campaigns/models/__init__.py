from campaigns.models.campaign import Campaign, CampaignStep, Participant
from campaigns.models.plan import (
    MEASURES,
    Deadline,
    GoodsPackage,
    PackageLine,
    Target,
    Worth,
    worth_of,
)
from campaigns.models.standard import SUMS, Standard

__all__ = [
    "MEASURES",
    "SUMS",
    "Campaign",
    "CampaignStep",
    "Deadline",
    "GoodsPackage",
    "PackageLine",
    "Participant",
    "Standard",
    "Target",
    "Worth",
    "worth_of",
]
