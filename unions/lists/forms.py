from typing import Any

from django import forms

from relief.lib.tables import Table
from unions.models import Union


class ColumnsForm(forms.Form):
    """Which columns of a table to show. Fixed columns are not posted; they are shown anyway."""

    columns = forms.MultipleChoiceField(required=False)
    action = forms.ChoiceField(choices=[("save", "采用"), ("reset", "恢复默认")], required=False)

    def __init__(self, *args: Any, table: Table, **options: Any) -> None:
        super().__init__(*args, **options)
        self.table = table
        field = self.fields["columns"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(column.key, column.label) for column in table.columns]
        field.error_messages["invalid_choice"] = "这张表没有这一列，请刷新页面后再选。"

    def chosen(self) -> list[str]:
        """The keys to keep, fixed columns included; empty = back to the default."""
        if self.cleaned_data["action"] == "reset":
            return []
        picked = set(self.cleaned_data["columns"])
        columns = self.table.columns
        wanted = [column.key for column in columns if column.always or column.key in picked]
        return wanted or [columns[0].key]


class SaveFilterForm(forms.Form):
    name = forms.CharField(
        label="名称",
        max_length=40,
        error_messages={
            "required": "请给这个筛选起个名字。",
            "max_length": "名称最多 40 个字。",
        },
    )
    query = forms.CharField(
        max_length=1000,
        widget=forms.HiddenInput,
        error_messages={
            "required": "现在没有任何筛选条件，请先筛选，再保存。",
            "max_length": "筛选条件太长，存不下。请减少几个条件。",
        },
    )
    is_shared = forms.BooleanField(label="本单位和下级单位的人也能用", required=False)

    def __init__(self, *args: Any, union: Union | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.union = union

    def clean(self) -> dict[str, Any]:
        is_shared = self.cleaned_data.pop("is_shared", False)
        return {**self.cleaned_data, "shared_with": self.union if is_shared else None}
