"""Pages of a list that may be very long: what a page costs does not grow with its number.

OFFSET passes over every row before the page, and a count over all of them. So each link from a
page carries a place: a row that the next page is near to, where it stands, and how many there are.
The place is signed for exactly this query, so nobody's link shows the figures of another list, and
holds for some minutes; without one (a typed number, a new filter) rows are passed over and counted
as ever, from the nearer end. The row is named by its key: what the list is sorted by may be a name.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple, Self

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

#: So long a place is believed: the list goes on while it is looked at.
_HOLDS: Final = timedelta(minutes=10)


class Order(NamedTuple):
    """One field of an order."""

    name: str
    is_descending: bool

    def beyond(self, value: Any, *, backwards: bool, inclusive: bool = False) -> Q:
        sign = "lt" if self.is_descending != backwards else "gt"
        return Q(**{f"{self.name}__{sign}{'e' if inclusive else ''}": value})


@dataclass(frozen=True)
class Place:
    """The row with this key is number `start` of `count`, counted from 0."""

    start: int
    count: int
    key: str

    @classmethod
    def read(cls, token: str, rows: QuerySet[Any]) -> Self | None:
        """None for what is not ours, of another list, or too old."""
        try:
            start, count, key = _signer(rows).unsign(token, max_age=_HOLDS).split(".")
            return cls(int(start), int(count), str(rows.model._meta.pk.to_python(key)))
        except (BadSignature, ValueError, ValidationError):
            return None

    def token(self, rows: QuerySet[Any]) -> str:
        return _signer(rows).sign(f"{self.start}.{self.count}.{self.key}")


def _signer(rows: QuerySet[Any]) -> TimestampSigner:
    """For these conditions, this order and whoever may see these rows."""
    query = rows.values_list("pk").query.sql_with_params()
    return TimestampSigner(salt=f"list {hashlib.sha256(repr(query).encode()).hexdigest()}")


class DeepRows:
    """Ordered rows that a paginator cuts pages from: the keys of a page first, then its rows,
    because PostgreSQL works out a row's columns also for all rows that it passes over."""

    def __init__(self, rows: QuerySet[Any], *, count: int, place: Place | None = None) -> None:
        self._rows = rows
        self._count = count
        self._place = place
        #: A place was followed and the rows are not where they should be.
        self.has_moved = False
        #: What links from the page carry.
        self.near = ""

    def __getitem__(self, part: slice) -> list[Any]:
        start, stop = part.start, min(part.stop, self._count)
        keys = self._keys(start, stop)
        self.has_moved = self._place is not None and len(keys) < stop - start
        if keys and orders_of(self._rows):
            self.near = Place(start, self._count, str(keys[0])).token(self._rows)
        found = {row.pk: row for row in self._rows.order_by().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found]

    def _keys(self, start: int, stop: int) -> list[Any]:
        keys = self._rows.values_list("pk", flat=True)
        if self._place is not None and self._is_near(self._place, start, stop):
            return self._from(self._place, start, stop)
        if start <= self._count // 2:
            return list(keys[start:stop])
        return list(keys.reverse()[self._count - stop : self._count - start])[::-1]

    def _is_near(self, place: Place, start: int, stop: int) -> bool:
        """Nearer than either end, and the page lies on one side of it."""
        is_aside = start >= place.start or stop <= place.start
        return is_aside and abs(start - place.start) < min(start, self._count - stop)

    def _from(self, place: Place, start: int, stop: int) -> list[Any]:
        orders = orders_of(self._rows)
        names = [order.name for order in orders]
        values = self._rows.order_by().filter(pk=place.key).values_list(*names).first()
        if values is None:  # gone since, or not in this list any more
            return []
        backwards = start < place.start
        rows = self._rows.filter(_beyond(orders, values, backwards=backwards))
        keys = rows.values_list("pk", flat=True)
        if backwards:
            return list(keys.reverse()[place.start - stop : place.start - start])[::-1]
        return list(keys[start - place.start : stop - place.start])


def _beyond(orders: Sequence[Order], values: Sequence[Any], *, backwards: bool) -> Q:
    """Rows behind the one with these values, itself included; backwards those before it.

    The first field stands by itself, too: by it PostgreSQL finds the place in an index.
    """
    found = Q(pk__in=[])
    equal = Q()
    for order, value in zip(orders, values, strict=True):
        is_last = order is orders[-1]
        step = order.beyond(value, backwards=backwards, inclusive=is_last and not backwards)
        found |= equal & step
        equal &= Q(**{order.name: value})
    return orders[0].beyond(values[0], backwards=backwards, inclusive=True) & found


def orders_of(rows: QuerySet[Any]) -> list[Order]:
    """The fields of the order; [] where a place cannot be found by them: one may be null."""
    found = []
    for entry in rows.query.order_by:
        order = _order_of(entry)
        if order is None or may_be_null(rows.model, order.name):
            return []
        found.append(order)
    return found


def _order_of(entry: object) -> Order | None:
    if isinstance(entry, str):
        return Order(entry.removeprefix("-"), entry.startswith("-"))
    if isinstance(entry, OrderBy) and isinstance(entry.expression, F):
        return Order(entry.expression.name, entry.descending)
    return None


def may_be_null(model: type[Model], path: str) -> bool:
    """Whether a field on the path is nullable; what is not a field (an annotation) may be."""
    current: Any = model
    for name in path.split("__"):
        if name == "pk":
            return False
        try:
            field = current._meta.get_field(name)
        except (FieldDoesNotExist, AttributeError):
            return True
        if getattr(field, "null", True):
            return True
        current = field.related_model
    return False
