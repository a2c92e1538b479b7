"""Row history: every insert, update and delete of a tracked model leaves a row behind.

The rows are written by triggers, so bulk and raw SQL writes leave them too, and they carry who did
it (`pgh_context`) on the row itself, so that nobody can rewrite the actor later.
Source: SECURITY §2.7, DESIGN §8.2 (docs/decisions/0004-audit.md).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models

from relief.lib.triggers import AppendOnly, DeleteEvent, InsertEvent, NoTruncate, UpdateEvent

M = TypeVar("M", bound=type[models.Model])


def tracked(*, exclude: tuple[str, ...] = (), noticed: tuple[str, ...] = ()) -> Callable[[M], M]:
    """Class decorator: keep the history of the model in `<Model>Event`.

    Of fields in `exclude` nothing is kept; a change of one that is also in `noticed` leaves a row.
    """

    def decorate(model: M) -> M:
        name = f"{model.__name__}Event"
        track = pghistory.track(
            InsertEvent(),
            UpdateEvent(condition=_change_of(model, exclude, noticed)),
            DeleteEvent(),
            exclude=list(exclude),
            model_name=name,
            append_only=False,
            context_field=pghistory.ContextJSONField(),
            context_id_field=pghistory.ContextUUIDField(),
            obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+"),
            meta={"triggers": [AppendOnly(), NoTruncate()]},
        )
        tracked_model: M = track(model)
        return tracked_model

    return decorate


def _change_of(
    model: type[models.Model], exclude: tuple[str, ...], noticed: tuple[str, ...]
) -> pgtrigger.Condition:
    kept = [field.name for field in model._meta.concrete_fields if field.name not in exclude]
    return pgtrigger.AnyChange(*kept, *noticed)


@contextmanager
def acting(*, user_id: int | None, staff_id: int | None, request_id: str) -> Iterator[None]:
    """Everything written inside carries this actor in its history rows."""
    with pghistory.context(user=user_id, staff=staff_id, request=request_id):
        yield
