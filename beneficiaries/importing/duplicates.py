"""The same person twice in one file, whatever sheet he stands in.

Source: DOMAIN §6.3 no. 15; the registry is asked by the staging service.
"""

from collections.abc import Iterator, Mapping

from beneficiaries.identity import lengthened
from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, problem

#: Without an ID number, people who agree in one of these pairs may be the same.
_PAIRS = (("name", "birth_date"), ("name", "phone"))


class People:
    """Everybody met so far in the file, and where."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._members: dict[str, str] = {}
        self._pairs: dict[tuple[str, str, str], str] = {}

    def meet(self, sheet: str, number: int, values: Mapping[str, str]) -> Iterator[Problem]:
        """Note a row, and tell whom of it the file has named before."""
        place = f"“{sheet}”第 {number} 行" if sheet else f"第 {number} 行"
        own = _key(values.get("id_number", ""))
        if own:
            yield from self._same_number(own, place)
        else:
            yield from self._same_pair(values, place)
        for pair in _PAIRS:
            if all(values.get(name) for name in pair):
                key = (pair[1], values[pair[0]], values[pair[1]])
                self._pairs.setdefault(key, place)
        yield from self._same_members(values, own, place)

    def _same_number(self, own: str, place: str) -> Iterator[Problem]:
        label = fields().label("id_number")
        if own in self._numbers:
            yield problem("duplicate_in_file", "id_number", label=label, seen=self._numbers[own])
        elif own in self._members:
            yield problem("member_duplicate", "id_number", label=label, seen=self._members[own])
        self._numbers.setdefault(own, place)

    def _same_pair(self, values: Mapping[str, str], place: str) -> Iterator[Problem]:
        for pair in _PAIRS:
            key = (pair[1], values.get(pair[0], ""), values.get(pair[1], ""))
            if all(key) and key in self._pairs:
                label = "和".join(fields().label(name) for name in pair)
                yield problem("duplicate_suspected", "name", label=label, seen=self._pairs[key])

    def _same_members(self, values: Mapping[str, str], own: str, place: str) -> Iterator[Problem]:
        for name in [name for name in values if name.endswith(".id_number")]:
            member = _key(values[name])
            if not member or member == own:
                continue  # the applicant may stand among the members of his household
            known = self._numbers.get(member) or self._members.get(member)
            if known and known != place:
                yield problem("member_duplicate", name, label=fields().label(name), seen=known)
            self._members.setdefault(member, place)


def _key(number: str) -> str:
    return lengthened(number) if len(number) == 15 and number.isdecimal() else number
