"""Sealed columns of a model: explicit, so that no list ever decrypts by accident.

Reading the attribute gives ciphertext. Only `seal` and `unseal` know the text, and both want the
key of the person whom the row is about, which stands in another table.
"""

from functools import cache
from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from relief.lib.crypto.sealing import DataKey


class SealedField(models.BinaryField[bytes | None, bytes | None]):
    """Ciphertext; it can be neither searched nor compared, only be there or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True} | kwargs)

    def get_lookup(self, lookup_name: str) -> Any:
        # df is "is distinct from": how a history trigger sees that a column changed.
        if lookup_name not in {"isnull", "df"}:
            raise FieldError(f"{self.name} is sealed: search its blind index.")
        return super().get_lookup(lookup_name)

    def place(self, row: models.Model) -> str:
        return self.place_of(row.pk)

    def place_of(self, pk: object) -> str:
        """What the ciphertext is bound to; so the key of a row is made before its values."""
        return f"{_place_in_table(self.model, self.name)}{pk}"


class SealedRow(models.Model):
    """A row with sealed columns. Its key is a UUID made in Python, known before the insert."""

    class Meta:
        abstract = True

    def seal(self, key: DataKey, **texts: str) -> None:
        """Put the texts into their columns; an empty one empties the column."""
        row = str(self.pk)
        for name, text in texts.items():
            table = _place_in_table(type(self), name)
            setattr(self, name, key.seal(text.encode(), table + row) if text else None)

    def unseal(self, key: DataKey, name: str) -> str:
        """The text of the column, "" when it is empty. Raises SealError."""
        sealed = getattr(self, name)
        return (
            ""
            if sealed is None
            else key.open(sealed, _place_in_table(type(self), name) + str(self.pk)).decode()
        )


@cache
def _place_in_table(model: type[models.Model], name: str) -> str:
    field = sealed_field(model, name)
    return f"{field.model._meta.db_table}.{field.column}."


def sealed_names(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def sealed_field(model: type[models.Model] | models.Model, name: str) -> SealedField:
    field = model._meta.get_field(name)
    if not isinstance(field, SealedField):
        raise FieldError(f"{name} is not sealed.")
    return field
