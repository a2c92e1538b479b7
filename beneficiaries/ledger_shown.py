"""Rows of a ledger as step 3 shows them: what is wrong, what would change, what can be pressed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, Severity
from beneficiaries.ledger_masks import sentence_of, shown_cell, without_numbers
from beneficiaries.ledger_problems import ICONS
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.content import SIDES, Content, content_of, key_of
from beneficiaries.services.ledgers.decisions import ALIKE, SKIPPED_BY_HAND
from beneficiaries.services.ledgers.overview import label_of
from relief.lib.crypto.sealing import DataKey

Outcome = StagedRow.Outcome
#: Outcome → tint and icon.
LOOKS: Final = {
    Outcome.NEW: ("ok", "plus"),
    Outcome.CHANGED: ("info", "refresh"),
    Outcome.SAME: ("", "equals"),
    Outcome.MEND: ("err", "cross"),
    Outcome.DUPLICATE: ("warn", "copy"),
    Outcome.SKIPPED: ("", "minus"),
}
#: What says most about somebody who is new.
_FACTS: Final = (
    "hardship_type",
    "hardship_cause",
    "per_capita_monthly_income",
    "relief_amount",
    "relief_goods",
)
NOT_WRITTEN: Final = "（没有家庭人口，不写入）"
#: A list shows so many of a row; its own page has all.
PROBLEMS_SHOWN: Final = 4
CHANGES_SHOWN: Final = 5


class Button(NamedTuple):
    """`value` is what `ledger-decide` understands."""

    label: str
    value: str


class ProblemShown(NamedTuple):
    field: str
    label: str
    sentence: str
    severity: str
    kind: str
    icon: str
    buttons: list[Button]
    can_be_mended: bool


class ChangeShown(NamedTuple):
    """`is_hidden`: it changes, and both look the same behind their masks."""

    label: str
    old: str
    new: str
    is_hidden: bool


class CandidateShown(NamedTuple):
    person: str
    name: str
    union: str
    birth: str
    id_tail: str
    phone_tail: str
    button: Button


class CellShown(NamedTuple):
    name: str
    label: str
    text: str
    #: What was read, where somebody typed something else.
    was: str


@dataclass(frozen=True)
class RowShown:
    row: StagedRow
    content: Content
    #: Whether something may be decided about it.
    is_open: bool
    is_whole: bool

    @property
    def name(self) -> str:
        return self.content.values.get("name", "") or self.content.raw("name")

    @property
    def paper(self) -> str:
        return shown_cell("id_number", self.content.settled_values().get("id_number", ""))

    @property
    def place(self) -> str:
        """The union that the row is for; "" while nobody knows."""
        return self.row.union.name if self.row.union else ""

    @property
    def kind(self) -> str:
        return LOOKS[Outcome(self.row.outcome)][0] or "mute"

    @property
    def icon(self) -> str:
        return LOOKS[Outcome(self.row.outcome)][1]

    @property
    def problems(self) -> list[ProblemShown]:
        found = [self._problem(said) for said in self.content.open()]
        return found if self.is_whole else found[:PROBLEMS_SHOWN]

    @property
    def changes(self) -> list[ChangeShown]:
        found = [_change(one) for one in self.content.differences]
        return found if self.is_whole else found[:CHANGES_SHOWN]

    @property
    def more(self) -> int:
        """How much of it only its own page has."""
        if self.is_whole:
            return 0
        problems, changes = len(self.content.open()), len(self.content.differences)
        return max(problems - PROBLEMS_SHOWN, 0) + max(changes - CHANGES_SHOWN, 0)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Who is new has no old values to compare with."""
        if self.content.differences or self.row.outcome == Outcome.SKIPPED:
            return []
        values = self.content.settled_values()
        lost = targets.PER_CAPITA if targets.drops_income(values) else ()
        return [
            (label_of(name), f"{values[name]}{NOT_WRITTEN if name in lost else ''}")
            for name in _FACTS
            if values.get(name)
        ]

    @property
    def candidates(self) -> list[CandidateShown]:
        is_asked = any(said.code in ALIKE for said in self.content.open())
        return [self._candidate(one) for one in self.content.candidates] if is_asked else []

    @property
    def note(self) -> str:
        """Why somebody left it out, or what it says that is nobody."""
        return without_numbers(self.content.note)

    @property
    def none_of_them(self) -> Button:
        return Button("都不是，是另一个人", f"other||{self.row.pk}")

    @property
    def can_come_back(self) -> bool:
        return self.row.skip_reason == SKIPPED_BY_HAND

    @property
    def come_back(self) -> Button:
        return Button("恢复这一行", f"include||{self.row.pk}")

    @property
    def can_be_skipped(self) -> bool:
        return self.row.outcome != Outcome.SKIPPED

    def cells(self) -> list[CellShown]:
        """Every value of the row in the order of the ledger, behind its mask."""
        content = self.content
        names = {*content.values, *content.cells, *content.mended}
        return [
            CellShown(
                name=name,
                label=label_of(name),
                text=shown_cell(name, content.raw(name)),
                was=shown_cell(name, content.mended.get(name, "")),
            )
            for name in sorted(names, key=_place)
        ]

    def _problem(self, said: Problem) -> ProblemShown:
        kind, icon = ICONS[said.severity]
        return ProblemShown(
            field=said.field,
            label=said.severity.label,
            sentence=sentence_of(said),
            severity=said.severity.value,
            kind=kind,
            icon=icon,
            buttons=[*buttons_of(said, str(self.row.pk))] if self.is_open else [],
            can_be_mended=self.is_open and can_be_mended(said),
        )

    def _candidate(self, one: Mapping[str, str]) -> CandidateShown:
        return CandidateShown(
            person=one["person"],
            name=one["name"],
            union=one["union"],
            birth=one["birth"],
            id_tail=one["id_tail"],
            phone_tail=one["phone_tail"],
            button=Button("是同一个人", f"same|{one['person']}|{self.row.pk}"),
        )


