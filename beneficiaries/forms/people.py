from django import forms

from relief.lib.forms import Form


class FindForm(Form):
    """A whole number, which is posted so that it stands in no address, log or history."""

    number = forms.CharField(
        label="完整证件号或手机号",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "placeholder": "身份证号或 11 位手机号",
                "data-relief-number": True,
            }
        ),
    )
