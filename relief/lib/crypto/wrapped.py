"""A data key that stands in the database, wrapped by the ring.

The app role may add such rows and never update them: one UPDATE would destroy every key. Two
functions of the owner do it instead, `<table>_destroy` for what was emptied before, and
`<table>_rewrap` to another ring key (docs/decisions/0011-encryption.md).
"""

from collections.abc import Collection, Iterable
from typing import Any, Self, TypeVar

from django.db import connection, models

from relief.lib.crypto.keys import ring
from relief.lib.crypto.ring import ID_LETTERS
from relief.lib.crypto.sealing import DataKey

K = TypeVar("K", bound=models.Model)


class WrappedKeyQuerySet(models.QuerySet[K]):
    def standing(self) -> Self:
        return self.filter(destroyed_at__isnull=True)

    def of_older_rings(self) -> Self:
        """Keys that another secret than the present one wraps."""
        return self.standing().exclude(ring_key=ring().current)

    def destroy(self, keys: Iterable[Any]) -> int:
        """For ever. The database refuses it for whom or what still stands; returns how many."""
        return self._call("destroy(%s::uuid[])", [list(keys)])

    def rewrap(self, rows: Collection["WrappedKey"]) -> int:
        """Wrap by the present secret; returns how many nobody else had rewrapped meanwhile."""
        for row in rows:
            row.wrap(row.unwrapped())
        keys, wrapped = [row.pk for row in rows], [row.wrapped for row in rows]
        return self._call("rewrap(%s::uuid[], %s::bytea[], %s)", [keys, wrapped, ring().current])

    def _call(self, function: str, values: list[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.model._meta.db_table}_{function}", values)
            return int(cursor.fetchone()[0])


class WrappedKey(models.Model):
    """Each row names the secret of the ring that wraps it, so `rotate_keys` knows what is left."""

    wrapped = models.BinaryField(null=True)
    ring_key = models.CharField(max_length=ID_LETTERS, blank=True, db_collation="C")

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        return f"{self._meta.db_table}.wrapped.{self.pk}"

    def unwrapped(self) -> DataKey:
        raise NotImplementedError

    def wrap(self, key: DataKey) -> None:
        self.ring_key = ring().current
        self.wrapped = ring().wrap(key, self.place)
