"""Fields that forms about people share."""

from typing import Any

from django import forms
from django.urls import reverse_lazy

from beneficiaries.models import Workplace
from beneficiaries.models.workplace import WorkplaceQuerySet
from relief.codes.models import Code
from relief.lib.forms import TypeaheadField
from relief.lib.widgets import TypeaheadSelect
from unions.models import Staff


class WorkplaceField(TypeaheadField):
    """One open workplace of the own subtree: type part of the name, its pinyin or its code."""

    counted = "个单位"

    def __init__(self, **options: Any) -> None:
        widget = TypeaheadSelect(search_url=reverse_lazy("workplace-search"))
        super().__init__(queryset=Workplace.objects.none(), **{"widget": widget} | options)
        self.error_messages["invalid_choice"] = "请从列表里选一个单位；没有的请先登记单位。"

    def narrow(self, staff: Staff, *, kept: Workplace | None = None) -> None:
        """Offer what the posting may see, and `kept`, which stands there already."""
        visible = Workplace.objects.visible_to(staff)
        offered = visible.open()
        if kept is not None:
            offered = offered | visible.filter(pk=kept.pk)
        self.queryset = offered.order_by("name", "pk")

    def exactly(self, text: str) -> WorkplaceQuerySet:
        return self._offered.filter(name=text)

    def found(self, text: str) -> WorkplaceQuerySet:
        return self._offered.matching(text)

    @property
    def _offered(self) -> WorkplaceQuerySet:
        assert isinstance(self.queryset, WorkplaceQuerySet)
        return self.queryset

    def label_from_instance(self, workplace: Any) -> str:
        return str(workplace.name)


class CodeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    """One value of a code list that may be chosen today."""

    def __init__(self, *, list_key: str, **options: Any) -> None:
        super().__init__(queryset=Code.objects.none(), **{"empty_label": "请选择"} | options)
        self.list_key = list_key
        self.error_messages["invalid_choice"] = "请从列表里选。"

    def __deepcopy__(self, memo: Any) -> "CodeField":
        """Each form asks anew what may be chosen: a value can end while the process runs."""
        copied: CodeField = super().__deepcopy__(memo)  # type: ignore[misc]  # not in the stubs
        copied.queryset = Code.objects.of(self.list_key).current()
        return copied

    def label_from_instance(self, code: Any) -> str:
        return str(code.name)
