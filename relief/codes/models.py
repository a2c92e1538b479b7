"""Closed lists of values: what a file, a category, a fund or a campaign can be.

The lists outlive their standards: a file of 2015 keeps the codes of 2015. So nothing is deleted; a
value ends, and may name the one that came after it.
"""

import builtins
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Exact
from django.utils import timezone

from relief.lib.text import refuse_hidden_characters


class CodeList(models.Model):
    """One list, named by its key: health, category, funding_source …"""

    key = models.CharField(
        "内部名",
        max_length=40,
        primary_key=True,
        validators=[RegexValidator(r"^[a-z][a-z_]*$", "代码表的内部名只用小写字母和下划线。")],
    )
    name = models.CharField("名称", max_length=60, validators=[refuse_hidden_characters])
    source = models.CharField("出处", max_length=300, blank=True)

    class Meta:
        verbose_name = "代码表"
        verbose_name_plural = "代码表"
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="codes_codelist_key_shape",
                condition=Q(key__regex=r"^[a-z][a-z_]*$"),
                violation_error_message="代码表的内部名只用小写字母和下划线。",
            ),
            models.CheckConstraint(
                name="codes_codelist_name_given",
                condition=~Q(name=""),
                violation_error_message="请填写名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CodeQuerySet(models.QuerySet["Code"]):
    def of(self, list_key: str) -> Self:
        """The values of one list, in its order."""
        return self.filter(list_id=list_key).order_by("position", "key")

    def current(self) -> Self:
        """What may be chosen today: of the present standard and not ended."""
        return self.filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=timezone.localdate()),
            generation__in=[Code.Generation.ANY, Code.Generation.NEW],
        )

    def called(self, text: str) -> Self:
        """The values with this name or alias; more than one only over generations."""
        return self.filter(Q(name=text) | Q(aliases__contains=[text]))


class Code(models.Model):
    """One value of a list. Its key is `list:code` and never changes: other tables hold it."""

    class Generation(models.TextChoices):
        ANY = "any", "通用"
        OLD = "old", "旧标准"
        NEW = "new", "新标准"
        LOCAL = "local", "地方用法"

    key = models.CharField("键", max_length=80, primary_key=True, editable=False)
    list = models.ForeignKey(CodeList, models.PROTECT, verbose_name="代码表", related_name="+")
    code = models.CharField(
        "代码",
        max_length=40,
        validators=[RegexValidator(r"^[^\s:/]+$", "代码里不能有空格、冒号和斜线。")],
    )
    name = models.CharField("名称", max_length=60, validators=[refuse_hidden_characters])
    generation = models.CharField("标准", max_length=6, choices=Generation, default=Generation.ANY)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级", null=True, blank=True, related_name="+"
    )
    position = models.PositiveIntegerField("次序", default=0)
    aliases = models.JSONField(
        "别名",
        default=builtins.list,  # here `list` is the field
        blank=True,
        help_text="表格和报道里的其他写法，导入时照样认得。",
    )
    source = models.CharField("出处", max_length=200, blank=True)
    closed_on = models.DateField("停用日期", null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name="改用", null=True, blank=True, related_name="+"
    )
    is_local = models.BooleanField(
        "由本单位维护",
        default=False,
        editable=False,
        help_text="在系统里改过的代码，升级时不会被改回去。",
    )

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = "代码"
        verbose_name_plural = "代码"
        ordering = ["list", "position", "key"]
        constraints = [
            models.UniqueConstraint(
                name="codes_code_name_once",
                fields=["list", "parent", "name", "generation"],
                nulls_distinct=False,
                violation_error_message="这张代码表里已经有同名的代码。",
            ),
            models.CheckConstraint(
                name="codes_code_key_is_list_and_code",
                condition=Q(key=Concat(F("list_id"), Value(":"), F("code"))),
                violation_error_message="键必须由代码表和代码组成。",
            ),
            models.CheckConstraint(
                name="codes_code_code_shape",
                condition=Q(code__regex=r"^[^\s:/]+$"),
                violation_error_message="代码里不能有空格、冒号和斜线。",
            ),
            models.CheckConstraint(
                name="codes_code_name_given",
                condition=~Q(name=""),
                violation_error_message="请填写名称。",
            ),
            models.CheckConstraint(
                name="codes_code_generation_known",
                condition=Q(generation__in=["any", "old", "new", "local"]),
                violation_error_message="标准只能是通用、旧标准、新标准或地方用法。",
            ),
            models.CheckConstraint(
                name="codes_code_not_own_parent",
                condition=~Q(parent=F("key")),
                violation_error_message="代码不能是自己的上级。",
            ),
            models.CheckConstraint(
                name="codes_code_replaced_is_past",
                condition=Q(replaced_by__isnull=True)
                | (
                    ~Q(replaced_by=F("key"))
                    & (Q(generation__in=["old", "local"]) | Q(closed_on__isnull=False))
                ),
                violation_error_message="只有旧标准或已停用的代码才能写“改用”，也不能改用自己。",
            ),
            models.CheckConstraint(
                name="codes_code_aliases_is_list",
                condition=Exact(
                    models.Func(F("aliases"), function="jsonb_typeof", output_field=TextField()),
                    Value("array"),
                ),
                violation_error_message="别名必须是一列文字。",
            ),
        ]
        indexes = [
            models.Index(fields=["list", "position"], name="codes_code_list_position_idx"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What a single row's CHECK cannot see: relations inside one list, the aliases' shape."""
        self.key = f"{self.list_id}:{self.code}"
        for field in ("parent", "replaced_by"):
            other = getattr(self, field)
            if other is not None and other.list_id != self.list_id:
                raise ValidationError({field: "必须是同一张代码表里的代码。"})
        if not is_list_of_words(self.aliases):
            raise ValidationError({"aliases": "别名必须是一列文字，每个不超过 60 个字。"})


def is_list_of_words(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(word, str) and 0 < len(word.strip()) <= 60 for word in value
    )
