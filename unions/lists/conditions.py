"""What a list's filter says: the rows it leaves, its chips, and what it could not understand.

A value that cannot be understood is left out of the filter and said beside the list; the other
conditions hold. Source: UX §6.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django_filters import DateFilter, Filter, FilterSet
from django_filters.widgets import SuffixedMultiWidget

from relief.lib.days import day_words, moment_words
from relief.lib.forms import DayField, speak_plainly
from relief.lib.tables import PARAMETERS, SIZE, SORT, query_without
from relief.lib.widgets import TypeaheadSelect
from unions.forms.fields import UnionChoiceField
from unions.models import Staff, Union

#: Name of the free-text field of a filter, which gets the wide place in the filter bar.
SEARCH_FIELD = "q"
#: Fields whose values are chosen, not typed: these may stand in the audit log.
_CHOSEN = (
    forms.ChoiceField,
    forms.ModelChoiceField,
    forms.BooleanField,
    forms.NullBooleanField,
    forms.DateField,
    forms.DateTimeField,
    forms.IntegerField,
)


class Chip(NamedTuple):
    label: str
    value: str
    url: str


class FilterProblem(NamedTuple):
    label: str
    message: str


@dataclass(frozen=True)
class Filtered:
    rows: QuerySet[Any]
    form: forms.Form
    params: QueryDict

    @property
    def conditions(self) -> dict[str, Any]:
        """Field name → value, for every field that narrows the list."""
        return {name: value for name, value in self.form.cleaned_data.items() if _says(value)}

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(
                _label(self.form, name),
                _words(self.form.fields[name], value),
                query_without(self.params, _keys(self.form, name)),
            )
            for name, value in self.conditions.items()
        ]

    @property
    def problems(self) -> list[FilterProblem]:
        """What was typed wrongly, field by field, in words."""
        return [
            FilterProblem(_label(self.form, name), " ".join(map(str, errors)))
            for name, errors in self.form.errors.items()
        ]

    @property
    def query(self) -> str:
        """The filter and the order as a query string without page: what is saved and exported."""
        kept = self.params.copy()
        for name in list(kept):
            said = [value for value in kept.getlist(name) if value]
            kept.setlist(name, said if name in self._known() else [])
        return kept.urlencode()

    @property
    def clear_query(self) -> str:
        return query_without(self.params, self._known() - PARAMETERS)

    @property
    def for_log(self) -> dict[str, str]:
        """The conditions without anything that was typed: that could be somebody's name."""
        return {
            name: ",".join(self.params.getlist(name)) or "*"
            if isinstance(self.form.fields[name], _CHOSEN)
            else "*"
            for name in self.conditions
        }

    def _known(self) -> frozenset[str]:
        names = (key for name in self.form.fields for key in _keys(self.form, name))
        return frozenset(names) | {SORT, SIZE}


class DayFilter(DateFilter):
    """A day as people write it."""

    field_class = DayField


class SubtreeFilter(Filter):
    """A union of who asks: its rows, and those of every union below it."""

    field_class = UnionChoiceField

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "机构（含下级）", "method": "in_subtree"} | options)


class ListFilter(FilterSet):
    """The conditions of a list. `staff` is who asks, in the worker too: there is no request."""

    staff: Staff

    @property
    def form(self) -> forms.Form:
        """Its union fields offer the unions of who asks."""
        form: forms.Form = super().form
        for field in form.fields.values():
            if isinstance(field, UnionChoiceField):
                field.narrow(self.staff)
        return form

    def check(self, form: forms.Form) -> None:
        """Refuse what can only be judged from several fields together."""

    def in_subtree(self, queryset: Any, name: str, value: Union | None) -> QuerySet[Any]:
        found: QuerySet[Any] = queryset.within(value.path) if value else queryset
        return found


