"""The ticked rows of a list, as its bar of acts posts them (`unions.slots.BulkAction`)."""

from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict

from unions.lists.conditions import Filtered

PICKED: Final = "picked"
SCOPE: Final = "scope"
#: What SCOPE says when all rows that were found are meant; nothing else means that.
ALL: Final = "all"
NOTHING_PICKED: Final = "还没有勾选，或者没有选是“勾选的”还是“全部”。请选好再办。"


def picked_from(posted: QueryDict) -> tuple[str, ...] | None:
    """The keys that were ticked; None when all rows that were found are meant.

    A post that does not say which of the two it means, means nothing.
    """
    scope = posted.get(SCOPE)
    if scope == ALL:
        return None
    return tuple(dict.fromkeys(posted.getlist(PICKED))) if scope == "page" else ()


def narrowed(found: Filtered, picked: tuple[str, ...] | None) -> Filtered:
    """What was found, or of that only what was ticked."""
    return found if picked is None else replace(found, rows=only(found.rows, picked))


def only(rows: QuerySet[Any], picked: tuple[str, ...]) -> QuerySet[Any]:
    """Those of the rows that have one of the keys; what can be no key is none."""
    return rows.filter(pk__in=[key for text in picked if (key := _key(rows, text)) is not None])


def _key(rows: QuerySet[Any], text: str) -> Any:
    field: Any = rows.model._meta.pk
    try:
        return field.clean(text, None)
    except ValidationError:
        return None
