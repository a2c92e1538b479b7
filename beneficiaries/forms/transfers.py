"""What is typed about people whom another union keeps."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from beneficiaries.identity import read_id
from beneficiaries.services.lookup import REFUSALS
from beneficiaries.services.transfers import LINK, TRANSFER
from relief.lib.forms import Form
from relief.lib.widgets import ChipsRadio
from unions.forms.fields import NarrowedForm, ReasonField, ReasonForm, UnionChoiceField

_NOT_WHOLE: Final = "请填写完整的证件号码。"
_AS_GOOD: Final = frozenset({"", "id_15", "id_other_paper"})


class ElsewhereForm(NarrowedForm):
    """The whole number of the paper: who holds it may link to the person, or ask for the record."""

    id_number = forms.CharField(
        label="证件号码",
        max_length=40,
        help_text="照本人的证件填写。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    union = UnionChoiceField(label="本机构", help_text="哪个机构要帮扶这个人。")
    wanted = forms.ChoiceField(
        label="要办什么",
        choices=[(LINK, "关联"), (TRANSFER, "申请转入")],
        initial=LINK,
        widget=ChipsRadio,
        help_text="关联：资料仍归原机构，本机构能列入慰问名单。申请转入：原机构同意后，资料和档案归本机构。",
    )
    reason = ReasonField(
        label="转入理由", required=False, help_text="申请转入时填写，例如：已调入本街道的单位。"
    )

    #: The number as it was understood, for looking up who has it.
    number = ""

    def clean_id_number(self) -> str:
        paper = read_id(self.cleaned_data["id_number"], today=timezone.localdate())
        if paper.problem not in _AS_GOOD:
            text = REFUSALS.get(paper.problem, _NOT_WHOLE)
            raise ValidationError(text, code="not_a_number")
        self.number = paper.key
        return paper.key

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if given.get("wanted") == TRANSFER and not given.get("reason"):
            self.add_error("reason", ValidationError("申请转入要写明理由。", code="no_reason"))
        return given


class TransferForm(NarrowedForm):
    to = UnionChoiceField(label="转入机构")
    reason = ReasonField(label="转入理由", help_text="例如：已调入本街道的单位、户籍迁入。")


class DeclineForm(Form):
    answer = ReasonField(label="不同意的理由", help_text="对方会看到，例如：本人仍在我街道工作。")


class SecondLookForm(Form):
    """Nothing to fill in: the page asks once more."""


class EndLinkForm(ReasonForm):
    reason = ReasonField(label="解除理由", help_text="例如：已不在本单位工作，不再慰问。")
