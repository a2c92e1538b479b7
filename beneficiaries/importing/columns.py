"""Which field a column holds: its heading says it, what stands in it decides.

Every guess comes with a sentence for the person who checks it.
Source: DOMAIN §6.1 no. 2 (two columns of one heading), §6.2, §6.3 no. 2 and 22.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, NamedTuple

from beneficiaries.importing.cells import shown
from beneficiaries.importing.evidence import counts_up, looks_like, share
from beneficiaries.importing.fields import Field, Kind, fields, heading
from beneficiaries.importing.members import MemberColumn, member_columns, member_part
from beneficiaries.importing.vocabulary import Vocabulary
from relief.lib.workbooks import Cell, Row
from relief.lib.workbooks import Kind as CellKind

_SAMPLES: Final = 3
#: Below this share of fitting cells a heading is not believed; above the next none is needed.
_DOUBTFUL: Final = 0.3
_EVIDENT: Final = 0.8
#: What stands before a heading of this year's campaign.
_OCCASION: Final = re.compile(r"^(?:\d{4}年?度?|元旦|春节|两节|中秋|国庆|本次|此次|拟|计划|实际)+")
#: What a heading means instead if its brackets or the row below it speak of a year, of a month.
_PERIODS: Final = {
    ("年", "per_capita_monthly_income"): "per_capita_annual_income",
    ("年", "personal_monthly_income"): "personal_annual_income",
    ("年", "household_monthly_income"): "household_annual_income",
    ("月", "per_capita_annual_income"): "per_capita_monthly_income",
    ("月", "personal_annual_income"): "personal_monthly_income",
    ("月", "household_annual_income"): "household_monthly_income",
}
#: Fields with whose words a household is told apart: whose head is one of these.
HEADS: Final = frozenset({"户主"})


@dataclass(frozen=True, slots=True)
class Column:
    """`index` counts from 0. `field` is "" for a column that is not read."""

    index: int
    heading: str
    field: str
    reason: str
    samples: tuple[str, ...] = ()
    factor: Decimal = Decimal(1)
    #: The relationship to the applicant that the heading of a member's column tells.
    relationship: str = ""

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
    is_hidden: bool = False
    #: Of a line above the table, for headings that name none.
    unit: Decimal = Decimal(1)

    @property
    def title(self) -> str:
        return "/".join(" ".join(part.split()) for part in self.path)

    @property
    def names(self) -> list[str]:
        return _names(self.path)

    @property
    def factor(self) -> Decimal:
        said = [heading(part) for part in reversed(self.path)]
        return next((one.factor for one in said if one.has_unit), self.unit)

    @property
    def period(self) -> str:
        said = [heading(part).period for part in reversed(self.path)]
        return next(filter(None, said), "")

    @property
    def samples(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shown(cell) for cell in self.cells))[:_SAMPLES]


def recognised(path: Sequence[str]) -> float:
    """How surely these are headings of a ledger: 1 for a known word, ½ for one that contains it."""
    known = fields()
    names = _names(path)
    if any(name in known.serials or name in known.left_out for name in names):
        return 1.0
    if member_part(names):
        return 1.0
    guesses = [guess.weight for guess in _by_heading(names)]
    return min(1.0, max(guesses, default=0.0) / 2)


def holds_data(path: Sequence[str]) -> bool:
    """Whether a known heading has something else below it: a person, not a further heading."""
    *above, last = path or ("",)
    if not above or heading(last).has_unit or heading(last).period:
        return False
    return any(map(_is_known, above)) and not _is_known(last) and not member_part(_names(path))


def _is_known(text: str) -> bool:
    known, word = fields(), heading(text).text
    return known.is_heading(word) or word in known.serials or word in known.left_out


def _names(path: Sequence[str]) -> list[str]:
    return [heading(part).text for part in path]


def decide_columns(
    paths: Sequence[tuple[str, ...]],
    rows: Sequence[Row],
    *,
    vocabulary: Vocabulary,
    remembered: Mapping[str, str],
    hidden: Collection[int] = (),
    unit: Decimal = Decimal(1),
) -> tuple[Column, ...]:
    """One column for each path, in their order. `hidden` counts columns from 1."""
    candidates = [
        _Candidate(index, path, tuple(_filled(rows, index + 1)), index + 1 in hidden, unit)
        for index, path in enumerate(paths)
    ]
    members = member_columns([one.names for one in candidates])
    guesses = [
        (guess, candidate)
        for candidate in candidates
        for guess in _guesses(candidate, members.get(candidate.index), vocabulary, remembered)
    ]
    # Of two columns of one name the one that people see.
    guesses.sort(key=lambda pair: (-pair[0].weight + pair[1].is_hidden / 2, pair[1].index))
    taken: dict[str, int] = {}
    decided: dict[int, _Guess] = {}
    for guess, candidate in guesses:
        if candidate.index in decided:
            continue
        if guess.field and guess.field in taken:
            continue
        decided[candidate.index] = guess
        taken[guess.field] = candidate.index
    _judge_goods(candidates, decided, taken)
    _judge_relationship(candidates, decided, taken, vocabulary)
    return tuple(
        _column(one, decided.get(one.index), guesses, taken, members) for one in candidates
    )


def _judge_goods(
    candidates: Sequence[_Candidate], decided: dict[int, _Guess], taken: Mapping[str, int]
) -> None:
    """金额 beside 单价 is what goods cost, not money that somebody gets."""
    index = taken.get("relief_amount")
    if index is None or "goods_price" not in taken or "goods_value" in taken:
        return
    if candidates[index].names[-1] in {"金额", "总金额", "小计"}:
        decided[index] = _Guess(3, "goods_value", "旁边有单价，是物品的金额")


def _judge_relationship(
    candidates: Sequence[_Candidate],
    decided: dict[int, _Guess],
    taken: Mapping[str, int],
    vocabulary: Vocabulary,
) -> None:
    """与户主关系 makes households of rows, if heads are named and nobody signs for others."""
    index = taken.get("relationship")
    if index is None:
        return
    words = [cell.text for cell in candidates[index].cells]
    found = [vocabulary.find("relationship", word).code for word in words]
    has_heads = any(code is not None and code.name in HEADS for code in found)
    signs = any("代领" in name for one in candidates for name in one.names)
    if signs or not has_heads:
        reason = "是代领人与本人的关系，不导入" if signs else "没有一行是户主或本人，不按家庭读"
        decided[index] = _Guess(0, "", reason)


def _column(
    candidate: _Candidate,
    guess: _Guess | None,
    guesses: Iterable[tuple[_Guess, _Candidate]],
    taken: Mapping[str, int],
    members: Mapping[int, MemberColumn],
) -> Column:
    if guess is None:
        wanted = next((one.field for one, owner in guesses if owner is candidate), "")
        reason = "不认识这一列，不导入"
        if wanted and wanted in taken:
            reason = f"“{fields().label(wanted)}”已经用了另一列，这一列不导入"
        guess = _Guess(0, "", reason)
    member = members.get(candidate.index)
    return Column(
        candidate.index,
        candidate.title,
        guess.field,
        f"{guess.reason}（这一列在 Excel 里是隐藏的）" if candidate.is_hidden else guess.reason,
        candidate.samples,
        candidate.factor,
        member.relationship if member else "",
    )


def _filled(rows: Iterable[Row], column: int) -> Iterator[Cell]:
    for row in rows:
        cell = row.cell(column)
        if cell.kind not in {CellKind.EMPTY, CellKind.ERROR}:
            yield cell


def _guesses(
    candidate: _Candidate,
    member: MemberColumn | None,
    vocabulary: Vocabulary,
    remembered: Mapping[str, str],
) -> list[_Guess]:
    """What the column may be."""
    named = [_in_period(guess, candidate.period) for guess in _by_heading(candidate.names)]
    if settled := _settled(candidate, member, remembered, named):
        return [settled]
    evident = [*_by_content(candidate, named, vocabulary)]
    if evident and evident[0].field not in {guess.field for guess in named}:
        return [evident[0]._replace(weight=6)] if named else evident
    return [*_fitting(candidate, named, vocabulary), *evident]


def _in_period(guess: _Guess, period: str) -> _Guess:
    return guess._replace(field=_PERIODS.get((period, guess.field), guess.field))


def _settled(
    candidate: _Candidate,
    member: MemberColumn | None,
    remembered: Mapping[str, str],
    named: Sequence[_Guess],
) -> _Guess | None:
    """What needs no weighing."""
    if candidate.title in remembered:
        return _Guess(9, remembered[candidate.title], "上次用过")
    if member:
        return _Guess(8, member.name, "家庭成员的一组")
    known, names = fields(), candidate.names
    is_exact = any(guess.weight > 1 for guess in named)
    is_others = not is_exact and any(known.others.match(name) for name in names)
    if is_others or known.left_out.intersection(names):
        return _Guess(8, "", "签字或经手人的信息，不导入")
    is_serial = known.serials.intersection(names) and counts_up(candidate.cells)
    if is_serial or "序号" in names:
        return _Guess(8, "", "序号，不导入")
    return _measure(candidate)


def _measure(candidate: _Candidate) -> _Guess | None:
    """单位 over 箱, 袋, 份 is what goods are counted in."""
    words = [cell.text for cell in candidate.cells]
    fitting = sum(word in fields().measures for word in words)
    last = candidate.names[-1] if candidate.names else ""
    if not words or "单位" not in last or fitting < _EVIDENT * len(words):
        return None
    return _Guess(8, "goods_unit", "内容是计量单位")


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
    name = _OCCASION.sub("", name)
    found: list[tuple[int, Field]] = [
        (len(word), field)
        for field in fields().own.values()
        for word in field.headings - fields().vague
        if len(word) > 1 and word in name and 2 * len(word) >= len(name)
    ]
    if not found:
        return []
    longest = max(length for length, _ in found)
    return [
        _Guess(1, field.name, "相近的名称，请核对") for length, field in found if length == longest
    ]


def _by_content(
    candidate: _Candidate, named: Sequence[_Guess], vocabulary: Vocabulary
) -> Iterator[_Guess]:
    """Columns that tell what they are without a heading, or against it."""
    if len(candidate.cells) < 2:
        return
    for name in ("id_number", "phone"):
        field = fields().own[name]
        if share(field, candidate.cells, vocabulary) >= _EVIDENT:
            yield _Guess(0.8, name, f"内容是“{field.label}”，请核对")
            return
    known = fields().own
    fits = [share(known[guess.field], candidate.cells, vocabulary) for guess in named]
    if (candidate.path and not named) or any(fit >= _DOUBTFUL for fit in fits):
        return
    for name in ("bank_account", "name"):
        if looks_like(name, candidate.cells) >= _EVIDENT:
            yield _Guess(0.8, name, f"内容是“{known[name].label}”，请核对")
