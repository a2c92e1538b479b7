"""What is typed about a workplace."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict

from beneficiaries.forms.code_choices import CodeField, CodesOnOffer
from beneficiaries.models import Workplace
from relief.lib.forms import Form
from relief.lib.text import refuse_hidden_characters
from unions.forms.fields import UnionChoiceField
from unions.models import Staff, Union

DETAILS: Final = (
    "name",
    "kind",
    "own_union",
    "credit_code",
    "address",
    "employer_kind",
    "employer_state",
    "industry",
    "worker_count",
)
_CODED: Final = ("employer_kind", "employer_state", "industry")


class WorkplaceForm(Form):
    name = forms.CharField(label="单位名称", max_length=100)
    kind = forms.ChoiceField(label="类型", choices=Workplace.Kind.choices)
    credit_code = forms.CharField(
        label="统一社会信用代码",
        max_length=30,
        required=False,
        help_text="营业执照上的 18 位，没有就不填。",
    )
    address = forms.CharField(label="地址", max_length=200, required=False)
    own_union = UnionChoiceField(
        label="本单位工会", required=False, help_text="单位自己建了工会的才填。"
    )
    employer_kind = CodeField(list_key="employer_kind", label="单位性质")
    employer_state = CodeField(list_key="employer_state", label="企业状况")
    industry = CodeField(list_key="industry", label="所属行业")
    worker_count = forms.IntegerField(
        label="职工人数", required=False, min_value=0, max_value=9_999_999
    )

    def __init__(
        self, *args: Any, staff: Staff, workplace: Workplace | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kept = [getattr(workplace, f"{name}_id") for name in _CODED] if workplace else []
        codes = CodesOnOffer(_CODED, kept=kept)
        for field in self.fields.values():
            if isinstance(field, CodeField):
                field.offer(codes)
            elif isinstance(field, UnionChoiceField):
                field.narrow(staff)
        if workplace and workplace.own_union_id:
            own = self.fields["own_union"]
            assert isinstance(own, UnionChoiceField)
            visible = Union.objects.visible_to(staff)
            own.queryset = visible.open() | visible.filter(pk=workplace.own_union_id)


class CreateWorkplaceForm(WorkplaceForm):
    union = UnionChoiceField(label="所属机构")
    field_order = ("union", "name")


@dataclass(frozen=True)
class Difference:
    label: str
    stored: str
    mine: str | None


class ChangeWorkplaceForm(WorkplaceForm):
    """Only what was changed on the page is sent on: nothing that was not touched is taken back."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: QueryDict | None, *, staff: Staff, workplace: Workplace) -> None:
        initial = {name: getattr(workplace, name) for name in (*DETAILS, "version")}
        super().__init__(data, staff=staff, workplace=workplace, initial=initial)
        for name in DETAILS:
            self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        touched = {name: given[name] for name in self.changed_data if name in given}
        return touched | {"version": given.get("version")}

    def differences(self, stored: Workplace) -> list[Difference]:
        """What was typed, and what somebody else changed meanwhile, beside what is stored now."""
        rows = []
        for name in DETAILS:
            mine = self._typed(name) if name in self.changed_data else None
            if mine is not None or self.data.get(f"initial-{name}", "") != _raw(stored, name):
                label = str(self.fields[name].label)
                rows.append(Difference(label, _words(stored, name) or "（空）", mine))
        return rows

    def _typed(self, name: str) -> str:
        value = self.cleaned_data.get(name, self.data.get(name))
        return _say(name, value) or "（空）"

    def rebase(self, stored: Workplace) -> None:
        """Go on from what is stored now: what was not touched shows it, what was typed stays."""
        assert isinstance(self.data, QueryDict)
        touched = set(self.changed_data)
        data = self.data.copy()
        for name in DETAILS:
            data[f"initial-{name}"] = _raw(stored, name)
            if name not in touched:
                data[name] = _raw(stored, name)
        data["version"] = str(stored.version)
        self.data = data


class CloseWorkplaceForm(Form):
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="例如企业注销、搬离、并入别的单位。",
        validators=[refuse_hidden_characters],
    )


def _raw(workplace: Workplace, name: str) -> str:
    """As a form posts it."""
    value = getattr(workplace, f"{name}_id" if name in {*_CODED, "own_union"} else name)
    return "" if value is None else str(value)


def _words(workplace: Workplace, name: str) -> str:
    return _say(name, getattr(workplace, name))


def _say(name: str, value: Any) -> str:
    if name == "kind" and value in Workplace.Kind.values:
        return str(Workplace.Kind(value).label)
    return "" if value is None else str(value)
