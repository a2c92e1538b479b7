"""The life of a campaign: planned by one, agreed to by another, run, closed, archived.

The database knows the legal steps, too (`lifecycle.STEPS`). Source: DOMAIN §10, DESIGN §8.13.
"""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from campaigns import lifecycle, slots
from campaigns.lifecycle import Status
from campaigns.models import Campaign, CampaignStep, Participant, Standard
from campaigns.services.locking import locked_campaign, require_planner, touch
from campaigns.services.standards import agree_to
from relief.lib.refusals import refuse_blank
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.messages import notify
from unions.services.trail import record


@transaction.atomic
def submit_campaign(*, by: Staff, campaign: Campaign) -> Campaign:
    """Ask for approval. Raises ValidationError: wrong_step, dates_missing, nobody_chosen.

    Of a season that is over the dates may be missing: the paper that is left may not say them.
    """
    current = locked_campaign(campaign)
    require_planner(by, current)
    _refuse_other_status(current, Status.DRAFT)
    is_past = current.season_year < timezone.localdate().year
    if not is_past and (current.starts_on is None or current.ends_on is None):
        text = "请先在“修改”里填写开始和结束日期。"
        raise ValidationError(text, code="dates_missing")
    chosen = current.participation == Campaign.Participation.CHOSEN
    if chosen and not Participant.objects.of_campaign(current).exists():
        text = "选了“只有选定的机构”参加，还没有选机构。"
        raise ValidationError(text, code="nobody_chosen")
    current.submitted_by = by.user
    return _go(by, current, Status.SUBMITTED)


@transaction.atomic
def approve_campaign(*, by: Staff, campaign: Campaign, approved_on: date | None = None) -> Campaign:
    """Agree to the plan and to the standards that came with it. `approved_on`: today, or earlier.

    Raises ValidationError: wrong_step, future; PermissionDenied: own_plan.
    """
    current = locked_campaign(campaign)
    require(by, Capability.APPROVE_CAMPAIGNS, at=current.host)
    _refuse_other_status(current, Status.SUBMITTED)
    waiting = list(Standard.objects.of_campaign(current).waiting().select_for_update())
    makers = {current.created_by_id, current.submitted_by_id, *(row.made_by_id for row in waiting)}
    if by.user_id in makers:
        raise PermissionDenied("自己建立、报批或者定过标准的活动，要由别人批准。")
    day = approved_on or timezone.localdate()
    if day > timezone.localdate():
        refusal = ValidationError("批准日期不能晚于今天。", code="future")
        raise ValidationError({"approved_on": refusal})
    current.approved_by, current.approved_on = by.user, day
    agreed = _go(by, current, Status.APPROVED)
    for standard in waiting:
        agree_to(by=by, standard=standard, day=day)
    _tell(by, agreed, "news", "批准了")
    return agreed


@transaction.atomic
def return_campaign(*, by: Staff, campaign: Campaign, reason: str) -> Campaign:
    """Back to a draft, before or after the approval; who handed in may also take it back.

    Raises ValidationError: wrong_step, no_reason, unsettled.
    """
    current = locked_campaign(campaign)
    is_own = current.status == Status.SUBMITTED and current.submitted_by_id == by.user_id
    capability = Capability.PLAN_CAMPAIGNS if is_own else Capability.APPROVE_CAMPAIGNS
    require(by, capability, at=current.host)
    _refuse_other_status(current, Status.SUBMITTED, Status.APPROVED)
    _refuse_unsettled(current, "return")
    refuse_blank(reason)
    if not is_own:
        _tell(by, current, "returned", "退回了")
    current.submitted_by = current.approved_by = current.approved_on = None
    return _go(by, current, Status.DRAFT, reason)


@transaction.atomic
def start_campaign(*, by: Staff, campaign: Campaign) -> Campaign:
    """The unions begin. Raises ValidationError: wrong_step."""
    current = locked_campaign(campaign)
    require_planner(by, current)
    _refuse_other_status(current, Status.APPROVED)
    return _go(by, current, Status.RUNNING)


