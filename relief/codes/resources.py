"""Code lists as tables: Chinese headings, one row per code."""

import builtins
import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from import_export import fields, resources, widgets
from import_export.results import RowResult

from relief.codes.formats import escape_formula, unescape_formula
from relief.codes.models import Code, CodeList
from relief.lib.forms import DayField

_SEPARATOR = "、"


class WordsWidget(widgets.Widget):
    """A list of words in one cell, separated by 、; by ； where a word itself has a separator."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        text = str(value or "")
        words = text.split("；") if "；" in text else re.split("[、，,]", text)
        return [word.strip() for word in words if word.strip()]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        words = value or []
        if re.search("[、，,；]", "".join(words)):
            return "".join(f"{word}；" for word in words)
        return _SEPARATOR.join(words)


class GenerationWidget(widgets.Widget):
    """通用, 旧标准, 新标准, 地方用法; an empty cell is 通用."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value or "").strip()
        known = {label: name for name, label in Code.Generation.choices}
        if text and text not in known:
            raise ValueError(f"标准只能写：{_SEPARATOR.join(known)}。")
        return known.get(text, Code.Generation.ANY)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return Code.Generation(value).label


class ListWidget(widgets.Widget):
    """A code list by its name; its key does as well."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> CodeList:
        text = str(value or "").strip()
        found = CodeList.objects.filter(Q(name=text) | Q(key=text)).order_by("key").first()
        if found is None:
            raise ValueError(f"没有叫“{text}”的代码表。")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.name if value else ""


class OtherCodeWidget(widgets.Widget):
    """Another code of the row's own list."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Code | None:
        text = str(value or "").strip()
        if not text:
            return None
        of_list = Code.objects.of(ListWidget().clean(row["代码表"]).key)
        found = of_list.filter(code=text).first()
        if found is None:
            raise ValueError(f"这张代码表里没有代码“{text}”。")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.code if value else ""


class PositionWidget(widgets.Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int:
        text = str(value or "0").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 7):
            raise ValueError(f"次序“{text}”不是整数。")
        return int(text)


class DayWidget(widgets.DateWidget):
    """A day as people write it; the form's own field reads it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return DayField(required=False).clean(str(value or ""))
        except ValidationError:
            raise ValueError(f"停用日期“{value}”不是日期，请写成 2026-01-31 这样。") from None


class SafeResource(resources.ModelResource):
    """Text that a spreadsheet would run as a formula leaves with an apostrophe, returns without."""

    def export_field(self, field: fields.Field, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return escape_formula(value) if isinstance(value, str) else value

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        needed = [self.fields[name].column_name for name in (*self._meta.import_id_fields, "name")]
        missing = [heading for heading in needed if heading not in dataset.headers]
        if missing:
            raise ValidationError(f"第一行要有这些列名：{_SEPARATOR.join(missing)}。")

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in row.items():
            row[name] = unescape_formula(value.strip()) if isinstance(value, str) else value

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """(old, new) per column; what is new as a whole has no old."""
        before, after = row_result.original, row_result.instance
        row_result.diff = [
            (field.export(before) if before else "", field.export(after))
            for field in self.get_import_fields()
        ]


class CodeListResource(SafeResource):
    key = fields.Field("key", "内部名")
    name = fields.Field("name", "名称")
    source = fields.Field("source", "出处")

    class Meta:
        model = CodeList
        fields = ("key", "name", "source")
        import_id_fields = ("key",)
        skip_unchanged = True
        skip_html_diff = True
        store_instance = True
        report_skipped = True
        clean_model_instances = True


class CodeResource(SafeResource):
    list = fields.Field("list", "代码表", widget=ListWidget())
    code = fields.Field("code", "代码", widget=widgets.CharWidget())
    name = fields.Field("name", "名称", widget=widgets.CharWidget())
    generation = fields.Field("generation", "标准", widget=GenerationWidget())
    parent = fields.Field("parent", "上级", widget=OtherCodeWidget())
    position = fields.Field("position", "次序", widget=PositionWidget())
    aliases = fields.Field("aliases", "别名", widget=WordsWidget(), default=builtins.list)
    source = fields.Field("source", "出处", widget=widgets.CharWidget(), default="")
    closed_on = fields.Field("closed_on", "停用日期", widget=DayWidget("%Y-%m-%d"))
    replaced_by = fields.Field("replaced_by", "改用", widget=OtherCodeWidget())

    class Meta:
        model = Code
        fields: Iterable[str] = (
            "list",
            "code",
            "name",
            "generation",
            "parent",
            "position",
            "aliases",
            "source",
            "closed_on",
            "replaced_by",
        )
        import_id_fields = ("list", "code")
        skip_unchanged = True
        skip_html_diff = True
        store_instance = True
        report_skipped = True
        clean_model_instances = True

    def before_save_instance(self, instance: Code, row: Any, **kwargs: Any) -> None:
        instance.is_local = True
