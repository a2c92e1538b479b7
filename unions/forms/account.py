from django import forms

from relief.lib.forms import Form


class ConfirmDeviceForm(Form):
    code = forms.CharField(
        label="验证器上的 6 位数字",
        max_length=10,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "is-short"}
        ),
    )


def wrong_digits(wait: int) -> str:
    later = f"请等 {wait:,} 秒，" if wait else ""
    return f"数字不对。请确认手机的时间是自动设置的，{later}再输入新的数字。"