@transaction.atomic
def close_campaign(*, by: Staff, campaign: Campaign, reason: str = "") -> Campaign:
    """Nothing more is raised or handed out. What still stands open may stop it.

    Raises ValidationError: wrong_step, unsettled.
    """
    current = locked_campaign(campaign)
    require_planner(by, current)
    _refuse_other_status(current, Status.RUNNING)
    _refuse_unsettled(current, "close")
    current.closed_on = timezone.localdate()
    return _go(by, current, Status.CLOSED, reason)


@transaction.atomic
def reopen_campaign(*, by: Staff, campaign: Campaign, reason: str) -> Campaign:
    """A bank sent money back, a sheet came late. Raises ValidationError: wrong_step, no_reason."""
    current = locked_campaign(campaign)
    require(by, Capability.APPROVE_CAMPAIGNS, at=current.host)
    _refuse_other_status(current, Status.CLOSED)
    refuse_blank(reason)
    current.closed_on = None
    return _go(by, current, Status.RUNNING, reason)


@transaction.atomic
def archive_campaign(*, by: Staff, campaign: Campaign) -> Campaign:
    """For ever: nothing of it changes any more. Raises ValidationError: wrong_step, unsettled."""
    current = locked_campaign(campaign)
    require(by, Capability.APPROVE_CAMPAIGNS, at=current.host)
    _refuse_other_status(current, Status.CLOSED)
    _refuse_unsettled(current, "archive")
    return _go(by, current, Status.ARCHIVED)


@transaction.atomic
def void_campaign(*, by: Staff, campaign: Campaign, reason: str) -> Campaign:
    """Give a plan up. Raises ValidationError: wrong_step, no_reason, unsettled."""
    current = locked_campaign(campaign)
    require_planner(by, current)
    _refuse_other_status(current, Status.DRAFT, Status.APPROVED)
    _refuse_unsettled(current, "void")
    refuse_blank(reason)
    return _go(by, current, Status.VOID, reason)


def _go(by: Staff, campaign: Campaign, to: Status, reason: str = "") -> Campaign:
    """Make the step and write it down."""
    before = Status(campaign.status)
    if to not in lifecycle.STEPS[before]:
        _refuse_other_status(campaign)
    campaign.status = to
    touch(campaign)
    campaign.full_clean(validate_constraints=False)
    campaign.save()
    reason = reason.strip()
    CampaignStep.objects.create(
        campaign=campaign, from_status=before, to_status=to, reason=reason, by=by
    )
    decides = before in {Status.SUBMITTED, Status.CLOSED}
    action = Event.Action.DECIDE if decides else Event.Action.SUBMIT
    record(by, action, campaign, reason=reason, before=before, after=to)
    return campaign


def _refuse_other_status(campaign: Campaign, *expected: Status) -> None:
    if campaign.status not in expected:
        text = f"这个活动现在是“{campaign.get_status_display()}”，不能做这一步。请刷新页面。"
        raise ValidationError(text, code="wrong_step")


def _refuse_unsettled(campaign: Campaign, act: str) -> None:
    stopping = [
        row for row in slots.open_matters.items(campaign) if row.number and act in row.blocks
    ]
    if stopping:
        words = "；".join(f"{row.label} {row.number:,} {row.unit}" for row in stopping)
        raise ValidationError(f"还有没办完的事：{words}。办完以后再来。", code="unsettled")


def _tell(by: Staff, campaign: Campaign, kind: str, verb: str) -> None:
    """Whoever handed the plan in learns what became of it."""
    if campaign.submitted_by is not None:
        notify(
            by=by,
            to=campaign.submitted_by,
            kind=kind,
            text=f"{by.user.full_name}{verb}活动方案“{campaign.title}”。",
            url=f"/campaigns/{campaign.pk}/",
        )
