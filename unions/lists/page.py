"""One page of a list: filtered, ordered, in the person's columns, with what may be done with it."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from relief.lib.tables import Table, TablePage
from unions import slots
from unions.access import StaffRequest
from unions.lists.conditions import SEARCH_FIELD, Chip, Filtered, FilterProblem
from unions.lists.listing import Listing, listing_named
from unions.models import SavedFilter, Staff, TablePreference
from unions.permissions import has

#: A table with more columns is printed on a sheet that lies across.
UPRIGHT_COLUMNS = 8
#: So few fields of a filter fit a phone.
FEW_FIELDS = 2


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
    def is_wide(self) -> bool:
        return len(self.page.columns) > UPRIGHT_COLUMNS

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
    def first_field(self) -> str:
        """Of a filter with many fields, the one that a phone shows before it is unfolded."""
        fields = self.form.fields
        if len(fields) <= FEW_FIELDS:
            return ""
        return self.search_field or next(iter(fields))

    @property
    def is_open(self) -> bool:
        """A condition that holds, or that was not understood, is never folded away."""
        said = {*self.filter.conditions, *self.form.errors}
        return bool(said - {self.first_field})

    @property
    def search_field(self) -> str:
        return SEARCH_FIELD if SEARCH_FIELD in self.form.fields else ""


def list_page(request: StaffRequest, listing: Listing) -> dict[str, Any]:
    """The context of a list's page."""
    table = listing_named(listing.name).table
    found = listing.found(request.staff, request.GET)
    chosen = TablePreference.objects.columns_of(request.user, table.name)
    page = table.page(found.rows, request.GET, chosen)
    back = urlencode({"next": request.get_full_path()})
    return {
        "list": ListPage(
            page=page,
            filter=found,
            columns=_column_choices(page),
            saved=_saved_choices(request, table),
            columns_url=f"{reverse('table-columns', args=[table.name])}?{back}",
            save_url=f"{reverse('filter-save', args=[table.name])}?{back}",
            may_export=has(request.staff, listing_named(listing.name).export_by),
            actions=_bulk_actions(request.staff, table, found),
        )
    }


def _column_choices(page: TablePage) -> list[ColumnChoice]:
    shown = {column.key for column in page.columns}
    return [
        ColumnChoice(column.key, column.label, column.key in shown, column.always)
        for column in page.table.columns
    ]


def _bulk_actions(staff: Staff, table: Table, found: Filtered) -> list[Action]:
    """What higher apps offer for ticked rows, as far as the posting may."""
    return [
        Action(action.label, action.icon, f"{reverse(action.url_name)}?{found.query}")
        for action in slots.bulk_actions.items(table.name, staff)
        if not action.needs or any(has(staff, capability) for capability in action.needs)
    ]


def _saved_choices(request: StaffRequest, table: Table) -> list[SavedChoice]:
    """One's own filters first, then those shared with the own union or with one above it."""
    back = urlencode({"next": request.path})
    found = SavedFilter.objects.visible_to(request.staff).filter(table=table.name)
    choices = [
        _saved_choice(request, saved, back)
        for saved in found.select_related("user").order_by("name", "pk")
    ]
    return sorted(choices, key=lambda choice: bool(choice.owner))


def _saved_choice(request: StaffRequest, saved: SavedFilter, back: str) -> SavedChoice:
    is_own = saved.user_id == request.user.pk
    return SavedChoice(
        name=saved.name,
        url=f"{request.path}?{saved.query}",
        owner="" if is_own else saved.user.full_name,
        delete_url=f"{reverse('filter-delete', args=[saved.pk])}?{back}" if is_own else "",
    )
