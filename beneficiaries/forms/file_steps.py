"""What is asked at each step of a file's way."""

from typing import Any

from django import forms

from beneficiaries.lifecycle import Status
from beneficiaries.models import FilePublicity, FileReview, HardshipFile
from relief.lib.forms import DayField, Form
from relief.lib.text import refuse_hidden_characters
from relief.lib.widgets import ChipsRadio
from unions.forms.fields import ReasonField

_ENDINGS = [
    (value, label)
    for value, label in FilePublicity.Outcome.choices
    if value != FilePublicity.Outcome.STOPPED
]


class LineField(forms.CharField):
    """One line of words, as the log and the timeline can hold it."""

    def __init__(self, **options: Any) -> None:
        usual: dict[str, Any] = {"max_length": 200, "validators": [refuse_hidden_characters]}
        super().__init__(**usual | options)


class ConfirmForm(Form):
    """Nothing to fill in: the button says it."""


class TellForm(Form):
    reason = ReasonField(help_text="申报人和经办都看得到，请写清楚。")


class PlaceForm(Form):
    """The file is posted: where, and from when."""

    place = LineField(label="公示地点", max_length=100, help_text="例如 单位公示栏。")
    starts_on = DayField(label="公示开始", required=False, help_text="不填就是今天。")


class OutcomeForm(Form):
    outcome = forms.ChoiceField(label="公示结果", choices=_ENDINGS, widget=ChipsRadio)
    note = LineField(
        label="异议和查证情况", required=False, help_text="有异议的必须写；没有可以不写。"
    )


class ExitForm(Form):
    exit_reason = forms.ChoiceField(label="原因", widget=ChipsRadio)
    reason = LineField(label="说明", help_text="会告诉本人；以后可以重新申请。")

    def __init__(self, *args: Any, file: HardshipFile, **options: Any) -> None:
        super().__init__(*args, **options)
        left_out = {HardshipFile.Exit.RENEWED, HardshipFile.Exit.UNDONE}
        if file.status != Status.ACTIVE:
            left_out.add(HardshipFile.Exit.RELIEVED)
        if file.status != Status.DRAFT:
            left_out.add(HardshipFile.Exit.WITHDRAWN)
        field = self.fields["exit_reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (value, label) for value, label in HardshipFile.Exit.choices if value not in left_out
        ]


class LookForm(Form):
    """年度核查 and 抽查 of a file in force, 回头看 of a relieved family."""

    kind = forms.ChoiceField(label="方式", widget=ChipsRadio)
    finding = forms.ChoiceField(label="结果", widget=ChipsRadio)
    note = LineField(label="说明", required=False, help_text="入户、电话还是单位走访，看到什么。")

    def __init__(self, *args: Any, file: HardshipFile, **options: Any) -> None:
        super().__init__(*args, **options)
        kind, finding = self.fields["kind"], self.fields["finding"]
        assert isinstance(kind, forms.ChoiceField)
        assert isinstance(finding, forms.ChoiceField)
        look_back = {FileReview.Kind.LOOK_BACK}
        findings = FileReview.Finding
        if file.status == Status.RELIEVED:
            kinds = look_back
            offered = {findings.UNCHANGED, findings.RELAPSED, findings.NOT_REACHED}
        else:
            kinds = set(FileReview.Kind) - look_back
            offered = set(findings) - {findings.RELAPSED}
        kind.choices = [choice for choice in FileReview.Kind.choices if choice[0] in kinds]
        finding.choices = [choice for choice in findings.choices if choice[0] in offered]
        if len(kinds) == 1:
            kind.initial = FileReview.Kind.LOOK_BACK


class RenewForm(Form):
    year = forms.IntegerField(label="新档案的年度", min_value=1990, max_value=2100)
