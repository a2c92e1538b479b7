from django.db import models
from django.db.models import Q
from django.utils import timezone

from unions.models import Staff, Union
from unions.scope import ScopedQuerySet, ancestor_paths


class ColumnMemoryQuerySet(ScopedQuerySet["ColumnMemory"]):
    def for_union(self, union: Union) -> dict[str, str]:
        """Heading → field, as the union decided, or the nearest union above that did."""
        above = self.filter(union__path__in=ancestor_paths(union.path)).order_by("union__path")
        return dict(above.values_list("heading", "field"))


class ColumnMemory(models.Model):
    """What a heading of this union's ledgers meant when one was written last."""

    union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="机构", db_index=False
    )
    heading = models.CharField("表头", max_length=200)
    #: Of `beneficiaries.importing.fields`; "" for a column that is not read.
    field = models.CharField("栏目", max_length=60, blank=True)
    learnt_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="指定人")
    learnt_at = models.DateTimeField("指定时间", default=timezone.now)

    objects = ColumnMemoryQuerySet.as_manager()

    class Meta:
        verbose_name = "记住的列"
        verbose_name_plural = "记住的列"
        constraints = [
            models.UniqueConstraint(
                fields=["union", "heading"],
                name="beneficiaries_columnmemory_heading_once",
                violation_error_message="这个表头已经记住过。",
            ),
            models.CheckConstraint(
                condition=~Q(heading=""),
                name="beneficiaries_columnmemory_heading_given",
                violation_error_message="请填写表头。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.heading} → {self.field}"


class WordMemoryQuerySet(ScopedQuerySet["WordMemory"]):
    def for_union(self, union: Union) -> dict[tuple[str, str], str]:
        """(code list, folded word) → name of the code; the union's own before those above."""
        above = self.filter(union__path__in=ancestor_paths(union.path)).order_by("union__path")
        found = above.values_list("code__list_id", "word", "code__name")
        return {(list_key, word): name for list_key, word, name in found}


class WordMemory(models.Model):
    """A word of this union's ledgers, and the code that somebody said it means."""

    union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", verbose_name="机构", db_index=False
    )
    #: As `importing.vocabulary.folded` leaves it.
    word = models.CharField("写法", max_length=100)
    list = models.ForeignKey(
        "codes.CodeList", models.PROTECT, related_name="+", verbose_name="代码表", db_index=False
    )
    code = models.ForeignKey(
        "codes.Code", models.PROTECT, related_name="+", verbose_name="代码", db_index=False
    )
    learnt_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="指定人")
    learnt_at = models.DateTimeField("指定时间", default=timezone.now)

    objects = WordMemoryQuerySet.as_manager()

    class Meta:
        verbose_name = "记住的写法"
        verbose_name_plural = "记住的写法"
        constraints = [
            models.UniqueConstraint(
                fields=["union", "list", "word"],
                name="beneficiaries_wordmemory_word_once",
                violation_error_message="这个写法已经记住过。",
            ),
            models.CheckConstraint(
                condition=~Q(word=""),
                name="beneficiaries_wordmemory_word_given",
                violation_error_message="请填写写法。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word} → {self.code_id}"
