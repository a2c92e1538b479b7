"""The form of a hardship file (DOMAIN §3.4), of opening one, and of asking for what is sealed."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from beneficiaries.forms.code_choices import CodeField, CodesOnOffer
from beneficiaries.forms.fields import WorkplaceField
from beneficiaries.lifecycle import Status
from beneficiaries.models import HardshipFile
from beneficiaries.models.hardship_file import CODED
from beneficiaries.required import REQUIRED
from beneficiaries.sections import SEALED, SECTIONS
from relief.codes.models import Code
from relief.lib.forms import DayField, Form, MoneyField
from relief.lib.text import refuse_hidden_characters
from relief.lib.widgets import ChipsMultiple, ChipsRadio
from unions.models import Staff

#: What a select says of a sealed answer that stays as it is.
UNCHANGED: Final = "（已填写，不改）"
CLEARED: Final = "-"
#: Sealed answers that are chosen; left blank, they stay.
_CHOSEN: Final = frozenset({"health", "disability"})
_YES_NO: Final = (("", "未填"), ("yes", "是"), ("no", "否"))
_KEPT_HINT: Final = "已填写，保密，这里不显示。不改就留空；要改，请把新的内容写全。"
_FIELD_TEMPLATE: Final = "beneficiaries/parts/file_field.html"


class YesNoField(forms.TypedChoiceField):
    """是, 否, or not filled in."""

    widget = ChipsRadio

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=_YES_NO,
            coerce=lambda typed: typed == "yes",
            empty_value=None,
            required=False,
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else value


class ChangeReasonField(forms.CharField):
    """变更: why what was approved is changed. Asked by the service, and only where it is needed."""

    def __init__(self) -> None:
        super().__init__(
            label="变更理由",
            required=False,
            max_length=200,
            help_text="这份档案已经在档。改类别、收入、住房、家庭成员等要写理由，保存后重新送复核；"
            "只改电话、备注等不用写。",
            validators=[refuse_hidden_characters],
        )


class OpenFileForm(Form):
    year = forms.IntegerField(label="年度", min_value=1990, max_value=2100)
    is_temporary = forms.BooleanField(
        label="临时救助档案",
        required=False,
        help_text="遇到急难先救助、来不及走完审核的，先建临时档案，以后转为正式档案或注销。",
    )
    number = forms.CharField(label="档案编号", max_length=40, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["year"].initial = timezone.localdate().year


class FileForm(Form):
    """Every column of the form. Nothing is required while the file is a draft."""

    version = forms.IntegerField(label="版本", widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        staff: Staff,
        file: HardshipFile,
        revealed: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.file = file
        self.revealed = revealed
        names = [name for section in SECTIONS for name in section.fields]
        initial = {name: getattr(file, name) for name in names if name not in SEALED}
        initial |= dict(revealed or {}) | {"version": file.version}
        super().__init__(*args, initial=initial, **options)
        for name in names:
            self.fields[name] = self._field(name, staff)
            self.fields[name].template_name = _FIELD_TEMPLATE  # type: ignore[attr-defined]  # 5.0
        if file.status == Status.ACTIVE:
            self.fields["change_reason"] = ChangeReasonField()
        self._offer_codes()
        self._mark_required()

    def sections(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(key, title, fields) for the page."""
        return [
            (section.key, section.title, [self[name] for name in section.fields])
            for section in SECTIONS
        ]

    def clean_version(self) -> int:
        return int(self.cleaned_data["version"])

    def clean(self) -> dict[str, Any]:
        """Sealed answers that were left alone are no answers."""
        for name in SEALED:
            typed = self.cleaned_data.get(name)
            if typed == CLEARED:
                self.cleaned_data[name] = ""
            elif not typed and (name in _CHOSEN or self.revealed is None):
                self.cleaned_data.pop(name, None)
        return self.cleaned_data

    def _field(self, name: str, staff: Staff) -> forms.Field:
        column: Any = HardshipFile._meta.get_field(name)
        label = str(column.verbose_name)
        if name in CODED:
            return CodeField(label=label, list_key=CODED[name])
        if name in SEALED:
            return self._sealed_field(name, label)
        if name == "workplace":
            field = WorkplaceField(label=label, required=False, empty_label="（未选）")
            field.narrow(staff, kept=self.file.workplace)
            return field
        return _plain_field(name, label, column)

    def _sealed_field(self, name: str, label: str) -> forms.Field:
        is_kept = getattr(self.file, name) is not None
        if name not in _CHOSEN:
            hint = _KEPT_HINT if is_kept and self.revealed is None else ""
            return WordsField(label=label, required=False, max_length=2000, help_text=hint)
        offered = _disabilities() if name == "disability" else _names_of("health")
        text = (self.revealed or {}).get(name, "")
        blank = [("", text or UNCHANGED), (CLEARED, "（清空）")] if is_kept else [("", "请选择")]
        return forms.ChoiceField(label=label, required=False, choices=[*blank, *offered])

    def _offer_codes(self) -> None:
        kept = [getattr(self.file, f"{name}_id") for name in CODED]
        is_old = self.file.standard == HardshipFile.Standard.OLD
        codes = CodesOnOffer(CODED.values(), kept=[*kept, *self.file.other_causes], with_old=is_old)
        for field in self.fields.values():
            if isinstance(field, CodeField):
                field.offer(codes)
        causes = self.fields["other_causes"]
        assert isinstance(causes, forms.MultipleChoiceField)
        causes.choices = list(_flat(codes.choices("hardship_cause")[1:]))

    def _mark_required(self) -> None:
        """What must be there before the file is handed in, by the standard in force."""
        for name in REQUIRED[HardshipFile.Standard(self.file.standard)]:
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]  # for the template


