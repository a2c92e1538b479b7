"""What is sealed in a staged row, as JSON: what was read, what is wrong, what was decided."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from beneficiaries.importing.cells import Understood
from beneficiaries.importing.person import Entry
from beneficiaries.importing.problems import Problem
from beneficiaries.importing.rows import LedgerRow
from beneficiaries.models import StagedRow
from relief.lib.crypto.sealing import DataKey

#: How a problem was settled.
ACCEPTED: Final = "accepted"
SHEET: Final = "sheet"
ID_NUMBER: Final = "id"
LINKED: Final = "link"
MAKE_LINK: Final = "make"
LINK_STANDS: Final = "stands"


@dataclass
class Content:
    """`values` field → what the cells mean, before anything is settled.

    `cells` holds the cells that mean something else than they show: raw, value, problem,
    suggestion, other. `added` names values that no cell has (fixed ones, further phones).
    `settled` problem key → how, and what it was about (seen and suggestion of each problem of that
    key): a mended cell is asked anew.
    """

    values: dict[str, str] = field(default_factory=dict)
    cells: dict[str, list[str]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    household: list[Problem] = field(default_factory=list)
    is_hidden: bool = False
    #: Field → what it held when it was read; for the page, beside what somebody typed.
    mended: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    settled: dict[str, list[str]] = field(default_factory=dict)
    #: Each old → new of a field that writing would change, as people read it.
    differences: list[dict[str, str]] = field(default_factory=list)
    #: People of the registry who may be this one, and why.
    candidates: list[dict[str, str]] = field(default_factory=list)
    #: Decided: this is the same person as …; this is somebody else than ….
    same_as: str = ""
    distinct_from: list[str] = field(default_factory=list)
    #: The person is another union's: "" (no), MAKE_LINK or LINK_STANDS.
    link: str = ""
    #: The person's file of an earlier year, which the new one follows.
    renews: str = ""
    #: What somebody wrote who left the row out, or what a row said that is nobody.
    note: str = ""
    #: Set by writing again after somebody else changed the person meanwhile.
    is_stale: bool = False

    @classmethod
    def read_from(cls, row: LedgerRow) -> Self:
        content = cls(household=list(row.household), is_hidden=row.is_hidden)
        content.take(row.values, row.entries)
        return content

    def take(self, values: Mapping[str, str], entries: Mapping[str, Entry]) -> None:
        """What the cells show and mean; cells that mean what they show need no entry."""
        self.values, self.cells = dict(values), {}
        for name, entry in entries.items():
            raw = entry.raw
            if entry.meaning != (raw, "", "", ""):
                self.cells[name] = [raw, *entry.meaning]
            elif values.get(name) != raw:
                self.cells[name] = [raw, raw]
        self.added = [name for name in values if name not in entries]

    def entries(self) -> dict[str, Entry]:
        """The cells as they were read or mended, to be judged again."""
        left_out = {*self.added, *self.cells}
        found = {
            name: Entry(value, Understood(value))
            for name, value in self.values.items()
            if name not in left_out
        }
        for name, (raw, *meaning) in self.cells.items():
            found[name] = Entry(raw, Understood(*meaning))
        return found

    def fixed(self) -> dict[str, str]:
        """Values that every row of the sheet has, given instead of a column."""
        return {name: self.values[name] for name in self.added if name != "other_contact"}

    def raw(self, name: str) -> str:
        """What the cell shows."""
        return self.cells[name][0] if name in self.cells else self.values.get(name, "")

    def open(self) -> list[Problem]:
        """Problems that nobody has settled."""
        return [problem for problem in self.problems if not self.is_settled(problem)]

    def is_settled(self, problem: Problem) -> bool:
        about = self.settled.get(key_of(problem), [])[1:]
        return (problem.seen, problem.suggestion) in zip(about[::2], about[1::2], strict=True)

    def settle(self, problem: Problem, how: str) -> None:
        """And with it what is asked about the same field in the same words: two members of one
        household that stand in rows of their own are one question."""
        key = key_of(problem)
        alike = [one for one in self.problems if key_of(one) == key]
        self.settled[key] = [how, *(text for one in alike for text in (one.seen, one.suggestion))]

    def settled_values(self) -> dict[str, str]:
        """What would be written: the values after what was decided about the problems."""
        values = dict(self.values)
        for problem in self.problems:
            if not self.is_settled(problem):
                continue
            how = self.settled[key_of(problem)][0]
            if problem.code in TAKES_SUGGESTION or (problem.code in SIDES and how == ID_NUMBER):
                values[problem.field] = problem.suggestion
            elif problem.code in LEFT_EMPTY:
                values.pop(problem.field, None)
        return values

    def sealed_for(self, row: StagedRow, key: DataKey) -> None:
        row.seal(key, content=self.dumped())

    def dumped(self) -> str:
        """Without what is empty: a file may have 50,000 rows."""
        said: dict[str, Any] = {
            name: value for name, value in vars(self).items() if value and name not in _PROBLEMS
        }
        for name in _PROBLEMS:
            if problems := getattr(self, name):
                said[name] = [_plain(problem) for problem in problems]
        return _ENCODER.encode(said)

    @classmethod
    def loaded(cls, text: str) -> Self:
        said: dict[str, Any] = json.loads(text) if text else {}
        for name in _PROBLEMS:
            said[name] = [_problem(entry) for entry in said.get(name, ())]
        return cls(**said)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PROBLEMS: Final = ("problems", "household")
#: A yes puts the suggestion in place of what was read.
TAKES_SUGGESTION: Final = frozenset({"id_15"})
#: Two sides: what the sheet says, what the ID number says.
SIDES: Final = frozenset({"sex_mismatch", "birth_mismatch"})
#: A yes leaves the field empty: its cell holds nothing that can be stored.
LEFT_EMPTY: Final = frozenset(
    {"code_unknown", "region_unknown", "postcode_invalid", "causes_unknown", "number_unclear"}
)


def key_of(problem: Problem) -> str:
    return f"{problem.code}:{problem.field}"


def open_keys(problems: Iterable[Problem]) -> list[str]:
    return list(dict.fromkeys(key_of(problem) for problem in problems))


def content_of(row: StagedRow, key: DataKey) -> Content:
    return Content.loaded(row.unseal(key, "content"))


def _plain(problem: Problem) -> list[str]:
    said = [problem.code, problem.field, problem.message, problem.seen, problem.suggestion]
    while not said[-1]:
        said.pop()
    return said


def _problem(said: list[str]) -> Problem:
    return Problem(*said)


def without_blanks(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """A cell that somebody emptied is one that the row does not have."""
    return {name: entry for name, entry in entries.items() if any(entry.meaning)}
