"""Lists: what `relief.lib.tables` does for any table, joined with who is asking.

A list view is four lines:

    rows = Staff.objects.visible_to(request.staff).with_people()
    context = list_page(request, STAFF_TABLE, rows, StaffFilter)
    return render_list(request, "unions/staff_list.html", context)

and its template includes `tables/filters.html` and, in `{% partialdef rows inline %}`,
`tables/rows.html`. Source: UX §6.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_filters import FilterSet

from relief.lib.tables import Table, TablePage
from unions import slots
from unions.access import StaffRequest
from unions.exports import export
from unions.filtering import Chip, Filtered, FilterProblem, extended, filtered
from unions.models import SavedFilter, Staff, TablePreference, User
from unions.permissions import Capability, has
from unions.scope import ancestor_paths

__all__ = ["export", "list_page", "register", "render_list", "table_named"]

#: Name of the free-text field of a filter, which gets the wide place in the filter bar.
SEARCH_FIELD = "q"

_tables: dict[str, Table] = {}


def register(table: Table) -> Table:
    """Make the table known by its name, so that columns and filters can be kept for it."""
    if _tables.setdefault(table.name, table) is not table:
        raise ValueError(f"Two tables are called {table.name}.")
    return table


def table_named(name: str) -> Table:
    """Raises Http404 for a name that no table has."""
    if name not in _tables:
        raise Http404
    return _tables[name]


class ColumnChoice(NamedTuple):
    key: str
    label: str
    is_shown: bool
    is_fixed: bool


class SavedChoice(NamedTuple):
    """One of 我的筛选. `delete_url` only for one's own."""

    name: str
    url: str
    owner: str
    delete_url: str


class Action(NamedTuple):
    """A button of the bar above a list whose rows can be ticked."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class ListPage:
    """Everything the templates of `templates/tables/` read; the context variable `list`."""

    page: TablePage
    filter: Filtered
    columns: list[ColumnChoice]
    saved: list[SavedChoice]
    columns_url: str
    save_url: str
    may_export: bool
    actions: list[Action]

    @property
    def picked_form(self) -> str:
        """Id of the form that ticked rows belong to; empty where nothing can be done with them."""
        return "picked" if self.actions else ""

    @property
    def form(self) -> forms.Form:
        return self.filter.form

    @property
    def chips(self) -> list[Chip]:
        return self.filter.chips

    @property
    def problems(self) -> list[FilterProblem]:
        return self.filter.problems

    @property
    def query(self) -> str:
        return self.filter.query

    @property
    def clear_url(self) -> str:
        return self.filter.clear_query

    @property
    def search_field(self) -> str:
        return SEARCH_FIELD if SEARCH_FIELD in self.form.fields else ""


def list_page(
    request: StaffRequest,
    table: Table,
    rows: QuerySet[Any],
    filterset_class: type[FilterSet],
) -> dict[str, Any]:
    """The context of a list: filtered, ordered, one page of it, in the user's columns."""
    if _tables.get(table.name) is not table:
        raise LookupError(f"The table {table.name} is not registered: register(Table(…)).")
    filters = extended(table.name, filterset_class)
    found = filtered(request.GET, rows, filters, request=request)
    chosen = chosen_columns(request.user, table)
    page = table.page(found.rows, request.GET, chosen)
    back = urlencode({"next": request.get_full_path()})
    shown = {column.key for column in page.columns}
    listing = ListPage(
        page=page,
        filter=found,
        columns=[
            ColumnChoice(column.key, column.label, column.key in shown, column.always)
            for column in table.columns
        ],
        saved=saved_filters(request, table),
        columns_url=f"{reverse('table-columns', args=[table.name])}?{back}",
        save_url=f"{reverse('filter-save', args=[table.name])}?{back}",
        may_export=has(request.staff, Capability.EXPORT),
        actions=bulk_actions(request.staff, table, found),
    )
    return {"list": listing}


def render_list(request: StaffRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or its partial `rows` where htmx swaps the table.

    When htmx restores a page after 后退 it wants all of it (there is no history cache).
    """
    is_partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#rows" if is_partial else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def bulk_actions(staff: Staff, table: Table, found: Filtered) -> list[Action]:
    """What higher apps offer for ticked rows, as far as the posting may."""
    return [
        Action(action.label, action.icon, f"{reverse(action.url_name)}?{found.query}")
        for action in slots.bulk_actions.items(table.name, staff)
        if not action.needs or any(has(staff, capability) for capability in action.needs)
    ]


def chosen_columns(user: User, table: Table) -> list[str]:
    kept = TablePreference.objects.filter(user=user, table=table.name).order_by("pk").first()
    return [key for key in kept.columns if isinstance(key, str)] if kept else []


def saved_filters(request: StaffRequest, table: Table) -> list[SavedChoice]:
    """One's own filters first, then those shared with the own union or with one above it."""
    back = urlencode({"next": request.path})
    mine = Q(user=request.user)
    shared = Q(shared_with__path__in=_paths(request.staff))
    found = SavedFilter.objects.filter(mine | shared, table=table.name).select_related("user")
    return [
        SavedChoice(
            name=saved.name,
            url=f"{request.path}?{saved.query}",
            owner="" if saved.user_id == request.user.pk else saved.user.full_name,
            delete_url=f"{reverse('filter-delete', args=[saved.pk])}?{back}"
            if saved.user_id == request.user.pk
            else "",
        )
        for saved in sorted(
            found.order_by("name", "pk"), key=lambda saved: saved.user_id != request.user.pk
        )
    ]


def _paths(staff: Staff | None) -> list[str]:
    return ancestor_paths(staff.union.path) if staff else []
