"""One person of a ledger, judged from the cells under their fields.

Apart from reading rows, so that a cell that somebody mended is judged like one that was read.
Source: DOMAIN §6.3 no. 16.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_OWN: Final = frozenset({"本人", "户主"})


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
    values: dict[str, str] = {}
    doubtful: list[str] = []
    others: list[str] = []
    numbers: list[str] = []
    for name, entry in entries.items():
        value, doubt, _suggestion, other = entry.meaning
        if value:
            values[name] = value
            if name.endswith("id_number"):
                numbers.append(name)
        if doubt:
            doubtful.append(name)
        if other:
            others.append(other)
    values = {**fixed, **values}
    if others:
        written = values.get("other_contact")
        values["other_contact"] = "、".join([written, *others] if written else others)
    contradictions = [*_against_the_ids(numbers, values, entries, today)]
    problems = [
        # A birth date that the number settled has no problem any more.
        *(entries[name].problem(name) for name in doubtful if entries[name].meaning.problem),
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


def _against_the_ids(
    names: Sequence[str], values: dict[str, str], entries: dict[str, Entry], today: date
) -> Iterator[Problem]:
    """Sex and birth date beside what the ID numbers say of them, members too."""
    for name in names:
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
        entries[name] = Entry(entry.raw, Understood(proven.isoformat()))
    else:
        seen, suggestion = values[name], proven.isoformat()
        yield problem("birth_mismatch", name, label="", seen=seen, suggestion=suggestion)


def _written(entry: Entry | None, today: date) -> WrittenDate | None:
    if entry is None or not entry.meaning.value:
        return None
    return read_date(entry.raw, today=today)


def _size(values: Mapping[str, str]) -> Iterator[Problem]:
    """The size of the household against the members that the row lists."""
    size = values.get("household_size")
    if not size:
        return
    members = {name.partition(".")[0] for name in values if "." in name}
    others = [one for one in members if not is_applicant(_member(one, values), values)]
    if members and int(size) != len(others) + 1:
        listed = str(len(others) + 1)
        yield problem(
            "household_size_mismatch", "household_size", label="", seen=size, suggestion=listed
        )


def _member(group: str, values: Mapping[str, str]) -> dict[str, str]:
    names = ("name", "id_number", "relationship")
    return {name: values.get(f"{group}.{name}", "") for name in names}


def is_applicant(member: Mapping[str, str], values: Mapping[str, str]) -> bool:
    """Some list the applicant himself as the first member: with his number, or by name only.

    >>> is_applicant({"name": "张三"}, {"name": "张三", "id_number": "110101196801010011"})
    True
    >>> is_applicant({"name": "张三", "relationship": "儿子"}, {"name": "张三"})
    False
    """
    number, relationship = member.get("id_number"), member.get("relationship")
    if number and number == values.get("id_number"):
        return True
    if not member.get("name") or member["name"] != values.get("name"):
        return False
    return relationship in _OWN if relationship else not number
