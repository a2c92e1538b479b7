"""Step 2: which sheets are read, which row is their heading, what each column is.

Sheets of one layout (a street often has one for each community) are decided about together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from beneficiaries.forms.ledgers import VersionForm
from beneficiaries.importing.fields import fields
from beneficiaries.ledger_book import Book, members_of
from beneficiaries.ledger_masks import shown_cell
from beneficiaries.services.ledgers.layouts import (
    FIXABLE,
    ColumnLayout,
    SheetChoice,
    SheetLayout,
)
from relief.lib.forms import Form
from relief.lib.text import refuse_hidden_characters
from relief.lib.widgets import ChipsMultiple

#: More choices than this on one page, and only the columns that nobody can be sure of have one.
_MOST_OPTIONS: Final = 3_500
#: Empty lines for values of the whole sheet.
_FIXED_LINES: Final = 2
#: Reasons of the guess that nobody needs to look at twice.
_SURE: Final = frozenset(
    {"同名", "别名", "上次用过", "家庭成员的一组", "序号，不导入", "您指定的", "您选择不导入"}
)
#: Groups of the select: what it is called, and the first field of the next one.
_GROUPS: Final = (
    ("本人", "file_number"),
    ("单位和认定", "workplace"),
    ("家庭情况", "work_status"),
    ("收入和支出", "household_size"),
    ("银行和慰问", "bank_name"),
)


def field_choices(groups: int) -> list[Any]:
    """All fields in groups, with those of `groups` family members."""
    choices: list[Any] = [("", "不导入")]
    names = list(fields().own)
    starts = [names.index(first) for _, first in _GROUPS]
    for (title, _), start, end in zip(_GROUPS, starts, [*starts[1:], len(names)], strict=True):
        choices.append((title, [(name, fields().own[name].label) for name in names[start:end]]))
    for number in range(1, groups + 1):
        members = [
            (f"member{number}.{name}", f"成员{number}{one.label}")
            for name, one in fields().member.items()
        ]
        choices.append((f"家庭成员{number}", members))
    return choices


def letter_of(index: int) -> str:
    """0 → A, 26 → AA, as Excel counts columns."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class ColumnShown:
    """One column of the page; without `field` what was guessed stays."""

    letter: str
    heading: str
    samples: list[str]
    reason: str
    label: str
    is_sure: bool
    field: forms.BoundField | None


class _RowsField(forms.MultipleChoiceField):
    """Ticked rows; whatever is none of them was never on the page."""

    def clean(self, value: Any) -> list[str]:
        return [one for one in value or () if self.valid_value(one)]