def filtered(
    params: QueryDict,
    rows: QuerySet[Any],
    filterset_class: type[ListFilter],
    *,
    staff: Staff,
) -> Filtered:
    """The rows that the understood conditions leave."""
    filterset = filterset_class(params, queryset=rows)
    filterset.staff = staff
    form = filterset.form
    for name, field in form.fields.items():
        speak_plainly(field, _label(form, name))
    _name_parts_of_ranges(form)
    _lead_the_search_key(form)
    form.is_valid()
    _refuse_reversed_ranges(form)
    filterset.check(form)
    for name, value in form.cleaned_data.items():
        # filterset.qs would stumble over the fields that are not in cleaned_data.
        rows = filterset.filters[name].filter(rows, value)
    return Filtered(rows, form, params)


def refuse_reversed(form: forms.Form, first: str, last: str) -> None:
    """A period that ends before it begins would find nothing and say nothing."""
    since, until = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if since and until and until < since:
        form.add_error(last, f"比“{_label(form, first)}”还早，请改正。")


def _refuse_reversed_ranges(form: forms.Form) -> None:
    for name, value in list(form.cleaned_data.items()):
        is_whole = isinstance(value, slice) and value.start is not None and value.stop is not None
        if is_whole and value.stop < value.start:
            form.add_error(name, "后一个比前一个还小（早），请改正。")


def _name_parts_of_ranges(form: forms.Form) -> None:
    """A range is two inputs under one label: each gets a name of its own for screen readers."""
    for name, field in form.fields.items():
        if isinstance(field.widget, SuffixedMultiWidget):
            for part, words in zip(field.widget.widgets, ("从", "到"), strict=True):
                part.attrs["aria-label"] = f"{_label(form, name)}{words}"


def _lead_the_search_key(form: forms.Form) -> None:
    """The key “/” goes to the free-text field, and where there is none, to the first one."""
    name = SEARCH_FIELD if SEARCH_FIELD in form.fields else next(iter(form.fields), "")
    if name:
        form.fields[name].widget.attrs["data-relief-search"] = True


def _says(value: Any) -> bool:
    if isinstance(value, slice):
        return value.start is not None or value.stop is not None
    return value is not None and value != "" and not _is_empty(value)


def _is_empty(value: Any) -> bool:
    if isinstance(value, QuerySet):
        return not value
    return isinstance(value, (list, tuple)) and not value


def _label(form: forms.Form, name: str) -> str:
    return str(form[name].label) if name in form.fields else ""


def _keys(form: forms.Form, name: str) -> list[str]:
    """The parameters a field reads: one, or one for each part of a range or way to say it."""
    widget = form.fields[name].widget
    if isinstance(widget, TypeaheadSelect):
        return [name, widget.typed_name(name)]
    if isinstance(widget, SuffixedMultiWidget):
        return [widget.suffixed(name, suffix) for suffix in widget.suffixes]
    return [name]


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(value, slice):
        return _range_words(field, value)
    if isinstance(value, (list, tuple, QuerySet)):
        return "、".join(_words(field, single) for single in value)
    if isinstance(field, forms.ModelChoiceField) and isinstance(value, Model):
        return field.label_from_instance(value)
    return _plain_words(field, value)


def _range_words(field: forms.Field, value: slice) -> str:
    if value.stop is None:
        return f"{_words(field, value.start)} 起"
    if value.start is None:
        return f"到 {_words(field, value.stop)}"
    return f"{_words(field, value.start)} 到 {_words(field, value.stop)}"


def _plain_words(field: forms.Field, value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case datetime():
            return _moment_words(value)
        case date():
            return day_words(value)
    return _choices(field).get(str(value), str(value))


def _moment_words(value: datetime) -> str:
    """A range of days reaches from the first to the last moment: those are said as days."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    is_edge = local.time() in {time.min, time.max}
    return day_words(local) if is_edge else moment_words(local)


def _choices(field: forms.Field) -> dict[str, str]:
    """Code → label of a choice field, groups laid flat; nothing for other fields."""
    offered: dict[str, str] = {}
    for code, label in getattr(field, "choices", ()):
        options = label if isinstance(label, (list, tuple)) else [(code, label)]
        offered |= {str(key): str(words) for key, words in options}
    return offered
