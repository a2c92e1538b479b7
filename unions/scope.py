"""Who sees which rows: one definition, used by every list, page, form and export.

A union's path is the codes from the root down, each closed by a slash (`110000/110101/`); its
subtree is every path with that prefix, and the closing slash keeps `32/1` from matching `32/11`.
Outside the subtree an object does not exist: views answer 404. Source: DESIGN §2, STYLE §2.
"""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from unions.models import Staff

M = TypeVar("M", bound=models.Model)


def ancestor_paths(path: str) -> list[str]:
    """Paths of the union itself and of every union above it, root first.

    >>> ancestor_paths("11/1101/")
    ['11/', '11/1101/']
    """
    codes = path.rstrip("/").split("/")
    return ["/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to a union. Views and forms begin every query with visible_to()."""

    #: ORM path from the model to unions.Union, with trailing "__"; "" on Union itself.
    union_lookup = "union__"

    def visible_to(self, staff: "Staff") -> Self:
        """Rows of the posting's union and of every union below it."""
        return self.within(staff.union.path)

    def within(self, path: str) -> Self:
        """Rows of the union with this path and of every union below it."""
        return self.filter(**{f"{self.union_lookup}path__startswith": path})
