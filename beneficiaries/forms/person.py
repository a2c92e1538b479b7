"""What is typed about a person: registering, changing, asking for a full value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from beneficiaries import identity
from beneficiaries.forms.fields import WorkplaceField
from beneficiaries.models import Beneficiary
from beneficiaries.shown import MaskedValue
from relief.lib.days import day_words
from relief.lib.forms import DayField, Form
from relief.lib.widgets import ChipsMultiple, ChipsRadio
from unions.forms.fields import ReasonForm, UnionChoiceField
from unions.models import Staff

#: What the page of a change does not show; left empty, it stays as it is.
SEALED: Final = (
    "id_number",
    "phone",
    "other_contact",
    "address",
    "bank_name",
    "bank_account",
    "health",
)
OPEN: Final = ("name", "id_kind", "sex", "birth_on", "workplace")
_UNSPOKEN: Final = {"autocomplete": "off"}


class PersonForm(Form):
    """Who a person is and how to reach the person."""

    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs=_UNSPOKEN))
    id_kind = forms.ChoiceField(
        label="证件类型",
        choices=Beneficiary.IdKind.choices,
        required=False,
        help_text="没有证件也可以登记。",
    )
    id_number = forms.CharField(
        label="证件号码",
        max_length=40,
        required=False,
        help_text="身份证、港澳台居民居住证填 18 位；护照照证件填写。",
        widget=forms.TextInput(attrs=_UNSPOKEN | {"autocapitalize": "characters"}),
    )
    lengthen = forms.BooleanField(label="已对照证件，用这个 18 位号码保存", required=False)
    sex = forms.ChoiceField(
        label="性别", choices=Beneficiary.Sex.choices, required=False, widget=ChipsRadio
    )
    birth_on = DayField(label="出生日期", required=False)
    phone = forms.CharField(
        label="手机号码",
        max_length=40,
        required=False,
        help_text="11 位，用来联系和查重。",
        widget=forms.TextInput(attrs=_UNSPOKEN | {"inputmode": "tel"}),
    )
    other_contact = forms.CharField(
        label="其他联系方式",
        max_length=100,
        required=False,
        help_text="座机、亲属或邻居的电话。",
        widget=forms.TextInput(attrs=_UNSPOKEN),
    )
    address = forms.CharField(
        label="家庭住址", max_length=200, required=False, widget=forms.TextInput(attrs=_UNSPOKEN)
    )
    bank_name = forms.CharField(
        label="开户银行", max_length=60, required=False, widget=forms.TextInput(attrs=_UNSPOKEN)
    )
    bank_account = forms.CharField(
        label="银行卡号",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_UNSPOKEN | {"inputmode": "numeric"}),
    )
    health = forms.CharField(
        label="健康状况", max_length=200, required=False, widget=forms.TextInput(attrs=_UNSPOKEN)
    )
    workplace = WorkplaceField(label="工作单位", required=False)

    #: The ID number as it was understood, for looking up who has it.
    number = ""

    def clean(self) -> dict[str, Any]:
        """15 digits become 18 only when somebody held the paper against them."""
        given: dict[str, Any] = dict(super().clean() or self.cleaned_data)
        is_confirmed = given.pop("lengthen", False)
        found = identity.read_id(given.get("id_number", ""), today=timezone.localdate())
        self.number = found.key
        if found.problem == "id_15" and given.get("id_kind") != Beneficiary.IdKind.OTHER:
            if is_confirmed:
                given["id_number"] = found.key
            else:
                text = (
                    f"这是 15 位的旧号码，现在的 18 位是 {found.key}。请对照证件，再勾选下面一行。"
                )
                self.add_error("id_number", ValidationError(text, code="id_15"))
        return given

    @property
    def offers_lengthening(self) -> bool:
        return self.has_error("id_number", "id_15") or bool(self.data.get("lengthen"))


class CreatePersonForm(PersonForm):
    union = UnionChoiceField(label="登记机构")
    is_another = forms.BooleanField(label="已经核对，不是上面的人，继续登记", required=False)
    field_order = ("union", "name")

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow_union(self, staff)
        narrow_workplace(self, staff)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        given.pop("is_another", None)
        return given


@dataclass(frozen=True)
class Difference:
    """One item of a person as it is stored now and as it was typed; `mine` is None: not touched."""

    label: str
    stored: str
    mine: str | None


class ChangePersonForm(PersonForm):
    """Only what was changed on the page is sent on, so saving on top of somebody else's change
    takes back nothing that was not touched."""

    cleared = forms.MultipleChoiceField(
        label="要删去的内容",
        required=False,
        widget=ChipsMultiple,
        help_text="现有内容填错了、又没有新的，才在这里勾选。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(
        self, *args: Any, staff: Staff, person: Beneficiary, masks: list[MaskedValue], **kwargs: Any
    ) -> None:
        initial = {name: getattr(person, name) for name in (*OPEN, "version")}
        super().__init__(*args, initial=initial, **kwargs)
        narrow_workplace(self, staff, kept=person)
        for name in OPEN:
            self.fields[name].show_hidden_initial = True
        self._masks = {mask.field: mask.text for mask in masks}
        self._say_what_is_there()

    def _say_what_is_there(self) -> None:
        recorded = [name for name in SEALED if self._masks.get(name)]
        for name in recorded:
            field = self.fields[name]
            field.help_text = f"现有：{self._masks[name]}。不改就不填。"
        cleared = self.fields["cleared"]
        assert isinstance(cleared, forms.MultipleChoiceField)
        cleared.choices = [(name, str(self.fields[name].label)) for name in recorded]
        if not recorded:
            del self.fields["cleared"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        cleared = given.pop("cleared", [])
        for name in cleared:
            if given.get(name):
                label = self.fields[name].label
                text = f"“{label}”又填了新的、又勾了删去，请只做一样。"
                self.add_error("cleared", ValidationError(text, code="both"))
        details = {
            name: given[name] for name in OPEN if name in given and name in self.changed_data
        }
        details |= {name: given[name] for name in SEALED if given.get(name)}
        details |= dict.fromkeys(cleared, "")
        if "id_number" in cleared:
            details["id_kind"] = ""
        return details | {"version": given.get("version")}

    @property
    def _posted(self) -> QueryDict:
        assert isinstance(self.data, QueryDict)
        return self.data

    def differences(self, person: Beneficiary) -> list[Difference]:
        """What was typed, and what somebody else changed meanwhile, beside what is stored now."""
        rows = []
        for name in (*OPEN, *SEALED):
            stored = self._masks.get(name, "") if name in SEALED else _words(person, name)
            mine = self._mine(name)
            if mine is not None or (name in OPEN and not self._is_as_opened(person, name)):
                rows.append(Difference(str(self.fields[name].label), stored or "（空）", mine))
        return rows

    def _mine(self, name: str) -> str | None:
        if name in self._posted.getlist("cleared"):
            return "（删去）"
        if name not in self.changed_data:
            return None
        typed = str(self.data.get(name, ""))
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(typed, typed))  # type: ignore[arg-type]  # plain pairs
        if isinstance(field, WorkplaceField):
            chosen = self.cleaned_data.get(name)
            return chosen.name if chosen else "（空）"
        return typed or "（空）"

    def _is_as_opened(self, person: Beneficiary, name: str) -> bool:
        return str(self.data.get(f"initial-{name}", "")) == _raw(person, name)

    def rebase(self, person: Beneficiary) -> None:
        """Go on from what is stored now: what was not touched shows it, what was typed stays."""
        touched = set(self.changed_data)
        data = self._posted.copy()
        for name in OPEN:
            data[f"initial-{name}"] = _raw(person, name)
            if name not in touched:
                data[name] = _raw(person, name)
        data["version"] = str(person.version)
        self.data = data


class RevealForm(Form):
    """Which full values somebody wants to see, and what for."""

    WHY = ("核对发放信息", "联系本人", "上门走访", "核对证件", "填报上级系统")
    OWN_WORDS = "other"

    fields_wanted = forms.MultipleChoiceField(label="要看的内容", widget=ChipsMultiple)
    why = forms.ChoiceField(label="理由", widget=ChipsRadio)
    own_words = forms.CharField(
        label="其他理由",
        max_length=100,
        required=False,
        help_text="上面选“其他”时填写；不要写姓名和号码。",
    )

    def __init__(self, data: Mapping[str, Any] | None, *, masks: list[MaskedValue]) -> None:
        super().__init__(data)
        wanted = self.fields["fields_wanted"]
        assert isinstance(wanted, forms.MultipleChoiceField)
        wanted.choices = [
            (mask.field, mask.label) for mask in masks if mask.text and not mask.is_full
        ]
        why = self.fields["why"]
        assert isinstance(why, forms.ChoiceField)
        why.choices = [*((text, text) for text in self.WHY), (self.OWN_WORDS, "其他")]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        reason = given.get("why", "")
        if reason == self.OWN_WORDS:
            reason = " ".join(str(given.get("own_words", "")).split())
            if not reason:
                self.add_error("own_words", ValidationError("请写明理由。", code="no_reason"))
        return {"fields": given.get("fields_wanted", []), "reason": reason}


class EraseForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "例如：本人 3 月 2 日书面要求。不要写姓名和号码。"


def narrow_union(form: Form, staff: Staff) -> None:
    field = form.fields["union"]
    assert isinstance(field, UnionChoiceField)
    field.narrow(staff)


def narrow_workplace(form: Form, staff: Staff, *, kept: Beneficiary | None = None) -> None:
    field = form.fields["workplace"]
    assert isinstance(field, WorkplaceField)
    field.narrow(staff, kept=kept.workplace if kept else None)


def _raw(person: Beneficiary, name: str) -> str:
    """As a form posts it."""
    if name == "workplace":
        return str(person.workplace_id or "")
    value = getattr(person, name)
    return "" if value is None else str(value)


def _words(person: Beneficiary, name: str) -> str:
    match name:
        case "workplace":
            return person.workplace.name if person.workplace else ""
        case "birth_on":
            return day_words(person.birth_on) if person.birth_on else ""
        case "sex":
            return str(Beneficiary.Sex(person.sex).label)
        case "id_kind":
            return str(Beneficiary.IdKind(person.id_kind).label)
    return person.name
