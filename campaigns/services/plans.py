"""The parts of a campaign's plan: deadlines, targets by union, goods packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import Event
from campaigns.models import (
    MEASURES,
    Campaign,
    Deadline,
    GoodsPackage,
    PackageLine,
    Target,
)
from campaigns.services.locking import touch, workable_campaign
from relief.codes.models import Code
from relief.lib.refusals import refuse_stale
from unions.models import Staff, Union
from unions.services.trail import record

MOST_LINES: Final = 40


@dataclass(frozen=True)
class DueDay:
    due_on: date
    note: str = ""


@transaction.atomic
def set_deadlines(
    *, by: Staff, campaign: Campaign, version: int, days: Mapping[str, DueDay]
) -> Campaign:
    """Step → its day; a step that is left out has none. Raises ValidationError: stale."""
    current = workable_campaign(by, campaign)
    refuse_stale(current.version, version, "这个活动")
    there = {row.step: row for row in Deadline.objects.of_campaign(current)}
    for step, row in there.items():
        if step not in days:
            row.delete()
    for step, day in days.items():
        row = there.get(step) or Deadline(campaign=current, step=step)
        if (row.due_on, row.note) != (day.due_on, day.note):
            row.due_on, row.note = day.due_on, day.note
            row.full_clean()
            row.save()
    touch(current)
    current.save()
    record(by, Event.Action.CHANGE, current, fields=["deadlines"], count=len(days))
    return current


@dataclass(frozen=True)
class TargetRow:
    """What was typed for a union; `version` is that of the row when the page was opened, or 0."""

    union: Union
    version: int
    values: Mapping[str, Any]

    @property
    def is_empty(self) -> bool:
        return all(self.values[name] is None for name in MEASURES)


@transaction.atomic
def set_targets(*, by: Staff, campaign: Campaign, rows: Sequence[TargetRow]) -> int:
    """Only rows that differ are written; an empty one is taken away. Returns how many.

    Raises ValidationError: outside; stale, with the codes of the unions in `params`.
    """
    current = workable_campaign(by, campaign)
    _refuse_strangers(current, rows)
    there = {
        row.union_id: row
        for row in Target.objects.of_campaign(current).select_for_update(of=("self",))
    }
    changed = [row for row in rows if _differs(there.get(row.union.pk), row)]
    stale = [
        row.union.code
        for row in changed
        if row.version != (there[row.union.pk].version if row.union.pk in there else 0)
    ]
    if stale:
        text = "下面标出的机构，别人刚刚改过。请对照以后再保存。"
        raise ValidationError(text, code="stale", params={"unions": stale})
    for row in changed:
        _write_target(current, there.get(row.union.pk), row)
    if changed:
        record(by, Event.Action.CHANGE, current, fields=["targets"], count=len(changed))
    return len(changed)


def _differs(stored: Target | None, row: TargetRow) -> bool:
    return any((getattr(stored, name) if stored else None) != row.values[name] for name in MEASURES)


def _write_target(campaign: Campaign, stored: Target | None, row: TargetRow) -> None:
    if stored is not None and row.is_empty:
        stored.delete()
        return
    target = stored or Target(campaign=campaign, union=row.union)
    for name in MEASURES:
        setattr(target, name, row.values[name])
    if stored is not None:
        target.version += 1
    target.full_clean()
    target.save()


def _refuse_strangers(campaign: Campaign, rows: Sequence[TargetRow]) -> None:
    """Targets are set for unions that take part, or have taken part."""
    for row in rows:
        if not campaign.host.contains(row.union):
            raise ValidationError("只能给主办机构和它下面的机构定目标。", code="outside")


@dataclass(frozen=True)
class Line:
    item: str
    quantity: int
    unit: str
    unit_price: Decimal | None = None


@transaction.atomic
def create_package(
    *,
    by: Staff,
    campaign: Campaign,
    name: str,
    lines: Sequence[Line],
    category: Code | None = None,
    note: str = "",
) -> GoodsPackage:
    """Raises ValidationError: no_lines, item_twice, many_lines, a name that is taken."""
    current = workable_campaign(by, campaign)
    package = GoodsPackage(campaign=current, name=name, category=category, note=note)
    package.full_clean()
    package.save(force_insert=True)
    _write_lines(package, lines)
    record(by, Event.Action.CREATE, package)
    return package


@transaction.atomic
def change_package(
    *,
    by: Staff,
    package: GoodsPackage,
    version: int,
    name: str,
    lines: Sequence[Line],
    category: Code | None = None,
    note: str = "",
) -> GoodsPackage:
    """Raises ValidationError: stale, and what creating refuses."""
    workable_campaign(by, package.campaign)
    current = GoodsPackage.objects.select_for_update(no_key=True).get(pk=package.pk)
    refuse_stale(current.version, version, "这个套餐")
    current.name, current.category, current.note = name, category, note
    current.version += 1
    current.full_clean()
    current.save()
    _write_lines(current, lines)
    record(by, Event.Action.CHANGE, current)
    return current


@transaction.atomic
def remove_package(*, by: Staff, package: GoodsPackage) -> None:
    """Its history stays. A package that something refers to stays, too (PROTECT)."""
    workable_campaign(by, package.campaign)
    current = GoodsPackage.objects.select_for_update().get(pk=package.pk)
    record(by, Event.Action.CHANGE, current, removed=True)
    PackageLine.objects.of_package(current).delete()
    current.delete()


def _write_lines(package: GoodsPackage, lines: Sequence[Line]) -> None:
    """The lines as given; a thing that is there already keeps its row."""
    if not lines:
        raise ValidationError("套餐里至少要有一样物品。", code="no_lines")
    if len(lines) > MOST_LINES:
        raise ValidationError(f"一个套餐最多 {MOST_LINES} 样物品。", code="many_lines")
    names = [line.item for line in lines]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        text = f"“{'、'.join(twice)}”写了不止一行，请把数量加起来。"
        raise ValidationError(text, code="item_twice")
    there = {row.item: row for row in PackageLine.objects.of_package(package)}
    for name, row in there.items():
        if name not in names:
            row.delete()
    for position, line in enumerate(lines, start=1):
        row = there.get(line.item) or PackageLine(package=package, item=line.item)
        row.position, row.quantity = position, line.quantity
        row.unit, row.unit_price = line.unit, line.unit_price
        row.full_clean()
        row.save()
