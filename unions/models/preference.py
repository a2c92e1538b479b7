from typing import Self

from django.db import models
from django.db.models import Q

from unions.models.staff import Staff
from unions.models.union import Union
from unions.models.user import User
from unions.scope import ancestor_paths


class TablePreferenceQuerySet(models.QuerySet["TablePreference"]):
    def columns_of(self, user: User, table: str) -> list[str]:
        """Keys of the columns the person has chosen; empty = the table's own choice."""
        kept = self.filter(user=user, table=table).order_by("pk").first()
        return [key for key in kept.columns if isinstance(key, str)] if kept else []


class TablePreference(models.Model):
    """The columns a person has chosen for one table."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")  # a habit, not a record
    table = models.CharField(max_length=40)
    columns = models.JSONField(default=list)

    objects = TablePreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "表格列设置"
        verbose_name_plural = "表格列设置"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "table"],
                name="unions_tablepreference_once",
                violation_error_message="这张表已经有列设置。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.table}"


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def visible_to(self, staff: Staff) -> Self:
        """One's own, and those shared with the posting's union or with one above it."""
        shared = Q(shared_with__path__in=ancestor_paths(staff.union.path))
        return self.filter(Q(user=staff.user_id) | shared)


class SavedFilter(models.Model):
    """A named query string of one table (我的筛选), which may be shared with the union."""

    #: Per person, over all lists: more than anybody finds again.
    MOST = 50

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    shared_with = models.ForeignKey(
        Union, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="共享给"
    )
    table = models.CharField(max_length=40)
    name = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=1000)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = "我的筛选"
        verbose_name_plural = "我的筛选"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "table", "name"],
                name="unions_savedfilter_name_once",
                violation_error_message="您已经有一个同名的筛选。",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="unions_savedfilter_named",
                violation_error_message="请填写筛选名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
