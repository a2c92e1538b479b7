"""Finding a person by number, and what an export holds."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from relief.lib.forms import Form
from relief.lib.widgets import ChipsRadio


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


class ExportForm(Form):
    """Which columns, and whether with masks; whole numbers take a reason."""

    WHY: Final = ("填报上级系统", "银行代发", "核对发放信息", "档案移交")
    OWN_WORDS: Final = "other"

    layout = forms.ChoiceField(
        label="列",
        choices=[("list", "名单上显示的列"), ("ledger", "台账格式（上报系统用）")],
        initial="list",
        widget=ChipsRadio,
        help_text="台账格式有本人 42 列、家庭成员 5 组，列名能直接用来导入。",
    )
    numbers = forms.ChoiceField(
        label="证件号、手机号等",
        choices=[("masked", "遮挡"), ("full", "完整")],
        initial="masked",
        widget=ChipsRadio,
        help_text="选“完整”时，健康状况、家庭成员等也写全，请妥善保管、用完删除。",
    )
    why = forms.ChoiceField(
        label="理由",
        choices=[*((text, text) for text in WHY), (OWN_WORDS, "其他")],
        required=False,
        widget=ChipsRadio,
        help_text="导出完整号码时要选。理由会记入日志、印在文件上。",
    )
    own_words = forms.CharField(
        label="其他理由", max_length=60, required=False, help_text="上面选“其他”时填写。"
    )

    def __init__(self, data: Mapping[str, Any] | None, *, may_be_full: bool) -> None:
        super().__init__(data)
        if not may_be_full:
            for name in ("numbers", "why", "own_words"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        is_full = given.get("numbers") == "full"
        reason = given.get("why", "")
        if reason == self.OWN_WORDS:
            reason = " ".join(str(given.get("own_words", "")).split())
        if is_full and not reason:
            field = "own_words" if given.get("why") == self.OWN_WORDS else "why"
            self.add_error(field, ValidationError("导出完整号码，请说明理由。", code="no_reason"))
        return {
            "is_ledger": given.get("layout") == "ledger",
            "is_full": is_full,
            "reason": reason if is_full else "",
        }
