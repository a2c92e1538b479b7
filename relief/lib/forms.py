"""Fields and form classes that read what clerks really type, and answer in plain words."""

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils import timezone

from relief.lib.money import MoneyError, parse_money
from relief.lib.text import refuse_hidden_characters
from relief.lib.widgets import DayInput, MoneyInput, Typed

if TYPE_CHECKING:
    from django.db.models import QuerySet

_MONTH_DAY = re.compile(r"(\d{1,2})(?:月|[-/.])(\d{1,2})日?")


def required_words(field: forms.Field, label: str) -> str:
    """What is missing and what to do, in one sentence."""
    if isinstance(field, forms.BooleanField):
        return f"请勾选“{label}”"
    if isinstance(field, forms.ChoiceField | forms.FileField):
        return f"请选择{label}"
    return f"请填写{label}"


def speak_plainly(field: forms.Field, label: str) -> None:
    """Words of our own where the framework's would reach the reader."""
    if "invalid_choice" in field.error_messages and (
        field.error_messages["invalid_choice"]
        in {kind.default_error_messages["invalid_choice"] for kind in _CHOICES}
    ):
        field.error_messages["invalid_choice"] = f"{label}没有这一项，请从列表里选。"
    field.validators = [
        _NO_NUL if isinstance(validator, ProhibitNullCharactersValidator) else validator
        for validator in field.validators
    ]


_CHOICES = (forms.ChoiceField, forms.MultipleChoiceField, forms.ModelChoiceField)
_NO_NUL = ProhibitNullCharactersValidator("里面有不能保存的字符，请删掉再试。")


class Form(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # "请填写姓名" instead of "这个字段是必填项": the label stands in the sentence.
            field.error_messages["required"] = required_words(field, str(field.label or name))
            speak_plainly(field, str(field.label or ""))
            if isinstance(field, forms.CharField) and type(field.widget) is forms.TextInput:
                field.validators.append(refuse_hidden_characters)


class TypeaheadField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    """One of many rows: chosen from the list, or typed so that only one can be meant."""

    #: What people call one of the rows.
    counted = "条"

    def exactly(self, text: str) -> "QuerySet[Any]":
        """The rows on offer that are called just so."""
        raise NotImplementedError

    def found(self, text: str) -> "QuerySet[Any]":
        """The rows on offer that the search box lists for the text."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, Typed):
            return super().to_python(value)
        for rows in (self.exactly(value), self.found(value)):
            if len(few := rows[:2]) == 1:
                return few[0]
        count = self.found(value).count()
        several = f"“{value}”有 {count:,} {self.counted}符合，请输完整名称，或从列表里选一个。"
        none = f"没有找到“{value}”，请换个写法再找，从列表里选一个。"
        raise ValidationError(several if count else none, code="not_chosen")

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was meant, when that is clear; what was typed otherwise."""
        try:
            return self.to_python(data).pk if isinstance(data, Typed) else data
        except ValidationError:
            return data


class MoneyField(forms.DecimalField):
    """Yuan: takes ￥5,000, ５０００元 and 5 000; refuses a third decimal instead of rounding it."""

    widget = MoneyInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 13, "decimal_places": 2, "min_value": 0} | options)
        self.localize = False

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return parse_money(str(value))
        except MoneyError:
            raise ValidationError("请填写金额，例如 5,000 或 5000.50", code="invalid") from None


class DayField(forms.DateField):
    """Days as people write them: 2026-01-06, 2026/1/6, 20260106, 2026年1月6日, also 1月6日."""

    widget = DayInput
    default_error_messages = {"invalid": "请填写日期，例如 2026-01-06 或 1月6日"}

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).replace(" ", "")
            found = _MONTH_DAY.fullmatch(value)
            if found:
                return self._nearest(int(found[1]), int(found[2]))
        return super().to_python(value)

    def _nearest(self, month: int, day: int) -> date:
        """Without a year, the nearest to today: 12月30日 typed in January is last year's."""
        today = timezone.localdate()
        candidates = []
        for year in (today.year - 1, today.year, today.year + 1):
            try:
                candidates.append(date(year, month, day))
            except ValueError:
                continue
        if not candidates:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return min(candidates, key=lambda candidate: abs(candidate - today))
