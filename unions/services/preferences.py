"""How a person likes a list: its columns, and filters kept under a name."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from unions.models import SavedFilter, TablePreference, Union, User


@transaction.atomic
def choose_columns(*, by: User, table: str, columns: Sequence[str]) -> None:
    """Keep the columns a person wants to see; none = the table's own choice again."""
    if not columns:
        TablePreference.objects.filter(user=by, table=table).delete()
        return
    TablePreference.objects.update_or_create(
        user=by, table=table, defaults={"columns": list(columns)}
    )


@transaction.atomic
def save_filter(
    *, by: User, table: str, name: str, query: str, shared_with: Union | None = None
) -> SavedFilter:
    """Keep a filter under a name; a name used before gets the new filter.

    `shared_with` is a union the person works for: it and everything below it will see the filter.
    Raises ValidationError: too_many_filters.
    """
    own = SavedFilter.objects.of(by)
    saved = own.filter(table=table, name=name).first()
    if saved is None:
        if own.count() >= SavedFilter.MOST:
            raise ValidationError(
                f"每人最多保存 {SavedFilter.MOST} 个筛选，请先删掉不用的。", code="too_many_filters"
            )
        saved = SavedFilter(user=by, table=table, name=name)
    saved.query = query
    saved.shared_with = shared_with
    saved.full_clean()
    saved.save()
    return saved


@transaction.atomic
def delete_filter(*, by: User, saved: SavedFilter) -> None:
    """Drop one's own filter, for those too it was shared with."""
    SavedFilter.objects.of(by).filter(pk=saved.pk).delete()
