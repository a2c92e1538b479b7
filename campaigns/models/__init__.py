from campaigns.models.campaign import Campaign, CampaignStep, Participant

__all__ = ["Campaign", "CampaignStep", "Participant"]
