"""One person of a ledger, judged from the cells under their fields.

Apart from reading rows, so that a cell that somebody mended is judged like one that was read.
Source: DOMAIN §6.3 no. 16.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from beneficiaries.identity import read_id
from beneficiaries.importing.cells import Context, Understood, understand
from beneficiaries.importing.dates import WrittenDate, read_date
from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, problem
from relief.lib.workbooks import Cell
from relief.lib.workbooks import Kind as CellKind

_YUAN: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell under its field: what it showed and what it means."""

    raw: str
    meaning: Understood

    def problem(self, name: str) -> Problem:
        label = fields().label(name)
        suggestion = self.meaning.suggestion
        return problem(
            self.meaning.problem, name, label=label, seen=self.raw, suggestion=suggestion
        )


class Person(NamedTuple):
    values: dict[str, str]
    problems: list[Problem]


def typed(text: str, name: str, context: Context) -> Entry:
    """What somebody typed into the cell of a field; amounts are in yuan, whatever the heading."""
    field = fields().named(name)
    cell = Cell(CellKind.TEXT, text) if text else Cell(CellKind.EMPTY, None)
    return Entry(text, understand(cell, field, _YUAN, context))


def judge(
    entries: Mapping[str, Entry],
    *,
    fixed: Mapping[str, str],
    household: Sequence[Problem] = (),
    is_hidden: bool = False,
    today: date,
) -> Person:
    """Values and problems of a person, without doubles: those need the other rows.

    `household` are the problems of the rows below that only name members.
    """
    entries = dict(entries)
    values = {name: entry.meaning.value for name, entry in entries.items() if entry.meaning.value}
    for name, value in fixed.items():
        values.setdefault(name, value)
    others = [entry.meaning.other for entry in entries.values() if entry.meaning.other]
    if others:
        written = values.get("other_contact")
        values["other_contact"] = "、".join([written, *others] if written else others)
    contradictions = [*_against_the_id(values, entries, today)]
    problems = [
        *(entry.problem(name) for name, entry in entries.items() if entry.meaning.problem),
        *_missing(values, entries),
        *contradictions,
        *_size(values),
        *household,
    ]
    if is_hidden:
        problems.append(problem("row_hidden", "", label=""))
    return Person(values, problems)


def _missing(values: Mapping[str, str], entries: Mapping[str, Entry]) -> Iterator[Problem]:
    for name in ("name", "id_number"):
        if name not in values and name not in entries:
            code = "name_missing" if name == "name" else "id_missing"
            yield problem(code, name, label=fields().label(name))


def _against_the_id(
    values: dict[str, str], entries: dict[str, Entry], today: date
) -> Iterator[Problem]:
    """Sex and birth date beside what the ID number says of them, members too."""
    for name in [name for name in values if name.endswith("id_number")]:
        number = read_id(values[name], today=today)
        if number.birth is None or number.problem not in {"", "id_15"}:
            continue
        prefix = name.removesuffix("id_number")
        sex = values.get(f"{prefix}sex")
        if sex and sex != number.sex:
            yield problem("sex_mismatch", f"{prefix}sex", label="", seen=sex, suggestion=number.sex)
        yield from _birth(f"{prefix}birth_date", number.birth, values, entries, today)


def _birth(
    name: str, proven: date, values: dict[str, str], entries: dict[str, Entry], today: date
) -> Iterator[Problem]:
    entry = entries.get(name)
    written = _written(entry, today)
    if entry is None or written is None:
        return
    if written.agrees_with(proven):
        # Half a date, or two readings of one: the number settles it, nobody has to.
        values[name] = proven.isoformat()
        entries[name] = replace(entry, meaning=Understood(proven.isoformat()))
    else:
        seen, suggestion = values[name], proven.isoformat()
        yield problem("birth_mismatch", name, label="", seen=seen, suggestion=suggestion)


def _written(entry: Entry | None, today: date) -> WrittenDate | None:
    if entry is None or not entry.meaning.value:
        return None
    return read_date(entry.raw, today=today)


def _size(values: Mapping[str, str]) -> Iterator[Problem]:
    """The size of the household against the members that the row lists."""
    members = {name.split(".")[0] for name in values if name.startswith("member")}
    size = values.get("household_size")
    if members and size and int(size) != len(members) + 1:
        listed = str(len(members) + 1)
        yield problem(
            "household_size_mismatch", "household_size", label="", seen=size, suggestion=listed
        )
