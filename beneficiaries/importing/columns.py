"""Which field a column holds: its heading says it, what stands in it decides.

Every guess comes with a sentence for the person who checks it.
Source: DOMAIN §6.1 no. 2 (two columns of one heading), §6.2, §6.3 no. 2 and 22.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from beneficiaries.importing.cells import shown
from beneficiaries.importing.evidence import counts_up, share
from beneficiaries.importing.fields import Field, Kind, fields, heading
from beneficiaries.importing.members import member_names, member_part
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Cell, Row
from relief.lib.workbooks import Kind as CellKind

_SAMPLES: Final = 3
#: Below this share of fitting cells a heading is not believed; above the next none is needed.
_DOUBTFUL: Final = 0.3
_EVIDENT: Final = 0.8


@dataclass(frozen=True, slots=True)
class Column:
    """`index` counts from 0. `field` is "" for a column that is not read."""

    index: int
    heading: str
    field: str
    reason: str
    samples: tuple[str, ...] = ()
    factor: Decimal = Decimal(1)

    def chosen(self, name: str) -> "Column":
        return replace(self, field=name, reason="您指定的" if name else "您选择不导入")


class _Guess(NamedTuple):
    weight: float
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A column before it is decided: its headings and a good part of what stands below them."""

    index: int
    path: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def title(self) -> str:
        return "/".join(" ".join(part.split()) for part in self.path)

    @property
    def names(self) -> list[str]:
        return [heading(part).text for part in self.path]

    @property
    def factor(self) -> Decimal:
        factors = [heading(part).factor for part in reversed(self.path)]
        return next((factor for factor in factors if factor != 1), Decimal(1))

    @property
    def samples(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shown(cell) for cell in self.cells))[:_SAMPLES]


def recognised(path: Sequence[str]) -> float:
    """How surely these are headings of a ledger: 1 for a known word, ½ for one that contains it."""
    known = fields()
    names = [heading(part).text for part in path]
    if any(name in known.serials or name in known.left_out for name in names):
        return 1.0
    if member_part(names):
        return 1.0
    guesses = [guess.weight for guess in _by_heading(names)]
    return min(1.0, max(guesses, default=0.0) / 2)


def decide_columns(
    paths: Sequence[tuple[str, ...]],
    rows: Sequence[Row],
    *,
    vocabulary: Vocabulary,
    remembered: Mapping[str, str],
) -> tuple[Column, ...]:
    """One column for each path, in their order."""
    candidates = [
        _Candidate(index, path, tuple(_filled(rows, index + 1))) for index, path in enumerate(paths)
    ]
    members = member_names([one.names for one in candidates])
    guesses = [
        (guess, candidate)
        for candidate in candidates
        for guess in _guesses(candidate, members.get(candidate.index, ""), vocabulary, remembered)
    ]
    guesses.sort(key=lambda pair: (-pair[0].weight, pair[1].index))
    taken: dict[str, int] = {}
    decided: dict[int, _Guess] = {}
    for guess, candidate in guesses:
        if candidate.index in decided:
            continue
        if guess.field and guess.field in taken:
            continue
        decided[candidate.index] = guess
        taken[guess.field] = candidate.index
    return tuple(_column(one, decided.get(one.index), guesses, taken) for one in candidates)


def _column(
    candidate: _Candidate,
    guess: _Guess | None,
    guesses: Iterable[tuple[_Guess, _Candidate]],
    taken: Mapping[str, int],
) -> Column:
    if guess is None:
        wanted = next((one.field for one, owner in guesses if owner is candidate), "")
        reason = "不认识这一列，不导入"
        if wanted in taken:
            reason = f"“{fields().label(wanted)}”已经用了另一列，这一列不导入"
        guess = _Guess(0, "", reason)
    return Column(
        candidate.index,
        candidate.title,
        guess.field,
        guess.reason,
        candidate.samples,
        candidate.factor,
    )


def _filled(rows: Iterable[Row], column: int) -> Iterator[Cell]:
    for row in rows:
        cell = row.cell(column)
        if cell.kind not in {CellKind.EMPTY, CellKind.ERROR}:
            yield cell


