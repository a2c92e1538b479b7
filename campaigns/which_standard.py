"""Which standard holds for somebody of a category, out of a source, in a place, on a day.

The most specific row holds alone: one of the campaign before one of a union; then the one that
names the narrower category, the source, the narrower region; then that of the nearer union; then
the newer one. What a row leaves open is any. Source: DOMAIN §4.3, docs/decisions/0041.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from campaigns.models import Campaign, Standard
from relief.codes.models import Code
from relief.lib.days import day_words
from unions.models import Union


class Case(NamedTuple):
    """What a standard is asked for. `region` is a 行政区划代码 of 6 digits or more, or ""."""

    category: Code | None
    funding_source: Code | None
    region: str
    day: date


@dataclass(frozen=True)
class Applied:
    """The standard that holds, why, and those that hold no more because of it."""

    standard: Standard
    because: tuple[str, ...]
    passed_over: tuple[Standard, ...]


def which_standard(
    *,
    campaign: Campaign,
    category: Code | None,
    day: date,
    funding_source: Code | None = None,
    region: str = "",
    union: Union | None = None,
) -> Applied | None:
    """The one that holds, or None where no rule says anything.

    `union` is who hands over, the host unless said: rules of every union above it count.
    """
    at = union or campaign.host
    case = Case(category, funding_source, region or at.region_code, day)
    ranked = sorted(_candidates(campaign, case, at), key=_rank, reverse=True)
    if not ranked:
        return None
    return Applied(ranked[0], tuple(_because(ranked[0], case)), tuple(ranked[1:]))


def _candidates(campaign: Campaign, case: Case, union: Union) -> list[Standard]:
    """Rules in force that day, of this campaign or of none, that fit the case."""
    rows = Standard.objects.for_union(union).in_force(case.day).with_words()
    of_here = rows.filter(campaign=campaign) | rows.filter(campaign__isnull=True)
    categories = _with_parents(case.category)
    places = places_with(case.region)
    source = case.funding_source.pk if case.funding_source else None
    return [
        row
        for row in of_here.select_related("category__parent__parent")
        if (row.category_id is None or row.category_id in categories)
        and (row.funding_source_id is None or row.funding_source_id == source)
        and (row.region_id is None or row.region_id in places)
    ]


def _rank(row: Standard) -> tuple[object, ...]:
    """The greater, the more specific."""
    return (
        row.campaign_id is not None,
        _depth(row.category),
        row.funding_source_id is not None,
        _narrowness(row.region_id),
        row.union.depth,
        row.starts_on,
        row.pk,
    )


def _depth(code: Code | None) -> int:
    """0 for any category, 1 for one at the top of the list, 2 for one below."""
    return 0 if code is None else 1 + _depth(code.parent)


def _with_parents(code: Code | None) -> set[str]:
    found = set()
    while code is not None:
        found.add(code.pk)
        code = code.parent
    return found


def places_with(region: str) -> set[str]:
    """Keys of the place and of every place above: 110101001 → 110101, 110000."""
    if not region:
        return set()
    codes = {region, region[:9], region[:6], f"{region[:4]}00", f"{region[:2]}0000"}
    return {f"region:{code}" for code in codes}


def _narrowness(key: str | None) -> int:
    """Digits that say something: 110000 has 2, 110101 has 6."""
    return len(key.partition(":")[2].rstrip("0")) if key else 0


def _because(row: Standard, case: Case) -> Iterator[str]:
    yield (
        f"专为活动“{row.campaign.title}”定的"
        if row.campaign
        else f"{row.union.name}的通用标准（这个活动没有另定）"
    )
    if row.category is None:
        yield "适用于全部类别"
    elif case.category is not None and row.category_id != case.category.pk:
        yield f"“{case.category.name}”属于“{row.category.name}”"
    else:
        yield f"针对“{row.category.name}”"
    if row.funding_source is not None:
        yield f"针对资金来源“{row.funding_source.name}”"
    if row.region is not None:
        yield f"针对地区“{row.region.name}”"
    yield f"{day_words(row.starts_on)}起生效，出处：{row.source}"
