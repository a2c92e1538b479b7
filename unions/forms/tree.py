from typing import Any

from django import forms
from django.core.validators import RegexValidator

from relief.lib.forms import DayField, Form
from unions.forms.fields import UnionChoiceField
from unions.models import Staff, Union
from unions.models.union import CODE_PATTERN


class UnionFormBase(Form):
    """Narrows its union fields to what the posting may see."""

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnionChoiceField):
                field.narrow(staff)


class CreateUnionForm(UnionFormBase):
    parent = UnionChoiceField(label="上级工会")
    name = forms.CharField(label="名称", max_length=100)
    code = forms.CharField(
        label="编码",
        max_length=20,
        validators=[RegexValidator(CODE_PATTERN, "编码只用数字和大写字母，2 到 20 位。")],
        help_text="全系统唯一，以后不能改。街道、乡镇用 9 位区划代码。",
    )
    kind = forms.ChoiceField(label="类型", choices=[("", "请选择"), *Union.Kind.choices])
    region_code = forms.CharField(
        label="行政区划代码",
        required=False,
        validators=[RegexValidator(r"^\d{6}(\d{3}){0,2}$", "行政区划代码是 6、9 或 12 位数字。")],
    )
    opened_on = DayField(label="成立日期", required=False)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


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
    reason = forms.CharField(label="理由", max_length=200, help_text="例如批复文号。")


class CloseUnionForm(Form):
    closed_on = DayField(label="撤销日期")
    reason = forms.CharField(label="理由", max_length=200, help_text="例如批复文号。")


class MergeUnionForm(UnionFormBase):
    into = UnionChoiceField(label="并入哪个机构")
    effective_on = DayField(label="生效日期", required=False, help_text="不填就是今天。")
    reason = forms.CharField(label="理由", max_length=200, help_text="例如批复文号。")
