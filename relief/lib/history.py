"""Row history: every insert, update and delete of a tracked model leaves a row behind.

The rows are written by triggers, so bulk and raw SQL writes leave them too, and they carry who did
it (`pgh_context`) on the row itself, so that nobody can rewrite the actor later.
Source: SECURITY §2.7, DESIGN §8.2 (docs/decisions/0004-audit.md).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

import pghistory
import pgtrigger
from django.apps import apps
from django.db import models

from relief.lib.triggers import AppendOnly, DeleteEvent, InsertEvent, NoTruncate, UpdateEvent

M = TypeVar("M", bound=type[models.Model])


def tracked(
    *, exclude: tuple[str, ...] = (), noticed: tuple[str, ...] = (), is_new_told: bool = True
) -> Callable[[M], M]:
    """Class decorator: keep the history of the model in `<Model>Event`.

    Of fields in `exclude` nothing is kept; a change of one that is also in `noticed` leaves a row.
    Without `is_new_told` a new row leaves none: it comes with another one that does.
    """

    def decorate(model: M) -> M:
        name = f"{model.__name__}Event"
        track = pghistory.track(
            *([InsertEvent()] if is_new_told else []),
            UpdateEvent(condition=_change_of(model, exclude, noticed)),
            DeleteEvent(),
            exclude=list(exclude),
            model_name=name,
            append_only=False,
            context_field=pghistory.ContextJSONField(),
            context_id_field=pghistory.ContextUUIDField(),
            obj_field=pghistory.ObjForeignKey(
                related_name="+", related_query_name="+", db_index=True
            ),
            meta={"triggers": [AppendOnly(), NoTruncate()]},
        )
        tracked_model: M = track(model)
        return tracked_model

    return decorate


def tracked_models() -> list[type[models.Model]]:
    """Every model whose history is kept."""
    return [
        model.pgh_tracked_model
        for model in apps.get_models()
        if hasattr(model, "pgh_tracked_model")
    ]


def _change_of(
    model: type[models.Model], exclude: tuple[str, ...], noticed: tuple[str, ...]
) -> pgtrigger.Condition:
    kept = [field.name for field in model._meta.concrete_fields if field.name not in exclude]
    return pgtrigger.AnyChange(*kept, *noticed)


@dataclass(frozen=True)
class Origin:
    """Who works in which posting, in which request or job, from which address."""

    user_id: int | None = None
    staff_id: int | None = None
    request_id: str = ""
    address: str | None = None


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    """Where what is done now comes from, so that services need not carry it; nowhere: a command."""
    return _origin.get()


@contextmanager
def acting(
    *, user_id: int | None, staff_id: int | None, request_id: str, address: str | None = None
) -> Iterator[None]:
    """Everything done inside has this origin, in its history rows as in its audit events."""
    token = _origin.set(Origin(user_id, staff_id, request_id, address))
    try:
        with pghistory.context(user=user_id, staff=staff_id, request=request_id):
            yield
    finally:
        _origin.reset(token)
