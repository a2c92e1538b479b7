"""Stories: campaigns as newspapers told them (STORY.md), recorded through the services.

The frame: it reads and checks a file, records what the apps built so far can hold, and counts what
the system holds for a campaign. Every later app adds its recorder and its figures here.
Source: DESIGN §8.21 and §8.22.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from unions.models import Union
from unions.permissions import Command
from unions.services.tree import create_union

Story = dict[str, Any]
#: Records one part of a story; returns how many rows it added.
Recorder = Callable[[Story], int]
#: Counts one part of a campaign (its code) in the shape of STORY.md's `expect.records`.
Counter = Callable[[str], dict[str, Any]]

KINDS = {
    "省总": Union.Kind.PROVINCE,
    "市总": Union.Kind.CITY,
    "区总": Union.Kind.DISTRICT,
    "街道": Union.Kind.STREET,
    "乡镇": Union.Kind.TOWN,
    "系统": Union.Kind.SYSTEM,
    "园区": Union.Kind.PARK,
    "集团": Union.Kind.GROUP,
    "联合": Union.Kind.JOINT,
    "基层": Union.Kind.GRASSROOTS,
}

_recorders: dict[str, Recorder] = {}
_counters: dict[str, Counter] = {}


@dataclass
class Loaded:
    """What loading one story added, by part; parts that no app records yet are named."""

    code: str
    added: dict[str, int] = field(default_factory=dict)
    unrecorded: list[str] = field(default_factory=list)


class StoryError(ValueError):
    """The file is no story; the message names the place."""


def recorder(part: str) -> Callable[[Recorder], Recorder]:
    """Register the recorder of a part of the story file (`funds`, `visits`, …)."""

    def register(function: Recorder) -> Recorder:
        _recorders[part] = function
        return function

    return register


def counter(measure: str) -> Callable[[Counter], Counter]:
    """Register a counter of `campaign_figures`."""

    def register(function: Counter) -> Counter:
        _counters[measure] = function
        return function

    return register


def read_story(path: Path) -> Story:
    """Raises StoryError: not JSON, or without the parts that every story has."""
    try:
        story = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise StoryError(f"{path.name}: not JSON ({error}).") from None
    if not isinstance(story, dict):
        raise StoryError(f"{path.name}: not an object.")
    for part in ("source", "campaign", "unions"):
        if part not in story:
            raise StoryError(f"{path.name}: `{part}` is missing.")
    if "code" not in story["campaign"]:
        raise StoryError(f"{path.name}: `campaign.code` is missing.")
    return story


@transaction.atomic
def load_story(story: Story) -> Loaded:
    """Record a story; a second load of the same file adds nothing."""
    loaded = Loaded(story["campaign"]["code"])
    for part in story:
        if part in _recorders:
            loaded.added[part] = _recorders[part](story)
        elif part not in {"source", "expect"}:
            loaded.unrecorded.append(part)
    return loaded


def figures(code: str) -> dict[str, Any]:
    """What the system counts for the campaign, by the measures that apps have registered."""
    counted: dict[str, Any] = {}
    for measure in sorted(_counters):
        counted |= _counters[measure](code)
    return counted


@recorder("unions")
def record_unions(story: Story) -> int:
    """Unions of the story that are not in the tree yet; found by name below the same parent."""
    added = 0
    by_name: dict[str, Union] = {}
    for row in story["unions"]:
        parent = by_name.get(row.get("parent", ""))
        found = _find(row["name"], parent)
        if found is None:
            found = create_union(
                by=Command("load_story"),
                parent=parent or Union.objects.filter(parent__isnull=True).first(),
                code=_free_code(parent),
                name=row["name"],
                kind=KINDS[row["kind"]],
            )
            added += 1
        by_name[row["name"]] = found
    return added


def _find(name: str, parent: Union | None) -> Union | None:
    """The union of that name; below `parent` if several have it."""
    found = Union.objects.filter(name=name).order_by("path")
    if parent is not None and found.count() > 1:
        found = found.within(parent.path)
    return found.first()


def _free_code(parent: Union | None) -> str:
    """The next unused code for a union that only a story names."""
    prefix = (parent.code if parent else "")[:12] + "N"
    number = 1
    while Union.objects.filter(code=f"{prefix}{number:02d}").exists():
        number += 1
    return f"{prefix}{number:02d}"
