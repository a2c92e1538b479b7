"""Standards: made by one, agreed to by another, ended by a day. Never changed once they hold."""

from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from campaigns.models import Campaign, Standard
from campaigns.services.locking import locked_campaign, refuse_unworkable
from relief.codes.models import Code
from relief.lib.refusals import refuse_stale
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record
from unions.services.tree import require_open


class Details(TypedDict, total=False):
    """What a form says about a standard. Left out = as it was."""

    category: Code | None
    funding_source: Code | None
    region: Code | None
    cash: Decimal | None
    goods_value: Decimal | None
    cap_once: Decimal | None
    cap_year: Decimal | None
    caps_count_goods: bool
    level: str
    cash_allowed: bool
    item_ceiling: Decimal | None
    collective_above: Decimal | None
    evidence: list[str]
    starts_on: date
    ends_on: date | None
    source: str
    note: str


@transaction.atomic
def create_standard(
    *, by: Staff, union: Union, campaign: Campaign | None = None, **details: Unpack[Details]
) -> Standard:
    """A rule of a union for itself and below, or of one campaign of it.

    It holds once it was approved. Raises ValidationError: other_host, under_review, ended.
    """
    require(by, Capability.PLAN_CAMPAIGNS, at=union)
    require_open(union)
    if campaign is not None:
        current = locked_campaign(campaign)
        refuse_unworkable(current)
        if current.host_id != union.pk:
            text = "活动的标准由主办机构定。"
            raise ValidationError({"union": ValidationError(text, code="other_host")})
    standard = Standard(union=union, campaign=campaign, made_by=by.user)
    _fill(standard, details)
    standard.save(force_insert=True)
    record(by, Event.Action.CREATE, standard)
    return standard


@transaction.atomic
def change_standard(
    *, by: Staff, standard: Standard, version: int, **details: Unpack[Details]
) -> Standard:
    """Only before it was agreed to. Raises ValidationError: stale, approved, and as above."""
    current = _locked(standard)
    require(by, Capability.PLAN_CAMPAIGNS, at=current.union)
    _refuse_approved(current)
    refuse_stale(current.version, version, "这条标准")
    current.made_by = by.user
    _fill(current, details)
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(details))
    return current


@transaction.atomic
def remove_standard(*, by: Staff, standard: Standard) -> None:
    """Only before it was agreed to; its history stays. Raises ValidationError: approved."""
    current = _locked(standard)
    require(by, Capability.PLAN_CAMPAIGNS, at=current.union)
    _refuse_approved(current)
    record(by, Event.Action.CHANGE, current, removed=True)
    current.delete()


@transaction.atomic
def approve_standard(*, by: Staff, standard: Standard) -> Standard:
    """Raises ValidationError: approved, with_its_campaign; PermissionDenied: the maker himself."""
    current = _locked(standard)
    require(by, Capability.APPROVE_CAMPAIGNS, at=current.union)
    _refuse_approved(current)
    if current.made_by_id == by.user_id:
        raise PermissionDenied("自己定的标准要由别人批准。")
    if current.campaign is not None and not current.campaign.is_open:
        text = "这条标准和活动方案一起批准，请到活动里办理。"
        raise ValidationError(text, code="with_its_campaign")
    agree_to(by=by, standard=current, day=timezone.localdate())
    record(by, Event.Action.DECIDE, current)
    return current


@transaction.atomic
def end_standard(*, by: Staff, standard: Standard, ends_on: date, reason: str) -> Standard:
    """`ends_on` is its last day. Who agrees to standards ends them.

    Raises ValidationError: not_approved, past, before_start.
    """
    current = _locked(standard)
    require(by, Capability.APPROVE_CAMPAIGNS, at=current.union)
    if not current.is_approved:
        raise ValidationError("还没有批准的标准，直接删除就可以。", code="not_approved")
    if ends_on < timezone.localdate():
        text = "失效日期不能早于今天：以前已经按它发放。"
        raise ValidationError({"ends_on": ValidationError(text, code="past")})
    current.ends_on = ends_on
    current.version += 1
    current.full_clean()
    current.save()
    record(by, Event.Action.DECIDE, current, reason=reason, ends_on=ends_on.isoformat())
    return current


@transaction.atomic
def agree_to(*, by: Staff, standard: Standard, day: date) -> None:
    """A part of services that asked."""
    standard.approved_by, standard.approved_on = by.user, day
    standard.version += 1
    standard.save()


def _locked(standard: Standard) -> Standard:
    rows = Standard.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("union", "campaign").get(pk=standard.pk)


def _refuse_approved(standard: Standard) -> None:
    if standard.is_approved:
        text = "这条标准已经批准，不能改；请让它失效，再另定一条。"
        raise ValidationError(text, code="approved")


def _fill(standard: Standard, details: Details) -> None:
    if unknown := details.keys() - Details.__annotations__.keys():
        text = f"标准里没有这些栏：{'、'.join(sorted(unknown))}"
        raise ValidationError(text, code="unknown_field")
    for name, value in details.items():
        setattr(standard, name, value)
    known = set(Code.objects.of("evidence").values_list("key", flat=True))
    if set(standard.evidence) - known:
        refusal = ValidationError("请从列出的材料里选。", code="evidence_unknown")
        raise ValidationError({"evidence": refusal})
    standard.full_clean()
