"""Old → new of one object, from the rows that the history triggers wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models

from relief.lib.http import whole_number
from unions.models import Staff, User
from unions.permissions import Role

_YES_NO = {True: "是", False: "否"}
LABELS = {"insert": "新建", "update": "修改", "delete": "删除"}


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One write: when, by whom (account id, None = a command), what changed."""

    at: datetime
    label: str
    user_id: int | None
    request_id: str
    fields: list[FieldChange]


def tracked_model(label: str) -> type[models.Model] | None:
    """The model with this label (`app.Model`), if its history is kept."""
    for model in apps.get_models():
        tracked = getattr(model, "pgh_tracked_model", None)
        if tracked is not None and tracked._meta.label == label:
            found: type[models.Model] = tracked
            return found
    return None


def event_model(tracked: type[models.Model]) -> Any:
    """The model of the history rows of `tracked`."""
    for model in apps.get_models():
        if getattr(model, "pgh_tracked_model", None) is tracked:
            return model
    raise LookupError(tracked._meta.label)


def is_visible(staff: Staff, model: type[models.Model], pk: str) -> bool:
    """Whether the posting may see the object: in its subtree, or an account that works there."""
    if whole_number(pk) is None:
        return False
    if model is User:
        return Staff.objects.visible_to(staff).filter(user_id=int(pk)).exists()
    queryset: Any = model._default_manager.all()
    if hasattr(queryset, "visible_to"):
        return bool(queryset.visible_to(staff).filter(pk=pk).exists())
    return staff.role == Role.AUDIT_ADMIN


def changes_of(model: type[models.Model], pk: str) -> list[Change]:
    """Every write of the object, newest first."""
    rows = list(event_model(model).objects.filter(pgh_obj_id=pk).order_by("pgh_id"))
    changes = [
        _change(model, before, after) for before, after in zip([None, *rows], rows, strict=False)
    ]
    return changes[::-1]


def _change(model: type[models.Model], before: Any, after: Any) -> Change:
    context = after.pgh_context or {}
    is_removal = after.pgh_label == "delete"
    return Change(
        at=after.pgh_created_at,
        label=LABELS.get(after.pgh_label, after.pgh_label),
        user_id=context.get("user"),
        request_id=context.get("request", ""),
        fields=[] if is_removal else list(_fields(model, before, after)),
    )


def _fields(model: type[models.Model], before: Any, after: Any) -> Iterator[FieldChange]:
    for field in model._meta.concrete_fields:
        if field.primary_key or not hasattr(after, field.attname):
            continue
        old = _shown(field, before)
        new = _shown(field, after)
        if old != new:
            yield FieldChange(str(field.verbose_name), old, new)


def _shown(field: Any, row: Any) -> str:
    """The value in words: the label of a choice, the name behind a key."""
    if row is None:
        return ""
    value = getattr(row, field.attname)
    if value is None or value == "":
        return ""
    if field.is_relation:
        target = field.related_model._default_manager.filter(pk=value).first()
        return str(target or value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _YES_NO[value] if isinstance(value, bool) else str(value)
