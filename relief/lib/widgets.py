"""Form widgets of our own look. Their templates are in templates/components/widgets."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator

from relief.lib import money

if TYPE_CHECKING:
    from django.forms.models import ModelChoiceField

#: A plain select beyond this is no help to anybody; the search box has no such limit.
OPTIONS_WITHOUT_SCRIPT = 200


class ChipsRadio(forms.RadioSelect):
    """One of a few, as chips. attrs class "is-grid" puts them two and two."""

    template_name = "components/widgets/chips.html"


class ChipsMultiple(forms.CheckboxSelectMultiple):
    """Several of a few, as chips."""

    template_name = "components/widgets/chips.html"


class MoneyInput(forms.TextInput):
    """Yuan with thousands separators; text, because a number input refuses what people paste."""

    template_name = "components/widgets/money.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "decimal", "autocomplete": "off", "data-relief-money": True}
            | (attrs or {})
        )

    def format_value(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        # What the person typed comes back as it was, also when it is wrong.
        return value if isinstance(value, str) else money.format_money(value)


class DayInput(forms.DateInput):
    """The browser's own date picker; it speaks ISO whatever the page's language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # The hint is for browsers that draw a plain text box.
        hint = {"class": "is-short", "placeholder": "2026-01-31", "title": "例如 2026-01-31"}
        super().__init__(hint | (attrs or {}), format="%Y-%m-%d")


class PasswordInput(forms.PasswordInput):
    """A password with a button that shows it."""

    template_name = "components/widgets/password.html"


class Typed(str):
    """What was typed into a search box and not chosen from its list."""

    __slots__ = ()


class TypeaheadSelect(forms.Select):
    """A select that becomes a search box.

    A text that chose nothing comes as a `Typed`; without the script, for what the select leaves
    out, there is a box of its own. `search_url` answers GET ?q=… with
    components/typeahead_options.html. Only the first options and the chosen one are written into
    the page, so the field may stand for thousands.
    """

    template_name = "components/widgets/typeahead.html"

    def __init__(self, *, search_url: Any, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.search_url = search_url

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["search_url"] = str(self.search_url)
        context["widget"]["typed"] = value if isinstance(value, Typed) else ""
        return context

    @staticmethod
    def typed_name(name: str) -> str:
        """Under which the text comes that chose nothing (static/js/typeahead.js sends it)."""
        return f"{name}-typed"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = super().value_from_datadict(data, files, name)
        typed = str(data.get(self.typed_name(name)) or "").replace("\0", "").strip()
        return Typed(typed) if typed and not chosen else chosen

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and self.typed_name(name) not in data

    def format_value(self, value: Any) -> Any:
        return [] if isinstance(value, Typed) else super().format_value(value)

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, Any] | None = None
    ) -> list[Any]:
        if isinstance(self.choices, ModelChoiceIterator):
            return self._few_of_many(self.choices.field, value, name)
        groups: list[Any] = super().optgroups(name, value, attrs)
        return groups

    def _few_of_many(
        self, field: "ModelChoiceField[Any]", value: list[str], name: str
    ) -> list[Any]:
        chosen = [str(entry) for entry in value if entry]
        rows = {str(field.prepare_value(row)): row for row in _first(field)}
        for entry in chosen:
            if entry not in rows and (row := _chosen(field, entry)) is not None:
                rows[entry] = row
        options = [self.create_option(name, "", "（未选）", not chosen, 0)]
        options += [
            self.create_option(name, key, field.label_from_instance(row), key in chosen, number)
            for number, (key, row) in enumerate(rows.items(), start=1)
        ]
        return [(None, options, 0)]


def _first(field: "ModelChoiceField[Any]") -> list[Any]:
    return [] if field.queryset is None else list(field.queryset[:OPTIONS_WITHOUT_SCRIPT])


def _chosen(field: "ModelChoiceField[Any]", entry: str) -> Any:
    """The row that was chosen; None if the value that came back was never on offer."""
    try:
        return field.to_python(entry)
    except ValidationError:
        return None
