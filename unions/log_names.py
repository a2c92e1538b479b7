"""The names behind the ids of the log: an event never holds one, so they are looked up to be shown.

What the posting may not see keeps its number.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import (
    Case,
    CharField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast

from audit.models import EventQuerySet
from unions import slots
from unions.models import Staff, Union, User
from unions.scope import may_read, visible_accounts, visible_rows
from unions.slots import NamedRows

#: A key that can be cast; one odd row must not take the log away.
_WHOLE_NUMBER = r"^[0-9]{1,18}$"
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def own_names(staff: Staff) -> Iterator[NamedRows]:
    yield NamedRows(Union.objects.visible_to(staff), "name")
    yield NamedRows(Staff.objects.visible_to(staff), "user__full_name")
    yield NamedRows(visible_accounts(staff), "full_name")


def with_names(events: EventQuerySet, staff: Staff) -> EventQuerySet:
    """Adds `actor_name` and `object_name`; empty where there is none, or none to be seen.

    `is_readable`: the kind of object is one whose records the posting may read.
    """
    actor = User.objects.filter(pk=OuterRef("actor_id")).values("full_name")[:1]
    names = Case(
        *(_name_of(named) for named in _named_rows(staff)),
        default=Value(""),
        output_field=CharField(),
    )
    unread = [model._meta.label for model in apps.get_models() if not may_read(model, staff)]
    return events.annotate(
        actor_name=Subquery(actor), object_name=names, is_readable=~Q(object_type__in=unread)
    )


def about_named(staff: Staff, text: str) -> Q:
    """Events about what is called so, as far as the posting may see it."""
    found = Q(pk__in=[])
    for named in _named_rows(staff):
        rows = named.rows.filter(**{f"{named.name}__icontains": text})
        keys = rows.order_by().annotate(log_key=Cast("pk", CharField())).values("log_key")
        found |= Q(object_type=named.label, object_id__in=keys)
    return found


def names_of(staff: Staff, model: type[Any], keys: Iterable[Any]) -> dict[Any, str]:
    """Key → name of the rows that the posting may see."""
    for named in _named_rows(staff):
        if named.rows.model is model:
            return dict(named.rows.filter(pk__in=keys).values_list("pk", named.name))
    rows: QuerySet[Any] = visible_rows(model, staff).filter(pk__in=keys)
    return {row.pk: str(row) for row in rows}


def heading_of(staff: Staff, target: Any) -> str:
    """What the page of one object is called; its number where the posting may not see a name."""
    for named in _named_rows(staff):
        if named.rows.model is type(target) and not named.rows.filter(pk=target.pk).exists():
            return f"编号 {target.pk}"
    return str(target)


def _named_rows(staff: Staff) -> list[NamedRows]:
    return [rows for rows in slots.log_names.items(staff) if may_read(rows.rows.model, staff)]


def _name_of(named: NamedRows) -> When:
    key = named.rows.model._meta.pk
    shape = _UUID if isinstance(key, UUIDField) else _WHOLE_NUMBER
    rows = named.rows.order_by().filter(pk=Cast(OuterRef("object_id"), key))
    name = rows.annotate(log_name=F(named.name)).values("log_name")[:1]
    return When(object_type=named.label, object_id__regex=shape, then=Subquery(name))
