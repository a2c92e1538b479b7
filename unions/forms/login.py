from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)

from relief.lib.forms import Form
from relief.lib.widgets import PasswordInput
from unions.models import User

#: Far above any password we accept: what is longer is refused before it is hashed.
LONGEST = 256


class LogInForm(Form):
    username = forms.CharField(
        label="用户名",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="密码",
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(Form):
    """Two equal passwords that the rules accept; the rules are told before anything is typed."""

    password = forms.CharField(
        label="新密码",
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="第二遍密码",
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.rules = password_validators_help_texts()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        repeated = cleaned.pop("repeated", None)
        if "password" in cleaned and repeated is not None and cleaned["password"] != repeated:
            self.add_error("repeated", "两次输入的密码不一样，请重新输入。")
        return cleaned


class ActivationForm(NewPasswordForm):
    username = forms.CharField(
        label="用户名",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    code = forms.CharField(
        label="激活码",
        max_length=40,
        help_text="印在激活单上，12 位，不分大小写。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
    field_order = ("username", "code", "password", "repeated")


class ChangePasswordForm(NewPasswordForm):
    current = forms.CharField(
        label="现在的密码",
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "repeated")


class IdentityForm(Form):
    """The password once more before a dangerous act."""

    password = forms.CharField(
        label="密码",
        max_length=LONGEST,
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(Form):
    code = forms.CharField(
        label="动态口令",
        max_length=20,
        help_text="手机验证器上的 6 位数字；手机不在身边时，输入一个恢复码。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "class": "is-short"}
        ),
    )


def wrong_code(wait: int) -> str:
    """Nobody types a right code in vain: how long none is judged, also not the right one."""
    if not wait:
        return "口令不对或已经用过。请等手机上换出新的口令再试。"
    return f"口令不对或已经用过。请等 {wait:,} 秒，再输入手机上新的口令；没到时间，对的也不认。"