class SheetForm(Form):
    """The sheets of one layout."""

    names = forms.MultipleChoiceField(label="读哪几张工作表", required=False, widget=ChipsMultiple)
    header = _RowsField(label="表头行", required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        number: int,
        layouts: Sequence[SheetLayout],
        picked: Sequence[str],
        is_short: bool,
        unions: Mapping[str, str],
    ) -> None:
        super().__init__(data, prefix=f"sheet{number}")
        self.number = number
        self.layouts = layouts
        self.first = layouts[0]
        #: Sheets that are called after a union, and its name.
        self.called_after = [
            (one["name"], unions[one["union"]]) for one in layouts if one["union"] in unions
        ]
        self._offer("names", [(one["name"], one["name"] or "（未命名）") for one in layouts])
        self.fields["names"].initial = list(picked)
        self._offer("header", [(str(row["number"]), "") for row in self.first["top"]])
        self.fields["header"].initial = [str(row) for row in self.first["header_rows"]]
        choices = field_choices(members_of(self.first) + 1)
        for column in self.shown_columns:
            if not is_short or not is_sure(column):
                self.fields[_name(column)] = forms.ChoiceField(
                    label=f"{letter_of(column['index'])} 列“{column['heading']}”是什么",
                    choices=choices,
                    required=False,
                    initial=column["field"],
                    error_messages={"invalid_choice": "没有这一项，请从列表里选。"},
                )
        self._add_fixed()
        #: Whether another heading row was just picked for it.
        self.is_picked = False

    def _add_fixed(self) -> None:
        given = list(self.first["fixed"].items())
        choices = [("", "选一栏"), *((name, fields().label(name)) for name in FIXABLE)]
        for line in range(len(given) + _FIXED_LINES):
            name, text = given[line] if line < len(given) else ("", "")
            self.fields[f"fixed{line}"] = forms.ChoiceField(
                label=f"整张表都一样的第 {line + 1} 项",
                choices=choices,
                required=False,
                initial=name,
                error_messages={"invalid_choice": "没有这一项，请从列表里选。"},
            )
            self.fields[f"text{line}"] = forms.CharField(
                label=f"第 {line + 1} 项的内容",
                required=False,
                max_length=100,
                initial=text,
                validators=[refuse_hidden_characters],
            )

    @property
    def shown_columns(self) -> list[ColumnLayout]:
        """Columns with a heading or anything below it."""
        return [one for one in self.first["columns"] if one["heading"] or any(one["samples"])]

    @property
    def columns(self) -> Iterator[ColumnShown]:
        for column in self.shown_columns:
            name = _name(column)
            yield ColumnShown(
                letter=letter_of(column["index"]),
                heading=column["heading"],
                samples=[shown_cell(column["field"], text) for text in column["samples"]],
                reason=column["reason"],
                label=fields().label(column["field"]) if column["field"] else "不导入",
                is_sure=is_sure(column),
                field=self[name] if name in self.fields else None,
            )

    @property
    def top(self) -> Iterator[tuple[int, bool, list[str]]]:
        """The first rows as they are: number, whether it is a heading, its first cells."""
        ticked = {str(value) for value in self["header"].value() or ()}
        columns = {one["index"]: one["field"] for one in self.first["columns"]}
        last = max(self.first["header_rows"], default=0)
        for row in self.first["top"]:
            is_below = row["number"] > last
            cells = [
                shown_cell(columns.get(index, "") if is_below else "", text)
                for index, text in enumerate(row["cells"][:8])
            ]
            yield row["number"], str(row["number"]) in ticked, cells

    @property
    def fixed(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for name in self.fields:
            if name.startswith("fixed"):
                yield self[name], self[name.replace("fixed", "text")]

    @property
    def has_fixed(self) -> bool:
        return bool(self.first["fixed"]) or any(name.errors for name, _ in self.fixed)

    @property
    def key_fields(self) -> list[tuple[str, bool]]:
        """What a row must have to be somebody, and whether a column was recognised as it."""
        found = {column["field"] for column in self.first["columns"]}
        return [(fields().label(name), name in found) for name in ("name", "id_number")]

    @property
    def read(self) -> int:
        return sum(1 for column in self.shown_columns if column["field"])

    @property
    def unread_reason(self) -> str:
        """Why the sheets are not read as they are; then nothing was guessed of their columns."""
        return self.first["reason"]

    @property
    def is_folded(self) -> bool:
        """Nobody needs to look at a sheet that is not read, unless somebody just did."""
        return bool(self.first["reason"]) and not self["names"].value() and not self.is_picked

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("names"):
            self._refuse_unusable()
        for line in self._lines():
            name, text = self.cleaned_data.get(f"fixed{line}"), self.cleaned_data.get(f"text{line}")
            if name and not text:
                self.add_error(f"text{line}", "请填写内容，或不选这一栏。")
            if text and not name and not self.has_error(f"fixed{line}"):
                self.add_error(f"fixed{line}", "请选这是哪一栏。")
        return self.cleaned_data

    def _refuse_unusable(self) -> None:
        """Beside the column: nobody can be recognised, or two columns mean the same."""
        taken = set[str]()
        for column in self.first["columns"]:
            chosen = self.cleaned_data.get(_name(column), column["field"])
            if chosen and chosen in taken:
                label = fields().label(chosen)
                self._refuse(column, f"“{label}”对应了两列，请只留一列。", "field_twice")
            taken.add(chosen)
        if not {"name", "id_number"} & taken and not self.errors:
            text = "要有一列是姓名或身份证号，请指定。"
            self._refuse(self.shown_columns[0], text, "no_key_column")

    def _refuse(self, column: ColumnLayout, text: str, code: str) -> None:
        name = _name(column)
        error = ValidationError(text, code=code)
        self.add_error(name if name in self.fields else None, error)

    def choices(self) -> dict[str, SheetChoice]:
        """For `choose_columns`: the ticked sheets, read as the first one is."""
        given = self.cleaned_data
        columns = {
            str(column["index"]): given.get(_name(column), column["field"])
            for column in self.first["columns"]
        }
        fixed = {
            given[f"fixed{line}"]: given[f"text{line}"]
            for line in self._lines()
            if given.get(f"fixed{line}")
        }
        return {
            layout["name"]: {
                "header_rows": layout["header_rows"],
                "columns": columns,
                "fixed": fixed,
            }
            for layout in self.layouts
            if layout["name"] in given["names"]
        }

    def header_rows(self) -> list[int]:
        return [int(number) for number in self.cleaned_data.get("header", ())]

    def _lines(self) -> list[int]:
        return [int(name.removeprefix("text")) for name in self.fields if name.startswith("text")]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        field.error_messages["invalid_choice"] = "请从列表里选。"


class ColumnsForm:
    """All sheets of a file, and the state of the import that they are.

    A sheet in which no people were found comes last, so that somebody can say what its columns are.
    """

    def __init__(
        self, data: Mapping[str, Any] | None, *, book: Book, version: int, is_whole: bool
    ) -> None:
        self.version = VersionForm(data, initial={"version": version})
        groups = book.groups()
        self.is_short = not is_whole and _options(groups) > _MOST_OPTIONS
        self.sheets = [
            SheetForm(
                data,
                # Named after the place of the first one, which another heading does not change.
                number=book.place(group[0]["name"]),
                layouts=group,
                picked=book.picked(group),
                is_short=self.is_short,
                unions=book.unions,
            )
            for group in [*groups, *book.unread()]
        ]
        self.has_one = len(book.layouts) == 1 and bool(book.groups())
        #: Sheets without a single row.
        self.empty = [one["name"] for one in book.layouts if not one["top"]]

    def is_valid(self) -> bool:
        found = [form.is_valid() for form in (self.version, *self.sheets)]
        if all(found) and self.sheets and not self.choices():
            error = ValidationError("请至少选一张工作表。", code="no_sheet")
            self.sheets[0].add_error("names", error)
            return False
        return all(found)

    def choices(self) -> dict[str, SheetChoice]:
        return {name: choice for form in self.sheets for name, choice in form.choices().items()}

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(id of the field, sentence), for the summary."""
        found = [("", str(message)) for message in self.version.non_field_errors()]
        for form in self.sheets:
            found += [("", str(message)) for message in form.non_field_errors()]
            for field in form:
                found += [(field.auto_id or "", str(message)) for message in field.errors]
        return found


def _options(groups: Sequence[Sequence[SheetLayout]]) -> int:
    own, member = len(fields().own), len(fields().member)
    return sum(
        len(group[0]["columns"]) * (own + member * (members_of(group[0]) + 1)) for group in groups
    )


def is_sure(column: ColumnLayout) -> bool:
    reason = column["reason"].partition("（")[0]
    return reason in _SURE or reason.startswith("签字")


def _name(column: ColumnLayout) -> str:
    return f"column{column['index']}"
