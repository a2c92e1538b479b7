"""One of the household of a hardship file (DOMAIN §3.5)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from beneficiaries.forms.code_choices import CodeField, CodesOnOffer
from beneficiaries.forms.files import ChangeReasonField
from beneficiaries.models import Beneficiary, HouseholdMember
from beneficiaries.models.household import CODED
from relief.codes.models import Code
from relief.lib.forms import DayField, Form, MoneyField
from relief.lib.text import refuse_hidden_characters

#: Of the applicant these stand on the person's own page.
OF_PERSON: Final = ("name", "sex", "birth_on", "id_number", "phone")
#: Never shown on the form: blank stays as it was.
_MASKED: Final = ("id_number", "phone", "health", "disability")
_KEPT: Final = "已登记，这里不显示；不改就留空。"


class MemberForm(Form):
    name = forms.CharField(label="姓名", max_length=60)
    relationship = CodeField(label="与申请人的关系", list_key="relationship")
    id_number = forms.CharField(
        label="证件号码",
        required=False,
        max_length=40,
        help_text="填了身份证号，性别和出生日期会自动对上。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    sex = forms.ChoiceField(label="性别", required=False)
    birth_on = DayField(label="出生日期", required=False)
    identity = CodeField(label="身份", list_key="member_identity")
    workplace_or_school = forms.CharField(
        label="单位或学校", required=False, max_length=100, validators=[refuse_hidden_characters]
    )
    monthly_income = MoneyField(label="月收入", required=False)
    medical_insurance = CodeField(label="医保状况", list_key="medical_insurance")
    health = forms.ChoiceField(label="健康状况", required=False)
    disability = forms.CharField(
        label="残疾类别", required=False, max_length=60, help_text="有残疾的写类别和等级。"
    )
    ethnicity = CodeField(label="民族", list_key="ethnicity")
    political_status = CodeField(label="政治面貌", list_key="political_status")
    marriage = CodeField(label="婚姻状况", list_key="marriage")
    phone = forms.CharField(label="手机号码", required=False, max_length=20)

    def __init__(
        self,
        *args: Any,
        member: HouseholdMember | None = None,
        known: Mapping[str, str] | None = None,
        in_force: bool = False,
        **options: Any,
    ) -> None:
        """`known` are the sealed texts that the form may show: the name, where they work."""
        initial = dict(known or {})
        if member is not None:
            plain = ("sex", "birth_on", "monthly_income", *CODED)
            initial |= {name: getattr(member, name) for name in plain}
        super().__init__(*args, initial=initial, **options)
        self.member = member
        if in_force:
            self.fields["change_reason"] = ChangeReasonField()
        self._offer()
        if member is not None:
            self._hint_at_kept(member)
            if member.is_applicant:
                for name in OF_PERSON:
                    del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """What was left alone is no answer; a member that is changed is checked in the service."""
        for name in _MASKED:
            if self.member is not None and not self.cleaned_data.get(name):
                self.cleaned_data.pop(name, None)
        return self.cleaned_data

    def _offer(self) -> None:
        kept = [getattr(self.member, f"{name}_id", None) for name in CODED]
        codes = CodesOnOffer(CODED.values(), kept=kept)
        for field in self.fields.values():
            if isinstance(field, CodeField):
                field.offer(codes)
        sex, health = self.fields["sex"], self.fields["health"]
        assert isinstance(sex, forms.ChoiceField)
        assert isinstance(health, forms.ChoiceField)
        sex.choices = [("", "请选择"), *Beneficiary.Sex.choices[1:]]
        names = [(code.name, code.name) for code in Code.objects.of("health").current()]
        health.choices = [("", "请选择"), *names]

    def _hint_at_kept(self, member: HouseholdMember) -> None:
        for name in _MASKED:
            if getattr(member, name) is not None:
                self.fields[name].help_text = _KEPT
        if member.id_tail:
            self.fields["id_number"].help_text = f"已登记，尾号 {member.id_tail}；不改就留空。"
