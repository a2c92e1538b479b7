"""The union list as a table, read through django-import-export: rows are judged, none is written.

The rules are those of unions.services.tree, asked of the file in memory. The service that applies
it judges it again under the lock of the tree and writes what was found.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import fields, instance_loaders, resources, widgets
from import_export.results import RowResult
from tablib import Dataset

from relief.lib.forms import DayField
from unions.kinds import kind_above_refusal, kind_refusal
from unions.mentioned import Mentioned
from unions.models import Staff, Union
from unions.models.union import PATH_LENGTH, as_code

HEADINGS = {
    "code": "编码",
    "name": "名称",
    "kind": "类型",
    "parent": "上级编码",
    "region_code": "行政区划代码",
    "opened_on": "成立日期",
}
#: Fields that no row sets; the path is made from the parent and checked with it.
_NOT_TYPED = ("parent", "path", "merged_into")


def one_line(cell: Any) -> str:
    return " ".join(str(cell or "").split())


class CodeWidget(widgets.CharWidget):
    """Letters and digits as they are stored; a blank cell is an empty text."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return as_code(str(value or ""))


class NameWidget(widgets.CharWidget):
    """Text of one line."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        name = one_line(value)
        if not name:
            raise ValueError("请填写名称。")
        return name


class KindWidget(widgets.Widget):
    """The label of the kind on paper, its code in the database."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value or "").strip()
        for kind in Union.Kind:
            if text in {kind.label, kind.value}:
                return kind.value
        labels = "、".join(kind.label for kind in Union.Kind)
        said = f"类型“{text}”不认识，请填" if text else "请填写类型"
        raise ValueError(f"{said}：{labels}。")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(Union.Kind(value).label) if value else ""


class ParentWidget(widgets.Widget):
    """The parent's code."""

    def __init__(self, find: Callable[[str, Any], Union | None]) -> None:
        super().__init__()
        self.find = find

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Union | None:
        return self.find(as_code(str(value or "")), row)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.code if value else ""


