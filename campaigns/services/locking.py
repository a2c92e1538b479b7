"""What the services of this app share: the locked campaign, and who may work on it."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from unions.models import Staff
from unions.permissions import Capability, require

#: The plan and its parts can be worked on.
WORKABLE: Final = frozenset({Status.DRAFT, Status.APPROVED, Status.RUNNING})


def locked_campaign(campaign: Campaign) -> Campaign:
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("host", "kind", "submitted_by", "created_by").get(pk=campaign.pk)


def require_planner(by: Staff, campaign: Campaign) -> None:
    require(by, Capability.PLAN_CAMPAIGNS, at=campaign.host)


def workable_campaign(by: Staff, campaign: Campaign) -> Campaign:
    """The locked campaign for somebody who plans there.

    Raises ValidationError: under_review, ended.
    """
    current = locked_campaign(campaign)
    require_planner(by, current)
    refuse_unworkable(current)
    return current


def refuse_unworkable(campaign: Campaign) -> None:
    if campaign.status == Status.SUBMITTED:
        text = "方案正在等批准，不能修改；要改请先退回草稿。"
        raise ValidationError(text, code="under_review")
    if campaign.status not in WORKABLE:
        text = f"这个活动{campaign.get_status_display()}，不能再改。"
        raise ValidationError(text, code="ended")


def touch(campaign: Campaign) -> None:
    campaign.version += 1
    campaign.changed_at = timezone.now()