def _plain_field(name: str, label: str, column: Any) -> forms.Field:
    if name == "standard":
        return forms.ChoiceField(label=label, choices=HardshipFile.Standard.choices)
    if name == "other_causes":
        return OtherCausesField(label=label, required=False, help_text="最多选 3 项。")
    if isinstance(column, models.BooleanField | models.DateField):
        return _day_or_yes_no(label, column)
    if isinstance(column, models.DecimalField | models.PositiveSmallIntegerField):
        return _number_field(label, column)
    return _text_field(name, label, column)


def _day_or_yes_no(label: str, column: Any) -> forms.Field:
    if isinstance(column, models.BooleanField):
        return YesNoField(label=label)
    return DayField(label=label, required=not column.null)


def _number_field(label: str, column: Any) -> forms.Field:
    if isinstance(column, models.PositiveSmallIntegerField):
        return forms.IntegerField(label=label, required=False, min_value=1, max_value=30)
    if column.max_digits == 14:
        return MoneyField(label=label, required=False)
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=8, decimal_places=2
    )


class WordsField(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 3})
    is_wide = True  # for the template


class OtherCausesField(forms.MultipleChoiceField):
    widget = ChipsMultiple
    is_wide = True  # for the template

    def clean(self, value: Any) -> list[str]:
        chosen = list(super().clean(value))
        if len(chosen) > 3:
            raise forms.ValidationError("次要致困原因最多选 3 项。", code="too_many")
        return chosen


def _text_field(name: str, label: str, column: Any) -> forms.Field:
    if name == "postcode":
        shape = RegexValidator(r"^[0-9]{6}$", "邮政编码是 6 位数字。")
        return forms.CharField(label=label, required=False, max_length=6, validators=[shape])
    hints = {"household_size_reason": "家庭人口和列出的成员人数不一样时才需要写。"}
    return forms.CharField(
        label=label,
        required=False,
        max_length=column.max_length,
        help_text=hints.get(name, ""),
        validators=[refuse_hidden_characters],
    )


def _names_of(list_key: str) -> list[tuple[Any, Any]]:
    return [(code.name, code.name) for code in Code.objects.of(list_key).current()]


def _disabilities() -> list[tuple[Any, Any]]:
    """Kind by kind, with its grades: 视力残疾 has grades of its own."""
    grades = [name for name, _ in _names_of("disability_grade")]
    sight = [grade for grade in grades if "盲" in grade or "低视力" in grade]
    usual = [grade for grade in grades if grade not in sight]
    groups = []
    for kind, _ in _names_of("disability"):
        fitting = usual + (sight if kind == "视力" else [])
        texts = [f"{kind}残疾", *(f"{kind}残疾 {grade}" for grade in fitting)]
        groups.append((f"{kind}残疾", [(text, text) for text in texts]))
    return groups


def _flat(choices: list[Any]) -> Any:
    for key, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield key, label
