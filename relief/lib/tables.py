"""A declared table: columns, order, pages and totals of a list. Knows no request and no user.

What is asked for stands in the query string (`sort`, `page`, `size`), so a list can be shared by
its address; what is asked for wrongly falls back to the default. Source: UX §6.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Model, QuerySet, Sum
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils import timezone

from relief.lib.days import day_words, moment_words
from relief.lib.deep_pages import DeepRows, Place, may_be_null
from relief.lib.money import format_money

SORT: Final = "sort"
PAGE: Final = "page"
SIZE: Final = "size"
#: Where the page that the link stands on is; see `relief.lib.deep_pages`.
NEAR: Final = "near"
PAGE_SIZES: Final = (20, 50, 100, 200)
#: What belongs to the table and not to the filter.
PARAMETERS: Final = frozenset({SORT, PAGE, SIZE, NEAR})

_NUMERIC: Final = frozenset({"number", "money"})
_DAYS: Final = frozenset({"date", "datetime"})
#: A `code` is short and never broken into two lines: a tail, a year, a file number.
_KINDS: Final = _NUMERIC | _DAYS | {"text", "tag", "code"}


class Tag(NamedTuple):
    """The value of a `tag` column that wants a colour: ok, warn, err, info, gold, mute."""

    text: str
    kind: str = "mute"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Column:
    """One column.

    `value` is a callable of the row, or a path of attributes (`user.full_name`; callables on the
    way are called); without it the key is the path. `order_by` names fields; empty: not sortable.
    `always` cannot be hidden; `default` is shown until the user chooses. A `total` ("sum" or
    "count") runs over the whole filtered set and needs a path or `order_by` that is a field.
    `mark` is a tag beside the text, for what must be known about a row; exports leave it out.
    """

    key: str
    label: str
    value: Callable[[Any], Any] | str = ""
    order_by: tuple[str, ...] = ()
    align: str = ""
    always: bool = False
    default: bool = True
    total: str | None = None
    kind: str = "text"
    export: bool = True
    link: Callable[[Any], str] | None = None
    mark: Callable[[Any], Tag | None] | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS or self.total not in {None, "sum", "count"}:
            raise ValueError(f"Column {self.key}: unknown kind or total.")
        if self.total and not self.field:
            raise ValueError(f"Column {self.key}: a total needs a field.")

    @property
    def is_number(self) -> bool:
        return self.align == "end" or (not self.align and self.kind in _NUMERIC)

    @property
    def css(self) -> str:
        if self.is_number:
            return "is-number"
        if self.kind == "code":
            return "is-code"
        return "is-day" if self.kind in _DAYS else ""

    @property
    def field(self) -> str:
        """The field behind the column, for totals."""
        if isinstance(self.value, str):
            return (self.value or self.key).replace(".", "__")
        return self.order_by[0].removeprefix("-") if self.order_by else ""

    def value_of(self, row: object) -> Any:
        """The value itself: typed for an export."""
        if not isinstance(self.value, str):
            return self.value(row)
        for name in (self.value or self.key).split("."):
            row = getattr(row, name) if row is not None else None
            row = row() if callable(row) else row
        return row

    def words(self, value: Any) -> str:
        """The value as a list shows it."""
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        return _WORDS.get(self.kind, str)(value)


def _number_words(value: Decimal | int) -> str:
    return f"{value:,}"


def _moment_words(value: datetime) -> str:
    return moment_words(timezone.localtime(value) if timezone.is_aware(value) else value)


def _day_words(value: date) -> str:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return day_words(timezone.localtime(value))
    return day_words(value)


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "number": _number_words,
    "money": format_money,
    "date": _day_words,
    "datetime": _moment_words,
}


@dataclass(frozen=True)
class Cell:
    column: Column
    value: Any
    text: str
    url: str
    mark: Tag | None = None

    @property
    def tag_kind(self) -> str:
        return self.value.kind if isinstance(self.value, Tag) else "mute"


@dataclass(frozen=True)
class Row:
    object: Any
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Head:
    """One head cell. `state` is what `aria-sort` says; `query` sorts by it, the other way next."""

    column: Column
    state: str
    query: str


@dataclass(frozen=True)
class TablePage:
    """What a template needs of one page of a table."""

    table: "Table"
    columns: tuple[Column, ...]
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    #: One per visible column, over the whole filtered set; empty where nothing is totalled.
    totals: tuple[str, ...]
    page: Page[Any]
    sort: str
    params: QueryDict

    @property
    def count(self) -> int:
        return self.page.paginator.count

    @property
    def has_totals(self) -> bool:
        return any(self.totals)

    def query(self, **changes: str | int) -> str:
        return query_with(self.params, **changes)


class _Counted(Paginator[Any]):
    """A paginator that was told the count."""

    @property
    def near(self) -> str:
        """What links to other pages carry, "" where they need nothing."""
        return self.object_list.near if isinstance(self.object_list, DeepRows) else ""

    def __init__(self, rows: Any, size: int, *, count: int) -> None:
        self._count = count
        super().__init__(rows, size)

    @cached_property
    def count(self) -> int:
        return self._count


@dataclass(frozen=True)
class Table:
    """A list as it is declared once, beside its view. `unit` is the counter: 人, 户, 家, 条."""

    name: str
    columns: tuple[Column, ...]
    default_order: tuple[str, ...]
    page_size: int = 50
    unit: str = "条"
    #: May have 100,000 rows: what a page costs does not grow with its number.
    is_deep: bool = False

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys):
            raise ValueError(f"Table {self.name}: a column key twice.")

    def visible(self, chosen: Collection[str] = ()) -> tuple[Column, ...]:
        """The columns a user has chosen, in the table's own order; unknown keys are passed over."""
        known = set(chosen) & {column.key for column in self.columns}
        if not known:
            return tuple(column for column in self.columns if column.always or column.default)
        return tuple(column for column in self.columns if column.always or column.key in known)

    def sort_of(self, params: QueryDict) -> str:
        """The `sort` that is asked for, or "" where the table has no such order."""
        asked = params.get(SORT, "")
        key = asked.removeprefix("-")
        sortable = any(column.key == key and column.order_by for column in self.columns)
        return asked if sortable else ""

    def ordered(self, rows: QuerySet[Any], params: QueryDict) -> QuerySet[Any]:
        """In the order asked for, made total by the primary key: no row on two pages or on none."""
        sort = self.sort_of(params)
        if not sort:
            return rows.order_by(*_total(self.default_order))
        column = next(column for column in self.columns if column.key == sort.removeprefix("-"))
        fields = _total(column.order_by)
        return rows.order_by(*(_order(rows.model, field, flip=sort[0] == "-") for field in fields))

    def page(
        self, rows: QuerySet[Any], params: QueryDict, chosen: Collection[str] = ()
    ) -> TablePage:
        """One page of the filtered rows: two queries, however many rows there are."""
        columns = self.visible(chosen)
        ordered = self.ordered(rows, params)
        token = params.get(NEAR, "")
        place = Place.read(token, ordered) if self.is_deep and token else None
        sums = self._totals(rows, columns, place)
        page = self._cut(ordered, params, sums["count"], place)
        if place and getattr(page.paginator.object_list, "has_moved", False):
            sums = self._totals(rows, columns)
            page = self._cut(ordered, params, sums["count"])
        sort = self.sort_of(params)
        return TablePage(
            table=self,
            columns=columns,
            heads=tuple(_head(column, sort, params) for column in columns),
            rows=tuple(_row(found, columns) for found in page),
            totals=tuple(_total_words(column, sums) for column in columns),
            page=page,
            sort=sort,
            params=params,
        )

    def _cut(
        self, ordered: QuerySet[Any], params: QueryDict, count: int, place: Place | None = None
    ) -> Page[Any]:
        """The page that was asked for, and its rows."""
        rows = DeepRows(ordered, count=count, place=place) if self.is_deep else ordered
        paginator = _Counted(rows, page_size(params, self.page_size), count=count)
        return paginator.get_page(params.get(PAGE))

    def _totals(
        self, rows: QuerySet[Any], columns: Sequence[Column], place: Place | None = None
    ) -> dict[str, Any]:
        """The count and every total of the whole set, in one query."""
        asked = {
            f"total_{column.key}": (Sum if column.total == "sum" else Count)(column.field)
            for column in columns
            if column.total
        }
        if place and not asked:
            return {"count": place.count}
        if not asked:  # Django drops annotations and joins that nothing needs from a plain count
            return {"count": rows.count()}
        return rows.order_by().aggregate(count=Count("pk"), **asked)


