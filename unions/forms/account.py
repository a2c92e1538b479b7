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
