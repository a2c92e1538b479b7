"""What an event of the log was about, in words, where that is no record: a list, nobody's account.

The log keeps ids, codes and counts only; the words come from the list as it is declared today.
"""

from typing import Any

from django.http import Http404
from django_filters import Filter, ModelChoiceFilter

from audit.models import Event
from unions.lists.conditions import SubtreeFilter
from unions.lists.listing import Listing, listing_named
from unions.object_history import kind_of

SYSTEM = "系统"
STRANGER = "未登录"
#: What the log keeps for a value that was typed.
_HIDDEN = "*"


def actor_of(event: Any) -> str:
    """The person; a command of the server is the system, and without a log-in it is nobody."""
    if event.actor_name:
        return str(event.actor_name)
    return SYSTEM if "command" in event.details else STRANGER


def subject_of(event: Any) -> str:
    """The record with its name, or the list that went out into a file."""
    if event.object_type:
        kind = kind_of(event.object_type)
        return f"{kind} {event.object_name or f'编号 {event.object_id}'}"
    if event.action in {Event.Action.EXPORT, Event.Action.IMPORT} and event.details.get("table"):
        return _list(event.details)
    failed = {Event.Action.LOG_IN_FAILED, Event.Action.LOCKED_OUT}
    return "没有这个用户名的账号" if event.action in failed and not event.actor_id else ""


def _list(details: dict[str, Any]) -> str:
    try:
        listing = listing_named(str(details["table"]))
    except Http404:
        return _sized(kind_of(str(details["table"])), details, "条")
    said = [_condition(listing, name, str(value)) for name, value in _filter(details).items()]
    words = _sized(listing.title, details, listing.table.unit)
    return f"{words}；条件：{'，'.join(said)}" if said else words


def _sized(title: str, details: dict[str, Any], unit: str) -> str:
    rows = details.get("rows")
    return f"{title}，{rows:,} {unit}" if isinstance(rows, int) else title


def _filter(details: dict[str, Any]) -> dict[str, Any]:
    kept = details.get("filter")
    return kept if isinstance(kept, dict) else {}


def _condition(listing: Listing, name: str, value: str) -> str:
    found = listing.filterset().base_filters.get(name)
    if found is None:
        return name
    label = str(found.label or name)
    words = _chosen(found, value)
    return f"{label} {words}" if words else label


def _chosen(found: Filter, value: str) -> str:
    """What was chosen; nothing of what was typed, nor of keys that mean nothing to a reader."""
    if value == _HIDDEN or isinstance(found, (ModelChoiceFilter, SubtreeFilter)):
        return ""
    choices = found.extra.get("choices", ())
    if callable(choices):
        return ""
    labels = {str(key): str(label) for key, label in choices}
    return "、".join(labels.get(part, part) for part in value.split(","))
