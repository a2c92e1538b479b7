"""A campaign made of last year's: one act, and one answer to what it takes over."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from campaigns.models import (
    Campaign,
    Deadline,
    GoodsPackage,
    PackageLine,
    Participant,
    Standard,
    Target,
)
from campaigns.services.campaigns import create_campaign
from unions.models import Staff

#: What may be taken over besides kind, themes and note, and what it is called.
PARTS: Final = {
    "participants": "参加机构",
    "standards": "标准和上限",
    "packages": "慰问品套餐",
    "deadlines": "时间节点",
    "targets": "各机构目标",
}


@dataclass(frozen=True)
class Part:
    """One kind of rows that can be taken over: how many, and what is left behind and why."""

    key: str
    label: str
    number: int
    left: str = ""


def parts_of(source: Campaign) -> list[Part]:
    """What copying this campaign would take over."""
    standards = _standards(source)
    ended = Standard.objects.of_campaign(source).count() - len(standards)
    people, gone = _still_there(Participant.objects.of_campaign(source))
    targets, gone_targets = _still_there(Target.objects.of_campaign(source))
    return [
        Part("participants", PARTS["participants"], len(people), _gone_words(gone)),
        Part(
            "standards",
            PARTS["standards"],
            len(standards),
            f"{ended} 条没有批准、失效或被替换的不带" if ended else "",
        ),
        Part("packages", PARTS["packages"], GoodsPackage.objects.of_campaign(source).count()),
        Part("deadlines", PARTS["deadlines"], Deadline.objects.of_campaign(source).count()),
        Part("targets", PARTS["targets"], len(targets), _gone_words(gone_targets)),
    ]


@transaction.atomic
def copy_campaign(
    *,
    by: Staff,
    source: Campaign,
    title: str,
    season_year: int,
    starts_on: date | None,
    ends_on: date | None,
    parts: Collection[str],
) -> Campaign:
    """A draft of the same host with `parts` of `source`, which it is compared with from now on.

    Days move by the years between the seasons. Standards have to be approved anew.
    Raises ValidationError: part_unknown, and what planning refuses.
    """
    if unknown := set(parts) - PARTS.keys():
        raise ValidationError(f"没有这些部分：{'、'.join(sorted(unknown))}", code="part_unknown")
    made = create_campaign(
        by=by,
        host=source.host,
        kind=source.kind,
        title=title,
        season_year=season_year,
        starts_on=starts_on,
        ends_on=ends_on,
        participation=_participation(source, parts),
        themes=list(source.themes),
        previous=source,
        note=source.note,
    )
    for part in PARTS:
        if part in parts:
            _COPIERS[part](by, source, made)
    return made


def later_by_years(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _participation(source: Campaign, parts: Collection[str]) -> str:
    """Chosen unions that are not taken over leave nobody chosen: then that is asked for anew."""
    if "participants" in parts or source.participation == Campaign.Participation.SUBTREE:
        return source.participation
    return Campaign.Participation.SUBTREE


def _standards(source: Campaign) -> list[Standard]:
    """Those that held to the end, the newest of each scope: not waiting, not ended before."""
    rows = Standard.objects.of_campaign(source).filter(approved_by__isnull=False)
    last = source.ends_on or source.closed_on or timezone.localdate()
    newest = {
        (row.category_id, row.funding_source_id, row.region_id): row
        for row in rows.order_by("starts_on", "pk")
        if row.ends_on is None or row.ends_on >= last
    }
    return list(newest.values())


def _still_there(rows: Iterable[Any]) -> tuple[list[Any], int]:
    """Rows whose union is still open and below the host, and how many are not."""
    found: Any = rows
    found = list(found.select_related("union", "campaign__host"))
    kept = [row for row in found if row.union.is_open and row.campaign.host.contains(row.union)]
    return kept, len(found) - len(kept)


def _gone_words(number: int) -> str:
    return f"{number} 个机构已撤销或调走，不带" if number else ""


def _new(row: Model, **values: Any) -> Any:
    """The row once more, with other values and a key of its own."""
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{name: getattr(row, name) for name in names} | values)


def _copy_participants(by: Staff, source: Campaign, made: Campaign) -> None:
    for row in _still_there(Participant.objects.of_campaign(source))[0]:
        _new(row, campaign_id=made.pk).save(force_insert=True)


def _copy_standards(by: Staff, source: Campaign, made: Campaign) -> None:
    starts_on = made.starts_on or timezone.localdate()
    for row in _standards(source):
        standard = _new(
            row,
            campaign_id=made.pk,
            made_by_id=by.user_id,
            approved_by_id=None,
            approved_on=None,
            starts_on=starts_on,
            ends_on=None,
            version=1,
        )
        standard.full_clean(validate_unique=False)
        standard.save(force_insert=True)


def _copy_packages(by: Staff, source: Campaign, made: Campaign) -> None:
    for row in GoodsPackage.objects.of_campaign(source):
        package = _new(row, campaign_id=made.pk, version=1)
        package.save(force_insert=True)
        for line in PackageLine.objects.of_package(row):
            _new(line, package_id=package.pk).save(force_insert=True)


def _copy_deadlines(by: Staff, source: Campaign, made: Campaign) -> None:
    years = made.season_year - source.season_year
    for row in Deadline.objects.of_campaign(source):
        due_on = later_by_years(row.due_on, years)
        _new(row, campaign_id=made.pk, due_on=due_on).save(force_insert=True)


def _copy_targets(by: Staff, source: Campaign, made: Campaign) -> None:
    for row in _still_there(Target.objects.of_campaign(source))[0]:
        _new(row, campaign_id=made.pk, version=1).save(force_insert=True)


_COPIERS: Final = {
    "participants": _copy_participants,
    "standards": _copy_standards,
    "packages": _copy_packages,
    "deadlines": _copy_deadlines,
    "targets": _copy_targets,
}