def shown_rows(
    rows: Iterable[StagedRow], ledger: LedgerImport, key: DataKey, *, may_decide: bool
) -> Iterator[RowShown]:
    for row in rows:
        yield shown_row(row, ledger, key, may_decide=may_decide, is_whole=False)


def shown_row(
    row: StagedRow, ledger: LedgerImport, key: DataKey, *, may_decide: bool, is_whole: bool
) -> RowShown:
    is_open = may_decide and ledger.is_open and row.written_at is None
    return RowShown(row, content_of(row, key), is_open, is_whole)


def buttons_of(said: Problem, row: str = "") -> Iterator[Button]:
    """What settles it at once: in one row, or without `row` in all rows of the group."""
    about, every = f"{key_of(said)}|{row}", "" if row else "全部"
    if said.code in SIDES:
        yield Button(f"{every}按身份证号", f"id|{about}")
        yield Button(f"{every}按表里写的", f"sheet|{about}")
    elif said.code == "known_elsewhere":
        yield Button(f"{every}关联", f"link|{about}")
    elif said.severity is Severity.CONFIRM:
        yield Button("确认" if row else "全部采用", f"accept|{about}")


def can_be_mended(said: Problem) -> bool:
    """Whether it is about a cell of the row that somebody could type anew."""
    return bool(said.field) and said.code not in ALIKE and said.code != "file_under_review"


def _change(one: Mapping[str, str]) -> ChangeShown:
    old, new = (shown_cell(one["field"], one[side]) for side in ("old", "new"))
    return ChangeShown(label_of(one["field"]), old, new, is_hidden=bool(old) and old == new)


def _place(name: str) -> tuple[str, int]:
    group, _, part = name.rpartition(".")
    order = list(fields().member if group else fields().own)
    return group, order.index(part)
