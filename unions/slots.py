"""Where higher apps add to the pages of this one (DESIGN §8.11)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import Filter

from relief.lib.slots import Hook, Slot
from unions.models import Staff, Union
from unions.permissions import Capability


@dataclass(frozen=True)
class NavigationItem:
    """One line of the side navigation; shown to postings with one of the capabilities."""

    label: str
    url_name: str
    icon: str
    group: int = 1
    needs: tuple[Capability, ...] = ()
    count: int = 0
    #: It stays marked on every page below its own address, and below these.
    also_below: tuple[str, ...] = ()
    on_phone: bool = False


@dataclass(frozen=True)
class CampaignLink:
    """One campaign of the switch."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Task:
    """One step of the landing page's task list (P2)."""

    label: str
    url: str
    state: str  # todo, doing, done, blocked
    note: str = ""
    due: date | None = None
    who: str = ""


@dataclass(frozen=True)
class Figure:
    """One number of the landing page; it leads to the list that it counts."""

    label: str
    number: int
    unit: str
    note: str
    url: str


@dataclass(frozen=True)
class Shortcut:
    """Where somebody of this role often begins; shown to postings with one of the capabilities."""

    label: str
    note: str
    url_name: str
    icon: str
    needs: tuple[Capability, ...]


@dataclass(frozen=True)
class Panel:
    """A block of a page, rendered from a template of the app that gives it."""

    title: str
    template: str
    context: dict[str, object]


@dataclass(frozen=True)
class OpenWork:
    """Work that waits for a posting, as counted for 移交工作."""

    label: str
    count: int


@dataclass(frozen=True)
class BulkAction:
    """Something that can be done with the ticked rows of a list.

    Its view gets a POST with `picked` (keys of the ticked rows) and `scope` (`page` or `all`); the
    filter of the list stands in the query string, so that `all` means all rows that were found.
    """

    label: str
    url_name: str
    icon: str = "arrow-right"
    needs: tuple[Capability, ...] = ()


@dataclass(frozen=True)
class ListFilter:
    """One more condition of a list: a django-filter Filter under a name of its own."""

    name: str
    filter: Filter


@dataclass(frozen=True)
class NamedRows:
    """Rows that a posting may see, and the field by which the log calls them."""

    rows: QuerySet[Any]
    name: str

    @property
    def label(self) -> str:
        return str(self.rows.model._meta.label)


@dataclass(frozen=True)
class SearchHit:
    """One answer of the shared typeahead."""

    label: str
    note: str
    url: str


#: (staff) → items of the side navigation.
navigation: Slot[[Staff], NavigationItem] = Slot("navigation")
#: (request) → campaigns of the switch in the top bar.
campaigns: Slot[[HttpRequest], CampaignLink] = Slot("campaigns")
#: (staff) → what waits for this posting.
tasks: Slot[[Staff], Task] = Slot("tasks")
#: (staff) → numbers of the landing page.
figures: Slot[[Staff], Figure] = Slot("figures")
#: (staff) → where to begin, on the landing page.
shortcuts: Slot[[Staff], Shortcut] = Slot("shortcuts")
#: (staff, union) → panels on the page of a union.
union_panels: Slot[[Staff, Union], Panel] = Slot("union-panels")
#: (name of the table) → more filters of that list.
list_filters: Slot[[str], ListFilter] = Slot("list-filters")
#: (name of the table, staff) → what can be done with its ticked rows.
bulk_actions: Slot[[str, Staff], BulkAction] = Slot("bulk-actions")
#: (staff, text) → answers of the typeahead.
search: Slot[[Staff, str], SearchHit] = Slot("search")
#: (staff) → what the log calls by name, one for each model.
log_names: Slot[[Staff], NamedRows] = Slot("log-names")
#: (posting) → open work of a posting that somebody leaves.
open_work: Slot[[Staff], OpenWork] = Slot("open-work")
#: (from, to) → hands one kind of that work over; run inside the transaction of `hand_over`.
hand_over: Hook[[Staff, Staff], OpenWork] = Hook("hand-over")
