"""Campaigns: planned, changed, and who takes part."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import Event
from campaigns.models import Campaign, Participant
from campaigns.services.locking import touch, workable_campaign
from relief.codes.models import Code
from relief.lib.refusals import refuse_stale
from relief.lib.text import refuse_hidden_characters
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record
from unions.services.tree import require_open

#: What may still be changed once the plan was agreed to: nothing that the approval was about.
LATER: Final = frozenset({"ends_on", "themes", "previous", "note"})
MOST_THEMES: Final = 12
THEME_LENGTH: Final = 30


class Details(TypedDict, total=False):
    """What a form says about a campaign. Left out = as it was."""

    kind: Code
    title: str
    season_year: int
    starts_on: date | None
    ends_on: date | None
    participation: str
    themes: list[str]
    previous: Campaign | None
    note: str


@transaction.atomic
def create_campaign(
    *, by: Staff, host: Union, code: str = "", **details: Unpack[Details]
) -> Campaign:
    """Plan a campaign as a draft. Without a `code` it gets the next one of its host.

    Raises ValidationError: union_closed, previous_unknown, and what the row itself refuses.
    """
    require(by, Capability.PLAN_CAMPAIGNS, at=host)
    require_open(host)
    Union.objects.select_for_update(no_key=True).get(pk=host.pk)  # the numbers of a host in order
    campaign = Campaign(host=host, created_by=by.user)
    _fill(by, campaign, details)
    campaign.code = code or _next_code(campaign)
    campaign.full_clean()
    campaign.save(force_insert=True)
    record(by, Event.Action.CREATE, campaign)
    return campaign


@transaction.atomic
def change_campaign(
    *, by: Staff, campaign: Campaign, version: int, **details: Unpack[Details]
) -> Campaign:
    """A draft in everything, later only what the approval was not about.

    Raises ValidationError: stale, under_review, ended, agreed (beside the field).
    """
    current = workable_campaign(by, campaign)
    refuse_stale(current.version, version, "这个活动")
    if not current.is_draft and (fixed := details.keys() - LATER):
        text = "方案批准以后这一项不能改；要改请批准人先退回草稿。"
        raise ValidationError({name: ValidationError(text, code="agreed") for name in fixed})
    _fill(by, current, details)
    if current.participation == Campaign.Participation.SUBTREE:
        Participant.objects.of_campaign(current).delete()
    touch(current)
    current.full_clean()
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(details))
    return current


@transaction.atomic
def set_participants(
    *, by: Staff, campaign: Campaign, version: int, unions: Sequence[Union]
) -> Campaign:
    """Who takes part besides the host. Once the plan was agreed to, others can only join.

    Raises ValidationError: stale, not_chosen, outside, put_out.
    """
    current = workable_campaign(by, campaign)
    refuse_stale(current.version, version, "参加名单")
    if current.participation != Campaign.Participation.CHOSEN:
        raise ValidationError("这个活动由全部下级参加，不用选。", code="not_chosen")
    wanted = {union.pk for union in unions}
    _refuse_outside(current, wanted)
    there = set(Participant.objects.of_campaign(current).values_list("union_id", flat=True))
    if there - wanted and not current.is_draft:
        text = "方案批准以后只能增加参加机构，不能去掉。"
        raise ValidationError({"unions": ValidationError(text, code="put_out")})
    Participant.objects.of_campaign(current).filter(union__in=there - wanted).delete()
    for union_id in sorted(wanted - there):
        Participant.objects.create(campaign=current, union_id=union_id)
    touch(current)
    current.save()
    record(by, Event.Action.CHANGE, current, fields=["participants"], count=len(wanted))
    return current


def _refuse_outside(campaign: Campaign, wanted: set[int]) -> None:
    below = Union.objects.below(campaign.host).open().filter(pk__in=wanted)
    there = Participant.objects.of_campaign(campaign).values("union")
    allowed = below | Union.objects.filter(pk__in=there)
    if wanted - set(allowed.values_list("pk", flat=True)):
        text = "只能选主办机构下面在用的机构。"
        raise ValidationError({"unions": ValidationError(text, code="outside")})


def _next_code(campaign: Campaign) -> str:
    """LJ2026-110101-3: kind, season, host, the how manieth of these three."""
    kind = re.sub(r"[^A-Za-z0-9]", "", campaign.kind.code) or "HD"
    stem = f"{kind}{campaign.season_year}-{campaign.host.code}-"
    taken = Campaign.objects.filter(code__startswith=stem).values_list("code", flat=True)
    numbers = [int(code[len(stem) :]) for code in taken if code[len(stem) :].isdecimal()]
    return f"{stem}{max(numbers, default=0) + 1}"


def _fill(by: Staff, campaign: Campaign, details: Details) -> None:
    if unknown := details.keys() - Details.__annotations__.keys():
        text = f"活动里没有这些栏：{'、'.join(sorted(unknown))}"
        raise ValidationError(text, code="unknown_field")
    for name, value in details.items():
        setattr(campaign, name, value)
    campaign.themes = _clean_themes(campaign.themes)
    previous = campaign.previous
    if previous and not Campaign.objects.visible_to(by).filter(pk=previous.pk).exists():
        refusal = ValidationError("没有这个活动，请从列表里选。", code="previous_unknown")
        raise ValidationError({"previous": refusal})


def _clean_themes(themes: Sequence[Any]) -> list[str]:
    """Each once, in the order given. Raises ValidationError: themes_many, theme_long."""
    clean = list(dict.fromkeys(" ".join(str(theme).split()) for theme in themes))
    clean = [theme for theme in clean if theme]
    if problem := _theme_problem(clean):
        raise ValidationError({"themes": problem})
    return clean


def _theme_problem(themes: list[str]) -> ValidationError | None:
    if len(themes) > MOST_THEMES:
        return ValidationError(f"服务主题最多 {MOST_THEMES} 个。", code="themes_many")
    if any(len(theme) > THEME_LENGTH for theme in themes):
        return ValidationError(f"一个服务主题不超过 {THEME_LENGTH} 个字。", code="theme_long")
    try:
        refuse_hidden_characters("".join(themes))
    except ValidationError as error:
        return error
    return None
