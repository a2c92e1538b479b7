"""What happened to one object: acts of the log and old → new of every write, request by request."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone

from relief.lib.days import day_words, moment_words
from relief.lib.history import tracked_models
from relief.lib.http import whole_number
from unions.log_names import names_of
from unions.models import Staff, User
from unions.scope import visible_events, visible_rows

#: What to call a write that no event tells about: raw SQL, a command.
WRITES = {"insert": "新建", "update": "修改", "delete": "删除"}

#: (history row, column) → what the page may say of an encrypted value.
Opener = Callable[[Any, Any], str]

#: What an entry tells of an event.
_TOLD = ("at", "actor_id", "action", "reason", "request_id")


def kind_of(object_type: str) -> str:
    """What the log calls objects of this kind; "" for none."""
    if not object_type:
        return ""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


@dataclass
class Entry:
    """Everything that one request did to the object.

    `writes` are pairs of history rows (before or None, after), oldest first.
    """

    at: datetime
    user_id: int | None
    request_id: str
    acts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    writes: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def what(self) -> str:
        labels = self.acts or [WRITES.get(after.pgh_label, "修改") for _, after in self.writes]
        return "、".join(dict.fromkeys(labels))

    @property
    def note(self) -> str:
        return f"理由：{'；'.join(self.reasons)}" if self.reasons else ""


@dataclass(frozen=True)
class TimelineItem:
    """One entry in words, as components/timeline.html shows it."""

    at: datetime
    who: str
    what: str
    note: str
    changes: list[tuple[str, str, str]]


def tracked_model(label: str) -> type[models.Model] | None:
    """The model with this label (`app.Model`), if its history is kept."""
    return next((model for model in tracked_models() if model._meta.label == label), None)


def event_model(tracked: type[models.Model]) -> Any:
    """The model of the history rows of `tracked`."""
    for model in apps.get_models():
        if getattr(model, "pgh_tracked_model", None) is tracked:
            return model
    raise LookupError(tracked._meta.label)


def visible_object(staff: Staff, model: type[models.Model], pk: str) -> Any:
    """The object, or None outside the posting's view."""
    key = _key(model, pk)
    return visible_rows(model, staff).filter(pk=key).first() if key is not None else None


def _key(model: type[models.Model], typed: str) -> Any:
    """The key as the address gives it; None for what can be none."""
    if not isinstance(model._meta.pk, models.UUIDField):
        return whole_number(typed)
    try:
        return UUID(typed)
    except ValueError:
        return None


def entries_of(staff: Staff, target: models.Model) -> list[Entry]:
    """All entries, newest first: two queries, however much happened."""
    entries: dict[Any, Entry] = {}
    rows = list(event_model(type(target)).objects.filter(pgh_obj_id=target.pk).order_by("pgh_id"))
    for before, after in zip([None, *rows], rows, strict=False):
        entry = _entry_of_write(entries, after)
        entry.writes.append((before, after))
    for event in (
        visible_events(staff).about(target._meta.label, target.pk).only(*_TOLD).order_by("id")
    ):
        key = event.request_id or event.at
        entry = entries.setdefault(key, Entry(event.at, event.actor_id, event.request_id))
        entry.acts.append(event.get_action_display())
        if event.reason:
            entry.reasons.append(event.reason)
    told = (entry for entry in entries.values() if entry.acts or _is_seen(type(target), entry))
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def in_words(
    staff: Staff,
    model: type[models.Model],
    entries: Iterable[Entry],
    *,
    opened: Opener | None = None,
) -> list[TimelineItem]:
    """The entries of one page: a query for the people, and one for each model behind a key.

    Encrypted values are only said to be there, unless the caller can open them.
    """
    entries = list(entries)
    people = dict(
        User.objects.filter(pk__in={entry.user_id for entry in entries}).values_list(
            "pk", "full_name"
        )
    )
    names = _Names(staff, model, entries)
    return [
        TimelineItem(
            at=entry.at,
            who=people.get(entry.user_id or 0, "系统"),
            what=entry.what,
            note=entry.note,
            changes=list(_changes(model, entry, names, opened)),
        )
        for entry in entries
    ]


def _entry_of_write(entries: dict[Any, Entry], after: Any) -> Entry:
    """The writes of a request stand together; those of a command by their transaction."""
    context = after.pgh_context or {}
    request_id = context.get("request") or ""
    key = request_id or after.pgh_created_at
    return entries.setdefault(key, Entry(after.pgh_created_at, context.get("user"), request_id))


def _is_seen(model: type[models.Model], entry: Entry) -> bool:
    """A new path below a union that moved is no change that a reader could see."""
    shown = [column.attname for column in _shown_fields(model)]
    return any(
        before is None
        or after.pgh_label == "delete"
        or any(getattr(before, name) != getattr(after, name) for name in shown)
        for before, after in entry.writes
    )


def _changes(
    model: type[models.Model], entry: Entry, names: "_Names", opened: Opener | None
) -> Iterator[tuple[str, str, str]]:
    """What the request changed in the end: from before its first write to after its last."""
    if not entry.writes or entry.writes[-1][1].pgh_label == "delete":
        return
    before, after = entry.writes[0][0], entry.writes[-1][1]
    for column in _shown_fields(model):
        if getattr(before, column.attname, None) != getattr(after, column.attname):
            old, new = (_value(row, column, names, opened) for row in (before, after))
            yield str(column.verbose_name), old, new


def _shown_fields(model: type[models.Model]) -> list[Any]:
    """Fields that people fill in; the rest (paths, counters) follows from them."""
    history = event_model(model)
    kept = {column.attname for column in history._meta.concrete_fields}
    return [
        column
        for column in model._meta.concrete_fields
        if (column.editable or isinstance(column, models.BinaryField))
        and not column.primary_key
        and column.attname in kept
    ]


def _value(row: Any, column: Any, names: "_Names", opened: Opener | None) -> str:
    value = getattr(row, column.attname) if row is not None else None
    if value is None or value == "":
        return ""
    if opened is not None and isinstance(value, bytes | memoryview):
        return opened(row, column)
    if column.is_relation:
        return names.of(column.related_model, value)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case datetime():
            return moment_words(timezone.localtime(value))
        case date():
            return day_words(value)
        case bytes() | memoryview():
            return "（加密保存）"
    return str(value)


class _Names:
    """Names behind the keys in the writes of some entries."""

    def __init__(self, staff: Staff, model: type[models.Model], entries: Iterable[Entry]) -> None:
        keys: dict[type[models.Model], set[Any]] = defaultdict(set)
        rows = [row for entry in entries for pair in entry.writes for row in pair if row]
        for column in _shown_fields(model):
            if column.is_relation:
                keys[column.related_model] |= {getattr(row, column.attname) for row in rows}
        self._names = {
            related: names_of(staff, related, wanted - {None}) for related, wanted in keys.items()
        }

    def of(self, related: type[models.Model], key: Any) -> str:
        return self._names[related].get(key) or f"范围外的{related._meta.verbose_name}"
