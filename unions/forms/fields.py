from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy

from relief.lib.forms import Form, TypeaheadField
from relief.lib.text import refuse_hidden_characters
from relief.lib.widgets import TypeaheadSelect
from unions.models import Staff, Union
from unions.models.union import UnionQuerySet, as_code


class ReasonField(forms.CharField):
    """Why: one line, as the log keeps it."""

    def __init__(self, **options: Any) -> None:
        usual: dict[str, Any] = {
            "label": "理由",
            "max_length": 200,
            "validators": [refuse_hidden_characters],
        }
        super().__init__(**usual | options)

    def clean(self, value: Any) -> str:
        return " ".join(str(super().clean(value)).split())


class ReasonForm(Form):
    reason = ReasonField()


class UnionChoiceField(TypeaheadField):
    """One open union of the own subtree: type part of the name, its pinyin or its code."""

    counted = "个机构"

    def __init__(self, **options: Any) -> None:
        widget = TypeaheadSelect(search_url=reverse_lazy("union-search"))
        super().__init__(queryset=Union.objects.none(), **{"widget": widget} | options)
        self.error_messages["invalid_choice"] = "请从列表里选一个机构。"

    def narrow(self, staff: Staff) -> UnionQuerySet:
        """Offer what the posting may see, and nothing else; returns the offer."""
        offered = Union.objects.visible_to(staff).open().in_tree_order()
        self.queryset = offered
        return offered

    def exactly(self, text: str) -> UnionQuerySet:
        return self._offered.filter(Q(name=text) | Q(code=as_code(text)))

    def found(self, text: str) -> UnionQuerySet:
        return self._offered.matching(text)

    @property
    def _offered(self) -> UnionQuerySet:
        assert isinstance(self.queryset, UnionQuerySet)
        return self.queryset

    def label_from_instance(self, union: Any) -> str:
        return f"{union.name}（{union.code}）"


class NarrowedForm(Form):
    """Its union fields offer what the posting may see."""

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnionChoiceField):
                field.narrow(staff)
