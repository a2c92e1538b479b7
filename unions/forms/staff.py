from typing import Any

from django import forms
from django.core.validators import RegexValidator

from relief.lib.forms import DayField, Form
from unions.forms.fields import NarrowedForm, ReasonForm, UnionChoiceField
from unions.models import Staff, User
from unions.permissions import Role, grant_capability
from unions.standing import is_within_reach

USERNAME_HINT = "小写字母、数字、点或横线，3 到 40 位，例如 dc.wangfang。"


class PostStaffForm(NarrowedForm):
    """A posting for somebody who has an account already."""

    union = UnionChoiceField(label="机构")
    role = forms.ChoiceField(label="角色")
    title = forms.CharField(label="职务", max_length=40, required=False)
    starts_on = DayField(label="开始日期", required=False, help_text="不填就是今天。")
    ends_on = DayField(label="结束日期", required=False, help_text="不填就是没有期限。")

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, staff=staff, **kwargs)
        granted = [(role.value, role.label) for role in Role if staff.can(grant_capability(role))]
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [("", "请选择"), *granted]


class CreateAccountForm(Form):
    full_name = forms.CharField(label="姓名", max_length=40)
    username = forms.CharField(
        label="用户名",
        max_length=40,
        help_text=USERNAME_HINT,
        validators=[
            RegexValidator(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{2,39}$", f"用户名要用{USERNAME_HINT}")
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    phone = forms.CharField(
        label="办公电话",
        max_length=20,
        required=False,
        validators=[RegexValidator(r"^[0-9 +-]{5,20}$", "电话只用数字、空格、加号和横线。")],
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class CreateStaffForm(PostStaffForm, CreateAccountForm):
    """A new person: account, first posting and activation code in one step."""

    field_order = ("full_name", "username", "phone", "union", "role", "title")


class EndStaffForm(ReasonForm):
    ends_on = DayField(label="最后一天", help_text="填昨天，今天起就不能再用这个岗位。")
    field_order = ("ends_on", "reason")


class StaffChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    def label_from_instance(self, staff: Any) -> str:
        return f"{staff.user.full_name}（{staff.union.name}·{staff.get_role_display()}）"


class HandOverForm(ReasonForm):
    to = StaffChoiceField(label="接手人", queryset=Staff.objects.none(), empty_label="请选择")
    field_order = ("to", "reason")

    def __init__(self, *args: Any, staff: Staff, leaving: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, StaffChoiceField)
        receivers = Staff.objects.visible_to(staff).live().with_people()
        field.queryset = receivers.filter(union=leaving.union, role=leaving.role).exclude(
            user=leaving.user
        )


class FindAccountForm(Form):
    """Find the account of somebody who gets one more posting: by the exact user name."""

    username = forms.CharField(label="用户名", max_length=40)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_username(self) -> User:
        """An account from elsewhere gets the same answer as an unknown name."""
        user = User.objects.filter(username=self.cleaned_data["username"].strip().lower()).first()
        if user is None or not is_within_reach(self.staff, user):
            raise forms.ValidationError(
                "您的范围里没有这个用户名，请核对后再输入。", code="unknown"
            )
        return user
