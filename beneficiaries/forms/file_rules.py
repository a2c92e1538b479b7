"""Income, negative list, 低保 standards, publicity rules and the drawing of spot checks."""

from decimal import Decimal
from typing import Any

from django import forms

from beneficiaries.forms.code_choices import CodeField, CodesOnOffer
from beneficiaries.forms.file_steps import LineField
from beneficiaries.income import USUAL_MULTIPLIER
from beneficiaries.models import FileExclusion, LivingStandard
from beneficiaries.services.file_rules import USUAL_SHARE
from relief.lib.forms import DayField, Form, MoneyField
from relief.lib.widgets import ChipsRadio


class IncomeForm(Form):
    kind = forms.ChoiceField(
        label="按哪种低保标准", choices=LivingStandard.Kind.choices, widget=ChipsRadio
    )
    multiplier = forms.DecimalField(
        label="相对困难倍数",
        min_value=1,
        max_value=5,
        max_digits=3,
        decimal_places=1,
        initial=USUAL_MULTIPLIER,
        help_text="月人均纯收入低于低保标准的这么多倍，算相对困难；一般是 2 倍。",
        widget=forms.NumberInput(attrs={"class": "is-short", "step": "0.1"}),
    )
    decided_class = CodeField(
        label="认定为", list_key="hardship_class", help_text="不选就按标准认定。"
    )
    override_reason = LineField(
        label="与标准不符的理由", required=False, help_text="认定与按标准算出的不同时必须写。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].initial = LivingStandard.Kind.URBAN
        decided = self.fields["decided_class"]
        assert isinstance(decided, CodeField)
        codes = CodesOnOffer(["hardship_class"], kept=[])
        decided.offer(codes)
        decided.choices = [("", "按标准认定"), *codes.choices("hardship_class")[1:]]


class ExclusionForm(Form):
    """One line of the negative list: looked into or not, found or not, by what evidence."""

    answer = forms.ChoiceField(
        label="结果",
        required=False,
        choices=[("", "没查"), ("no", "不存在"), ("yes", "存在")],
        widget=ChipsRadio,
    )
    evidence = LineField(label="核查依据", required=False)

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        super().__init__(*args, prefix=kind, **options)
        for field in self.fields.values():
            field.template_name = "beneficiaries/parts/file_field.html"  # type: ignore[attr-defined]  # 5.0
        self.kind = kind
        self.title = FileExclusion.Kind(kind).label

    def clean(self) -> dict[str, Any]:
        answer, evidence = self.cleaned_data.get("answer"), self.cleaned_data.get("evidence")
        if answer and not evidence and "evidence" not in self.errors:
            self.add_error("evidence", f"“{self.title}”查过了，请写明核查依据，例如车管所查询单。")
        if evidence and not answer and "answer" not in self.errors:
            self.add_error("answer", f"“{self.title}”写了依据，请选择存在还是不存在。")
        return self.cleaned_data


class StandardForm(Form):
    region = CodeField(label="行政区划", list_key="region", required=True)
    kind = forms.ChoiceField(label="城乡", choices=LivingStandard.Kind.choices, widget=ChipsRadio)
    starts_on = DayField(label="生效日期")
    amount = MoneyField(
        label="标准（每人每月）", min_value=Decimal("0.01"), help_text="每人每月多少元。"
    )
    document = LineField(label="文号或出处", max_length=100, help_text="民政部门的文号。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].initial = LivingStandard.Kind.URBAN
        region = self.fields["region"]
        assert isinstance(region, CodeField)
        region.offer(CodesOnOffer(["region"], kept=[]))


class ChangeStandardForm(Form):
    amount = MoneyField(label="标准（每人每月）", min_value=Decimal("0.01"))
    document = LineField(label="文号或出处", max_length=100)


class PublicityRuleForm(Form):
    after_first_review = forms.BooleanField(label="初审通过后公示（单位内）", required=False)
    after_comparison = forms.BooleanField(label="核对通过后公示（审批前）", required=False)
    working_days = forms.IntegerField(
        label="公示多少个工作日",
        min_value=5,
        max_value=30,
        help_text="至少 5 个；按国务院放假安排计算，调休的周末算工作日。",
        widget=forms.NumberInput(attrs={"class": "is-short"}),
    )


class DrawForm(Form):
    share = forms.IntegerField(
        label="抽查比例（%）",
        min_value=1,
        max_value=100,
        initial=USUAL_SHARE,
        help_text="本年度抽查占在档档案的比例，一般不少于 30%。已经抽到的算在内。",
        widget=forms.NumberInput(attrs={"class": "is-short"}),
    )
