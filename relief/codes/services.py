"""Bringing the lists of `fixtures/codes` into the database."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from relief.codes.models import Code, CodeList

_FIELDS = (
    "name",
    "generation",
    "parent_id",
    "position",
    "aliases",
    "source",
    "closed_on",
    "replaced_by_id",
)

_COLUMNS = [name.removesuffix("_id") for name in _FIELDS]


@dataclass
class LoadResult:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Keys that were changed in this system and are left as they are.
    local: list[str] = field(default_factory=list)
    #: Keys in the database that no file has (any more); nothing is ever deleted.
    unknown: list[str] = field(default_factory=list)


def codes_folder() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "codes"


@transaction.atomic
def load_codes(folder: Path) -> LoadResult:
    """Add and update every list of the folder; a second call changes nothing.

    Codes stay when a file no longer has them: other rows may hold their keys.
    """
    result = LoadResult()
    wanted: dict[str, Code] = {}
    for path in sorted(folder.glob("*.json")):
        wanted |= _read(path)
    present = {code.pk: code for code in Code.objects.select_for_update().order_by("pk")}
    added = [code for key, code in wanted.items() if key not in present]
    changed = _changed(wanted, present, result)
    # Foreign keys are checked at the end, so a list may name its parents in any order.
    Code.objects.bulk_create(added)
    Code.objects.bulk_update(changed, _COLUMNS)
    result.added, result.changed = len(added), len(changed)
    result.unchanged = len(wanted) - len(added) - len(changed) - len(result.local)
    result.unknown = sorted(present.keys() - wanted.keys())
    return result


def _read(path: Path) -> dict[str, Code]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    key = content["key"]
    CodeList.objects.update_or_create(
        key=key, defaults={"name": content["name"], "source": content["source"]}
    )
    return {
        f"{key}:{entry['code']}": _code(key, position, entry)
        for position, entry in enumerate(content["codes"], start=1)
    }


def _code(list_key: str, position: int, entry: dict[str, Any]) -> Code:
    def other(name: str) -> str | None:
        return f"{list_key}:{entry[name]}" if name in entry else None

    return Code(
        key=f"{list_key}:{entry['code']}",
        list_id=list_key,
        code=entry["code"],
        name=entry["name"],
        generation=entry.get("generation", Code.Generation.ANY),
        parent_id=other("parent"),
        position=position,
        aliases=entry.get("aliases", []),
        source=entry.get("source", ""),
        closed_on=date.fromisoformat(entry["closed_on"]) if "closed_on" in entry else None,
        replaced_by_id=other("replaced_by"),
    )


def _changed(wanted: dict[str, Code], present: dict[str, Code], result: LoadResult) -> list[Code]:
    """The codes that say something else in the database, without those changed by hand."""
    changed = []
    for key in wanted.keys() & present.keys():
        if present[key].is_local:
            result.local.append(key)
        elif any(getattr(wanted[key], name) != getattr(present[key], name) for name in _FIELDS):
            changed.append(wanted[key])
    result.local.sort()
    return changed
