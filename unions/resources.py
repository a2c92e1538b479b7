"""The union list as a table: import with preview and export, through django-import-export.

Every row goes through the services of the tree, in the dry run too: the preview is the real thing,
rolled back.
"""

from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets

from relief.lib.forms import DayField
from unions.models import Staff, Union
from unions.models.union import UnionQuerySet
from unions.services.tree import change_union, create_union

HEADINGS = {
    "code": "编码",
    "name": "名称",
    "kind": "类型",
    "parent": "上级编码",
    "region_code": "行政区划代码",
    "opened_on": "成立日期",
}


class KindWidget(widgets.Widget):
    """The label of the kind on paper, its code in the database."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value or "").strip()
        for kind in Union.Kind:
            if text in {kind.label, kind.value}:
                return kind.value
        labels = "、".join(kind.label for kind in Union.Kind)
        raise ValidationError(f"类型“{text}”不认识，请填：{labels}。")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(Union.Kind(value).label) if value else ""


class ParentWidget(widgets.ForeignKeyWidget):
    """The parent's code; only unions of the own subtree count."""

    def __init__(self, staff: Staff) -> None:
        super().__init__(Union, field="code")
        self.staff = staff

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> UnionQuerySet:
        return Union.objects.visible_to(self.staff)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except Union.DoesNotExist:
            raise ValidationError(
                f"上级编码“{value}”在您的范围里找不到，请先新建上级或改正编码。"
            ) from None


class DayWidget(widgets.DateWidget):
    """A day as people write it; the form's own field reads it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if not str(value or "").strip():
            return None
        try:
            return DayField().clean(str(value))
        except ValidationError:
            raise ValidationError(f"成立日期“{value}”不是日期，请写成 2020-01-31 这样。") from None


class TextWidget(widgets.CharWidget):
    """Text of one line; a blank cell is an empty text."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return " ".join(str(value or "").split())


class UnionResource(resources.ModelResource):
    code = fields.Field("code", HEADINGS["code"], widget=TextWidget())
    name = fields.Field("name", HEADINGS["name"], widget=TextWidget())
    kind = fields.Field("kind", HEADINGS["kind"], widget=KindWidget())
    region_code = fields.Field("region_code", HEADINGS["region_code"], widget=TextWidget())
    opened_on = fields.Field("opened_on", HEADINGS["opened_on"], widget=DayWidget())

    class Meta:
        model = Union
        import_id_fields = ("code",)
        fields = ("code", "name", "kind", "parent", "region_code", "opened_on")
        export_order = fields
        skip_unchanged = True
        report_skipped = True
        store_instance = True
        store_row_values = True

    def __init__(self, *, by: Staff) -> None:
        super().__init__()
        self.by = by
        self.fields["parent"] = fields.Field("parent", HEADINGS["parent"], widget=ParentWidget(by))

    def get_queryset(self) -> UnionQuerySet:
        return Union.objects.visible_to(self.by)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Nothing: import-export would set the sequence anew, which the app role may not.

        The services insert without keys, so the sequence is right.
        """

    def do_instance_save(self, instance: Union, is_create: bool) -> None:  # noqa: FBT001
        """Write through the services; import-export catches their ValidationError per row."""
        if is_create:
            created = create_union(
                by=self.by,
                parent=instance.parent,
                code=instance.code,
                name=instance.name,
                kind=instance.kind,
                region_code=instance.region_code,
                opened_on=instance.opened_on,
            )
            instance.pk = created.pk
            return
        stored = Union.objects.get(pk=instance.pk)
        if stored.parent_id != instance.parent_id:
            raise ValidationError("上级与系统里的不同。要换上级，请在机构页用“调整上级”。")
        change_union(
            by=self.by,
            union=stored,
            name=instance.name,
            kind=instance.kind,
            region_code=instance.region_code,
            effective_on=None,
            version=stored.version,
        )
