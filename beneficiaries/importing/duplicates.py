"""The same person twice in one file, whatever sheet he stands in.

Source: DOMAIN §6.3 no. 15; the registry is asked by the staging service.
"""

from collections.abc import Iterable, Iterator, Mapping

from beneficiaries.identity import lengthened
from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, problem

#: Without an ID number, people who agree in one of these pairs may be the same.
_PAIRS = (("name", "birth_date"), ("name", "phone"))


class People:
    """Everybody met so far in the file, and where. Kept small: a file may name 50,000 people."""

    def __init__(self) -> None:
        self._sheets: list[str] = []
        self._numbers: dict[str, _Place] = {}
        self._members: dict[str, _Place] = {}
        #: The pair itself is never needed again, so its hash will do.
        self._pairs: dict[int, _Place] = {}

    def meet(self, sheet: str, number: int, values: Mapping[str, str]) -> list[Problem]:
        """Note a row, and tell whom of it the file has named before."""
        if sheet not in self._sheets:
            self._sheets.append(sheet)
        place = (self._sheets.index(sheet), number)
        own = _key(values.get("id_number", ""))
        met = [*self._same_number(own, place), *self._same_pairs(values, place, is_known=bool(own))]
        members = [name for name in values if name.endswith(".id_number")]
        return [*met, *self._same_members(members, values, own, place)]

    def _same_number(self, own: str, place: "_Place") -> Iterator[Problem]:
        if not own:
            return
        if own in self._numbers:
            yield self._double("duplicate_in_file", "id_number", self._numbers[own])
        elif own in self._members:
            yield self._double("member_duplicate", "id_number", self._members[own])
        self._numbers.setdefault(own, place)

    def _same_pairs(
        self, values: Mapping[str, str], place: "_Place", *, is_known: bool
    ) -> Iterator[Problem]:
        for first, second in _PAIRS:
            if first not in values or second not in values:
                continue
            known = self._pairs.setdefault(hash((second, values[first], values[second])), place)
            if not is_known and known != place:
                label = f"{fields().label(first)}和{fields().label(second)}"
                seen = self._shown(known)
                yield problem("duplicate_suspected", "name", label=label, seen=seen)

    def _same_members(
        self, names: Iterable[str], values: Mapping[str, str], own: str, place: "_Place"
    ) -> Iterator[Problem]:
        for name in names:
            member = _key(values[name])
            if not member or member == own:
                continue  # the applicant may stand among the members of his household
            known = self._numbers.get(member) or self._members.get(member)
            if known and known != place:
                yield self._double("member_duplicate", name, known)
            self._members.setdefault(member, place)

    def _double(self, code: str, name: str, known: "_Place") -> Problem:
        return problem(code, name, label=fields().label(name), seen=self._shown(known))

    def _shown(self, place: "_Place") -> str:
        sheet, number = self._sheets[place[0]], place[1]
        return f"“{sheet}”第 {number} 行" if sheet else f"第 {number} 行"


#: Which sheet in the order of meeting, and the number of the row.
_Place = tuple[int, int]


def _key(number: str) -> str:
    return lengthened(number) if len(number) == 15 and number.isdecimal() else number
