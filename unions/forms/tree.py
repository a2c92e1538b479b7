from typing import Any

from django import forms

from relief.lib.forms import DayField, Form
from relief.lib.text import refuse_hidden_characters
from unions.forms.fields import UnionChoiceField
from unions.models import Staff, Union
from unions.models.union import as_code, code_shape, region_shape


class UnionFormBase(Form):
    """Narrows its union fields to what the posting may see."""

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnionChoiceField):
                field.narrow(staff)


class CodeField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return as_code(super().to_python(value) or "")


class ReasonField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="理由",
            max_length=200,
            help_text="例如批复文号。",
            validators=[refuse_hidden_characters],
        )


class CreateUnionForm(UnionFormBase):
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


class MoveUnionForm(UnionFormBase):
    parent = UnionChoiceField(label="新的上级工会")
    effective_on = DayField(label="生效日期", required=False, help_text="不填就是今天。")
    reason = ReasonField()


class CloseUnionForm(Form):
    closed_on = DayField(label="撤销日期")
    reason = ReasonField()


class MergeUnionForm(UnionFormBase):
    into = UnionChoiceField(label="并入哪个机构")
    effective_on = DayField(label="生效日期", required=False, help_text="不填就是今天。")
    reason = ReasonField()
