"""A data key that stands in the database, wrapped by the ring."""

from django.db import models

from relief.lib.crypto.keys import ring
from relief.lib.crypto.ring import ID_LETTERS
from relief.lib.crypto.sealing import DataKey


class WrappedKey(models.Model):
    """Each row names the secret of the ring that wraps it, so `rotate_keys` knows what is left."""

    wrapped = models.BinaryField(null=True)
    ring_key = models.CharField(max_length=ID_LETTERS, blank=True, db_collation="C")

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        return f"{self._meta.db_table}.wrapped.{self.pk}"

    def wrap(self, key: DataKey) -> None:
        self.ring_key = ring().current
        self.wrapped = ring().wrap(key, self.place)
