from typing import Any

from django import forms

from relief.lib.forms import DayField, Form
from unions.forms.fields import NarrowedForm, ReasonField, UnionChoiceField
from unions.models import Union
from unions.models.union import as_code, code_shape, region_shape


class CodeField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return as_code(super().to_python(value) or "")


class CreateUnionForm(NarrowedForm):
    parent = UnionChoiceField(label="上级工会")
    name = forms.CharField(label="名称", max_length=100)
    code = CodeField(
        label="编码",
        max_length=20,
        validators=[code_shape],
        help_text="全系统唯一，以后不能改。街道、乡镇用 9 位区划代码。",
    )
    kind = forms.ChoiceField(label="类型", choices=[("", "请选择"), *Union.Kind.choices])
    region_code = forms.CharField(label="行政区划代码", required=False, validators=[region_shape])
    opened_on = DayField(label="成立日期", required=False)


class ChangeUnionForm(Form):
    name = forms.CharField(label="名称", max_length=100)
    kind = forms.ChoiceField(label="类型", choices=Union.Kind.choices)
    region_code = CreateUnionForm.base_fields["region_code"]
    effective_on = DayField(
        label="更名日期", required=False, help_text="改了名称才需要；不填就是今天。"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveUnionForm(NarrowedForm):
    parent = UnionChoiceField(label="新的上级工会")
    effective_on = DayField(label="生效日期", required=False, help_text="不填就是今天。")
    reason = ReasonField(help_text="例如批复文号。")


class CloseUnionForm(Form):
    closed_on = DayField(label="撤销日期")
    reason = ReasonField(help_text="例如批复文号。")


class MergeUnionForm(NarrowedForm):
    into = UnionChoiceField(label="并入哪个机构")
    effective_on = DayField(label="生效日期", required=False, help_text="不填就是今天。")
    reason = ReasonField(help_text="例如批复文号。")
