from typing import Any

from django import forms
from django.urls import reverse_lazy

from relief.lib.widgets import TypeaheadSelect
from unions.models import Staff, Union
from unions.models.union import UnionQuerySet


class UnionChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    """One open union of the own subtree: type part of the name, its pinyin or its code."""

    def __init__(self, **options: Any) -> None:
        widget = TypeaheadSelect(search_url=reverse_lazy("union-search"))
        super().__init__(queryset=Union.objects.none(), **{"widget": widget} | options)
        self.error_messages["invalid_choice"] = "请从列表里选一个机构。"

    def narrow(self, staff: Staff) -> UnionQuerySet:
        """Offer what the posting may see, and nothing else; returns the offer."""
        offered = Union.objects.visible_to(staff).open().in_tree_order()
        self.queryset = offered
        return offered

    def label_from_instance(self, union: Any) -> str:
        return f"{union.name}（{union.code}）"