class DayWidget(widgets.DateWidget):
    """A day as people write it; the form's own field reads it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if not str(value or "").strip():
            return None
        try:
            day = DayField().clean(str(value))
        except ValidationError:
            raise ValueError(f"成立日期“{value}”不是日期，请写成 2020-01-31 这样。") from None
        if day > timezone.localdate():
            raise ValueError(f"成立日期“{value}”晚于今天，请改正。")
        return day


class MentionedLoader(instance_loaders.BaseInstanceLoader):
    """Finds the union of a row among those that were read for the whole file."""

    def get_instance(self, row: Any) -> Union | None:
        mentioned: Mentioned = self.resource.mentioned
        return mentioned.stored(as_code(row[HEADINGS["code"]]))


class UnionResource(resources.ModelResource):
    code = fields.Field("code", HEADINGS["code"], widget=CodeWidget())
    name = fields.Field("name", HEADINGS["name"], widget=NameWidget())
    kind = fields.Field("kind", HEADINGS["kind"], widget=KindWidget())
    region_code = fields.Field("region_code", HEADINGS["region_code"], widget=CodeWidget())
    opened_on = fields.Field("opened_on", HEADINGS["opened_on"], widget=DayWidget("%Y-%m-%d"))

    class Meta:
        model = Union
        import_id_fields = ("code",)
        fields = tuple(HEADINGS)
        instance_loader_class = MentionedLoader
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        store_instance = True

    def __init__(self, *, by: Staff, numbers: list[int]) -> None:
        """`numbers` are those that the spreadsheet shows beside its rows."""
        super().__init__()
        self.by = by
        self.numbers = numbers
        self.mentioned = Mentioned({}, set(), {})
        #: Code → number of the row that has it.
        self.first_rows: dict[str, int] = {}
        self.name_before = ""
        self.kind_before = ""
        self.fields["parent"] = fields.Field(
            "parent", HEADINGS["parent"], widget=ParentWidget(self.parent_of)
        )

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        codes = {as_code(cell) for name in ("code", "parent") for cell in dataset[HEADINGS[name]]}
        names = {one_line(cell) for cell in dataset[HEADINGS["name"]]}
        self.mentioned = Mentioned.in_file(self.by, codes, names)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        code = as_code(row[HEADINGS["code"]])
        number = self.numbers[kwargs["row_number"] - 1]
        first = self.first_rows.setdefault(code, number)
        if not code:
            raise ValidationError({"code": "请填写编码。"})
        if first != number:
            text = f"编码与第 {first} 行重复，请删掉一行或改正编码。"
            raise ValidationError({"code": text})

    def after_init_instance(self, instance: Union, new: bool, row: Any, **kwargs: Any) -> None:  # noqa: FBT001
        self.name_before = instance.name
        self.kind_before = instance.kind

    def import_field(
        self,
        field: fields.Field,
        instance: Union,
        row: Any,
        is_m2m: bool = False,  # noqa: FBT001, FBT002  # import-export's signature
        **kwargs: Any,
    ) -> None:
        """A blank cell leaves a stored union as it is: only what stands in the file is written."""
        is_blank = not str(row.get(field.column_name) or "").strip()
        if instance.pk is None or not is_blank:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def parent_of(self, code: str, row: Any) -> Union | None:
        """The parent that the row names, if it may be that. Raises ValueError with a sentence."""
        stored = self.mentioned.stored(as_code(row[HEADINGS["code"]]))
        if stored is not None:
            if code != (stored.parent.code if stored.parent else ""):
                raise ValueError("上级与系统里的不同。要换上级，请在机构页用“调整上级”。")
            return stored.parent
        if not code:
            raise ValueError("请填写上级编码。")
        parent = self.mentioned.known.get(code)
        if parent is None:
            raise ValueError(f"上级编码“{code}”在您的范围里找不到，请先新建上级或改正编码。")
        if parent.closed_on is not None:
            raise ValueError(f"上级“{parent.name}”已经撤销，请另选上级。")
        return parent

    def validate_instance(
        self,
        instance: Union,
        import_validation_errors: Any = None,
        validate_unique: bool = True,  # noqa: FBT001, FBT002  # import-export's signature
    ) -> None:
        """What `full_clean` and the constraints ask, without asking the database."""
        errors = dict(import_validation_errors or {})
        if instance.parent is not None and "code" not in errors:
            instance.path = f"{instance.parent.path}{instance.code}/"
        try:
            instance.clean_fields(exclude={*errors, *_NOT_TYPED})
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for name, sentence in self._broken_rules(instance):
            errors.setdefault(name, ValidationError(sentence))
        if errors:
            raise ValidationError(errors)
        instance.set_name(instance.name)

    def do_instance_save(self, instance: Union, is_create: bool) -> None:  # noqa: FBT001
        """Nothing: the service writes what was found, all of it or none."""

    def after_save_instance(self, instance: Union, row: Any, **kwargs: Any) -> None:
        self.mentioned.accept(instance, self.name_before)

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """Heading → old and new; what is new as a whole has no old."""
        if not row_result.is_update():
            return
        before, after = row_result.original, row_result.instance
        shown = {
            field.column_name: [field.export(before), field.export(after)]
            for field in self.get_import_fields()
        }
        row_result.diff = {name: pair for name, pair in shown.items() if pair[0] != pair[1]}

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Nothing: import-export would set the sequence anew, which the app role may not."""

    def _broken_rules(self, union: Union) -> list[tuple[str, str]]:
        """(field, sentence) for what takes more than one field to see."""
        rules = [
            (
                union.pk is None and union.code in self.mentioned.taken,
                ("code", "这个编码已经有机构在用。"),
            ),
            (len(union.path) > PATH_LENGTH, ("parent", "层级太深，请选较高的上级。")),
            (self.mentioned.bearer(union) is not None, ("name", "同一上级下已经有同名机构。")),
            (
                bool(union.opened_on and union.closed_on and union.closed_on < union.opened_on),
                ("opened_on", "撤销日期不能早于成立日期。"),
            ),
        ]
        return [said for is_broken, said in rules if is_broken] + self._wrong_kind(union)

    def _wrong_kind(self, union: Union) -> list[tuple[str, str]]:
        """Asked of what is new or has another kind; what stands since long may be renamed."""
        if union.kind not in Union.Kind.values or union.kind == self.kind_before:
            return []
        parent = union.parent.kind if union.parent else ""
        refusals = (
            kind_refusal(union.kind, parent) if parent else "",
            kind_above_refusal(union.kind, self.mentioned.below.get(union.code, set())),
        )
        return [("kind", text) for text in refusals if text]
