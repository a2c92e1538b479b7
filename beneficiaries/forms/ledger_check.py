"""Step 3: one decision, one cell, the rows to be left out, what words and names mean."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from beneficiaries.forms.ledgers import VersionForm
from beneficiaries.importing.fields import fields
from relief.codes.models import Code
from relief.lib.forms import Form
from unions.forms.fields import ReasonField, UnionChoiceField
from unions.models import Staff

#: Rows that may be left out at once.
MOST_ROWS: Final = 200


class Decision(NamedTuple):
    """What a button says: `code` and `field` of a problem, or the person who is meant."""

    verb: str
    code: str
    field: str
    person: UUID | None
    row: UUID | None


class DecisionForm(VersionForm):
    """`verb|about|row`, as `ledger_shown.Button` writes it; without a row all of the group."""

    decision = forms.CharField(max_length=300)

    def clean_decision(self) -> Decision:
        verb, _, rest = self.cleaned_data["decision"].partition("|")
        about, _, row = rest.partition("|")
        code, _, field = about.partition(":")
        person = _uuid(about) if verb == "same" else None
        return Decision(verb, code, field, person, _uuid(row) if row else None)


class LookForm(Form):
    """Which cell is looked at."""

    field = forms.CharField(max_length=80)


class MendForm(VersionForm):
    """The one cell that is being mended; `unseen` = it began blank, because it is masked."""

    field = forms.CharField(max_length=80, widget=forms.HiddenInput)
    unseen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label="改成",
        required=False,
        max_length=2_000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "form": "mend", "data-relief-open": True}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self["unseen"].value():
            self.fields["text"].widget.attrs["aria-describedby"] = "cell-unseen"
        name = str(self["field"].value() or "")
        if not fields().has(name):
            return
        one = fields().named(name)
        self.fields["text"].label = f"{fields().label(name)}改成"
        if one.code_list:
            self.fields["text"].widget.attrs["list"] = "cell-words"
            self.words = list(
                Code.objects.of(one.code_list).current().values_list("name", flat=True)[:100]
            )

    def clean(self) -> dict[str, Any]:
        """Nothing typed into a cell that nobody saw is not to empty it."""
        said = dict(self.cleaned_data)
        if said.pop("unseen", False) and not said.get("text") and "text" not in self.errors:
            text = "请填写新的内容；要清空这一格，请填“无”。"
            self.add_error("text", ValidationError(text, code="unseen"))
        return said

    #: What the list of the field offers.
    words: Sequence[str] = ()


class SkipForm(VersionForm):
    """Which rows are left out, and why."""

    rows = forms.CharField(widget=forms.MultipleHiddenInput, required=False)
    reason = ReasonField(label="为什么跳过", help_text="例如：重复、已经去世、不归我们管。")

    def clean_rows(self) -> list[UUID]:
        given = self.data.getlist("rows")[:MOST_ROWS] if hasattr(self.data, "getlist") else []
        return [_uuid(text) for text in given]


class WordsForm(VersionForm):
    """What each word of a coded column, or each name of a union, means.

    `words` are (word, rows): those that were posted, so that nothing typed moves to another word.
    """

    #: What the service calls the meanings.
    argument = ""

    def __init__(self, *args: Any, words: Sequence[tuple[str, int]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.words = words
        for number, (word, _) in enumerate(words):
            self.fields[f"word{number}"] = forms.CharField(
                initial=word, widget=forms.HiddenInput, required=False, strip=False
            )
            self.fields[f"meaning{number}"] = self.meaning(word)

    def meaning(self, word: str) -> forms.Field:
        raise NotImplementedError

    @property
    def lines(self) -> Iterator[tuple[str, int, forms.BoundField, forms.BoundField]]:
        """The word, in how many rows, its hidden copy, what it means."""
        for number, (word, rows) in enumerate(self.words):
            yield word, rows, self[f"word{number}"], self[f"meaning{number}"]

    def clean(self) -> dict[str, Any]:
        meanings = {
            word: meaning
            for number, (word, _) in enumerate(self.words)
            if (meaning := self.cleaned_data.get(f"meaning{number}"))
        }
        if self.words and not meanings and not self.errors:
            error = ValidationError("请至少为一种写法选好是什么。", code="none_chosen")
            self.add_error("meaning0", error)
        return {"version": self.cleaned_data.get("version"), self.argument: meanings}


class CodeWordsForm(WordsForm):
    argument = "codes"

    def __init__(self, *args: Any, code_list: str, **options: Any) -> None:
        self._codes = {code.pk: code for code in Code.objects.of(code_list).current()}
        super().__init__(*args, **options)

    def meaning(self, word: str) -> forms.Field:
        return forms.TypedChoiceField(
            label=f"“{word[:40]}”",
            choices=[("", "请选择"), *((key, code.name) for key, code in self._codes.items())],
            coerce=self._codes.__getitem__,
            empty_value=None,
            required=False,
            error_messages={"invalid_choice": "请从列表里选。"},
        )


class UnionWordsForm(WordsForm):
    argument = "unions"

    def __init__(self, *args: Any, staff: Staff, **options: Any) -> None:
        self._staff = staff
        super().__init__(*args, **options)

    def meaning(self, word: str) -> forms.Field:
        field = UnionChoiceField(label=f"“{word[:40]}”", required=False)
        field.narrow(self._staff)
        return field


def _uuid(text: str) -> UUID:
    """Raises ValidationError."""
    try:
        return UUID(text)
    except ValueError:
        raise ValidationError("没有这一行，请刷新页面。", code="no_row") from None
