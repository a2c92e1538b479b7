"""Code lists as tables: Chinese headings, one row per code."""

import builtins
from collections.abc import Iterable
from typing import Any

from import_export import fields, resources, widgets

from relief.codes.formats import escape_formula, unescape_formula
from relief.codes.models import Code, CodeList

_SEPARATOR = "、"


class WordsWidget(widgets.Widget):
    """A list of words in one cell, separated by 、."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        words = str(value or "").replace("，", _SEPARATOR).replace(",", _SEPARATOR)
        return [word.strip() for word in words.split(_SEPARATOR) if word.strip()]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return _SEPARATOR.join(value or [])


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


class SafeResource(resources.ModelResource):
    """Text that a spreadsheet would run as a formula leaves with an apostrophe, returns without."""

    def export_field(self, field: fields.Field, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return escape_formula(value) if isinstance(value, str) else value

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in row.items():
            row[name] = unescape_formula(value.strip()) if isinstance(value, str) else value


class CodeListResource(SafeResource):
    key = fields.Field("key", "代码表")
    name = fields.Field("name", "名称")
    source = fields.Field("source", "出处")

    class Meta:
        model = CodeList
        fields = ("key", "name", "source")
        import_id_fields = ("key",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True


class CodeResource(SafeResource):
    list = fields.Field("list", "代码表", widget=widgets.ForeignKeyWidget(CodeList, "key"))
    code = fields.Field("code", "代码", widget=widgets.CharWidget())
    name = fields.Field("name", "名称", widget=widgets.CharWidget())
    generation = fields.Field("generation", "标准", widget=GenerationWidget())
    parent = fields.Field("parent", "上级", widget=widgets.ForeignKeyWidget(Code, "key"))
    position = fields.Field("position", "次序", widget=widgets.IntegerWidget())
    aliases = fields.Field("aliases", "别名", widget=WordsWidget(), default=builtins.list)
    source = fields.Field("source", "出处", widget=widgets.CharWidget(), default="")
    closed_on = fields.Field("closed_on", "停用日期", widget=widgets.DateWidget("%Y-%m-%d"))
    replaced_by = fields.Field("replaced_by", "改用", widget=widgets.ForeignKeyWidget(Code, "key"))

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
        report_skipped = True
        clean_model_instances = True

    def before_save_instance(self, instance: Code, row: Any, **kwargs: Any) -> None:
        instance.is_local = True