def page_size(params: QueryDict, default: int) -> int:
    """How many rows a page was asked to hold, if that is on offer."""
    asked = params.get(SIZE, "")
    return int(asked) if asked in map(str, PAGE_SIZES) else default


def page_of(
    rows: QuerySet[Any] | Sequence[Any], params: QueryDict, *, size: int = PAGE_SIZES[0]
) -> Page[Any]:
    """The page that was asked for, of rows that are shown otherwise than in a declared table."""
    return Paginator(rows, page_size(params, size)).get_page(params.get(PAGE))


def sort_link(params: QueryDict, key: str, *, sort: str) -> tuple[str, str]:
    """What `aria-sort` says of a column in this order, and the query that sorts by it next."""
    state = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    return state, query_with(params, **{SORT: f"-{key}" if sort == key else key})


def query_with(params: QueryDict, **changes: str | int) -> str:
    """The query string with some values changed, all others kept; a change starts at page 1."""
    query = params.copy()
    query.pop(NEAR, None)
    if PAGE not in changes:
        query.pop(PAGE, None)
    for name, value in changes.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"


def query_without(params: QueryDict, names: Collection[str]) -> str:
    """The query string without some parameters, at page 1."""
    query = params.copy()
    for name in (*names, PAGE, NEAR):
        query.pop(name, None)
    return f"?{query.urlencode()}"


def _total(fields: Sequence[str]) -> Iterator[str]:
    yield from fields
    if not {"pk", "-pk", "id", "-id"} & set(fields):
        yield "pk"


def _order(model: type[Model], field: str, *, flip: bool) -> OrderBy:
    """Rows without a value come last either way."""
    name = field.removeprefix("-")
    descending = (field != name) != flip
    # Said only where it matters: an index serves a descending order without NULLS LAST.
    nulls_last = True if descending and may_be_null(model, name) else None
    return OrderBy(F(name), descending=descending, nulls_last=nulls_last)


def _head(column: Column, sort: str, params: QueryDict) -> Head:
    if not column.order_by:
        return Head(column, "", "")
    return Head(column, *sort_link(params, column.key, sort=sort))


def _row(found: Any, columns: Sequence[Column]) -> Row:
    return Row(found, tuple(_cell(found, column) for column in columns))


def _cell(found: Any, column: Column) -> Cell:
    value = column.value_of(found)
    url = column.link(found) if column.link else ""
    mark = column.mark(found) if column.mark else None
    return Cell(column, value, column.words(value), url, mark)


def _total_words(column: Column, sums: dict[str, Any]) -> str:
    if not column.total:
        return ""
    value = sums[f"total_{column.key}"] or 0
    return column.words(value) if column.total == "sum" else _number_words(value)