def _guesses(
    candidate: _Candidate,
    member: str,
    vocabulary: Vocabulary,
    remembered: Mapping[str, str],
) -> list[_Guess]:
    """What the column may be."""
    if settled := _settled(candidate, member, remembered):
        return [settled]
    named = _by_heading(candidate.names)
    evident = [*_by_content(candidate, vocabulary)]
    if evident and evident[0].field not in {guess.field for guess in named}:
        return [evident[0]._replace(weight=6)] if named else evident
    return [*_fitting(candidate, named, vocabulary), *evident]


def _settled(candidate: _Candidate, member: str, remembered: Mapping[str, str]) -> _Guess | None:
    """What needs no weighing."""
    if candidate.title in remembered:
        return _Guess(9, remembered[candidate.title], "上次用过")
    if member:
        return _Guess(8, member, "家庭成员的一组")
    known, names = fields(), candidate.names
    if known.left_out.intersection(names):
        return _Guess(8, "", "签字或经手信息，不导入")
    is_serial = known.serials.intersection(names) and counts_up(candidate.cells)
    return _Guess(8, "", "序号，不导入") if is_serial or "序号" in names else None


def _fitting(
    candidate: _Candidate, guesses: list[_Guess], vocabulary: Vocabulary
) -> Iterator[_Guess]:
    known = fields().own
    for guess in guesses:
        field = known[guess.field]
        fit = share(field, candidate.cells, vocabulary)
        if field.rivals and fit < 0.5:
            yield from _rivals(candidate, field, vocabulary)
        # A clear heading over cells that are all wrong is still that heading: the cells are.
        weight = guess.weight + fit - (2 if fit < _DOUBTFUL else 0)
        if weight >= 1:
            yield guess._replace(weight=weight)
        if field.kind is Kind.PHONE and fit >= _DOUBTFUL:
            yield _Guess(0.9, "other_contact", "第二个电话，作为其他联系方式")


def _rivals(candidate: _Candidate, field: Field, vocabulary: Vocabulary) -> Iterator[_Guess]:
    """Other lists to whose words the column fits better than to those of its heading."""
    for rival in fields().own.values():
        if rival.rivals != field.rivals or rival is field:
            continue
        fit = share(rival, candidate.cells, vocabulary)
        if fit >= 0.5:
            yield _Guess(5 + fit, rival.name, f"内容是“{rival.label}”的用词")


def _by_heading(names: Sequence[str]) -> list[_Guess]:
    """The last heading weighs most, then all of them read together, then those above it."""
    ordered = [*reversed(names)]
    joined = "".join(names)
    guesses = []
    for field in fields().own.values():
        if ordered and ordered[0] in field.headings:
            same = ordered[0] == heading(field.label).text
            guesses.append(_Guess(4 if same else 3.5, field.name, "同名" if same else "别名"))
        elif joined in field.headings or field.headings.intersection(ordered[1:]):
            guesses.append(_Guess(3, field.name, "别名"))
    return guesses or _by_part(names[-1] if names else "")


def _by_part(name: str) -> list[_Guess]:
    """The field with the longest known word inside the heading, if that is most of it."""
    if name.startswith(("是否", "有无")):
        return []
    found: list[tuple[int, Field]] = [
        (len(word), field)
        for field in fields().own.values()
        for word in field.headings
        if len(word) > 1 and word in name and 2 * len(word) >= len(name)
    ]
    if not found:
        return []
    longest = max(length for length, _ in found)
    return [
        _Guess(1, field.name, "相近的名称，请核对") for length, field in found if length == longest
    ]


def _by_content(candidate: _Candidate, vocabulary: Vocabulary) -> Iterator[_Guess]:
    """Columns that tell what they are without a heading."""
    for name in ("id_number", "phone"):
        field = fields().own[name]
        if len(candidate.cells) > 1 and share(field, candidate.cells, vocabulary) >= _EVIDENT:
            yield _Guess(0.8, name, f"内容是“{field.label}”，请核对")
