from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, QueryDict

from relief.lib.tables import Table
from unions import slots
from unions.lists.conditions import Filtered, ListFilter, filtered
from unions.models import Staff
from unions.permissions import Capability, has


@dataclass(frozen=True)
class Listing:
    """A list: its table, what its export is called, the rows a posting may see, its conditions.

    `capabilities`: one of them is needed for the list in any form, on a page, in a file, in a job.
    `export_by` is the capability that its export takes.
    """

    table: Table
    title: str
    rows: Callable[[Staff], QuerySet[Any]]
    filters: type[ListFilter]
    capabilities: tuple[Capability, ...]
    export_by: Capability = Capability.EXPORT

    @property
    def name(self) -> str:
        return self.table.name

    def found(self, staff: Staff, params: QueryDict) -> Filtered:
        """What the conditions of the query string leave, those of higher apps among them.

        Raises PermissionDenied: the role carries none of the list's capabilities.
        """
        if not any(has(staff, capability) for capability in self.capabilities):
            raise PermissionDenied("您的岗位没有看这份名单的权限。")
        return filtered(params, self.rows(staff), self.filterset(), staff=staff)

    def filterset(self) -> type[ListFilter]:
        """The conditions, with those that higher apps add."""
        added = {extra.name: extra.filter for extra in slots.list_filters.items(self.name)}
        return type(self.filters.__name__, (self.filters,), added) if added else self.filters


_listings: dict[str, Listing] = {}


def register(listing: Listing) -> Listing:
    """Make the list known by its name: columns and filters are kept for it, the worker exports it.

    The module that registers is a `views/…_table.py`: `import_listings` finds it.
    """
    if _listings.setdefault(listing.name, listing) is not listing:
        raise ValueError(f"Two lists are called {listing.name}.")
    return listing


def import_listings() -> None:
    """Import the `views/…_table.py` of every app, for the worker knows no views."""
    for config in apps.get_app_configs():
        for module in iter_modules([f"{config.path}/views"]):
            if module.name.endswith("_table"):
                import_module(f"{config.name}.views.{module.name}")


def listings() -> list[Listing]:
    return [_listings[name] for name in sorted(_listings)]


def listing_named(name: str) -> Listing:
    """Raises Http404 for a name that no list has."""
    if name not in _listings:
        raise Http404
    return _listings[name]
