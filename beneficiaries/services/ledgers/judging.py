"""What is to be said about rows: problems that only the registry shows, and the outcome of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, problem
from beneficiaries.lifecycle import UNDER_REVIEW
from beneficiaries.models import Beneficiary, HardshipFile, LedgerImport, StagedRow
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.alike import indexes_of
from beneficiaries.services.ledgers.content import LINK_STANDS, MAKE_LINK, Content, open_keys
from beneficiaries.services.ledgers.differences import Comparison, Stored, aid_difference
from beneficiaries.services.ledgers.matching import Item, Registry, registry_for
from beneficiaries.services.ledgers.unions_named import NamedUnions
from beneficiaries.services.ledgers.words import Words, region_of
from unions.models import Union

Outcome = StagedRow.Outcome
#: While one of these is open the row is a double, not a mistake.
DOUBLES: Final = frozenset(
    {"duplicate_in_file", "member_duplicate", "known_elsewhere", "household_has_file"}
)
#: What the columns hold (digits before the point).
_WIDEST: Final = {"floor_area": Decimal(10**6), "relief_quantity": Decimal(10**10)}


@dataclass
class Verdict:
    """What becomes of a row: the columns of `StagedRow` beside its content."""

    item: Item
    outcome: str = Outcome.MEND
    open_problems: list[str] = field(default_factory=list)
    union: Union | None = None
    person: Beneficiary | None = None
    file: HardshipFile | None = None


@dataclass
class Judge:
    """Judges rows of one import. `today` and the words are those of the moment."""

    ledger: LedgerImport
    words: Words
    unions: NamedUnions
    today: date

    def prepared(
        self, position: int, sheet: str, number: int, content: Content, problems: Sequence[Problem]
    ) -> Item:
        """A row with what can be said without the registry; `problems` are the reader's."""
        content.problems = [
            *problems,
            *self._unstorable(content.values),
            *_nameless(content.values),
        ]
        if content.is_stale:
            content.problems.append(problem("changed_since", "", label=""))
        values = content.settled_values()
        birth = targets.birth_of(values, today=self.today)
        return Item(position, sheet, number, content, values, indexes_of(values), birth)

    def verdicts(self, items: Sequence[Item]) -> list[Verdict]:
        """One for each item, in their order; the contents are completed on the way."""
        registry = registry_for(self.ledger, items)
        return [self._verdict(item, registry) for item in items]

    def _verdict(self, item: Item, registry: Registry) -> Verdict:
        content, verdict = item.content, Verdict(item)
        content.differences, content.candidates, content.link, content.renews = [], [], "", ""
        verdict.union = self._union(item)
        verdict.person = self._person(item, registry)
        if verdict.person is None:
            content.problems += self._households(item, registry, None)
        elif content.link:
            self._compare_linked(item, verdict.person, registry)
        else:
            verdict.file = self._compare(item, verdict.person, verdict.union, registry)
        still_open = content.open()
        verdict.open_problems = open_keys(still_open)
        verdict.outcome = _outcome(verdict, still_open)
        return verdict

    def _union(self, item: Item) -> Union | None:
        """Whose row it is: as the column says, else as the sheet is called, else the import's."""
        word = item.values.get("union", "")
        if not word:
            return (self.unions.find(item.sheet) if item.sheet else None) or self.ledger.union
        union = self.unions.find(word)
        if union is None:
            said = problem(
                "union_unknown", "union", label="", seen=word, suggestion=self.ledger.union.name
            )
            item.content.problems.append(said)
            return self.ledger.union if item.content.is_settled(said) else None
        return union

    def _person(self, item: Item, registry: Registry) -> Beneficiary | None:
        content = item.content
        if meant := registry.meant(item):
            content.problems = [one for one in content.problems if one.code != "id_missing"]
            return meant
        if registry.said(item):
            label, seen = fields().label("id_number"), item.values["id_number"]
            content.problems.append(problem("id_differs", "id_number", label=label, seen=seen))
        own = item.indexes.own or b""
        if own in registry.people:
            return registry.people[own]
        if own in registry.elsewhere:
            return self._elsewhere(item, registry.elsewhere[own], registry)
        content.problems += self._alike(item, registry)
        return None

    def _elsewhere(self, item: Item, person: Beneficiary, registry: Registry) -> Beneficiary | None:
        if person.pk in registry.linked:
            item.content.link = LINK_STANDS
            return person
        label = fields().label("id_number")
        seen = item.values["id_number"]
        said = problem("known_elsewhere", "id_number", label=label, seen=seen)
        item.content.problems.append(said)
        if not item.content.is_settled(said):
            return None
        item.content.link = MAKE_LINK
        return person

    def _alike(self, item: Item, registry: Registry) -> Iterator[Problem]:
        """Who may be the same, unless both have an ID number: then they are two people."""
        name, phone = item.values.get("name", ""), item.indexes.phone or b""
        told = set[object]()
        groups = {
            "alike_birth": registry.by_birth.get((name, item.birth), []) if item.birth else [],
            "alike_phone": registry.by_phone.get((name, phone), []),
        }
        for code, people in groups.items():
            for person in people:
                is_other = str(person.pk) in item.content.distinct_from
                has_two_numbers = person.id_index is not None and item.indexes.own is not None
                if person.pk in told or is_other or has_two_numbers:
                    continue
                told.add(person.pk)
                item.content.candidates.append(_candidate(person, code))
            if new := [one for one in item.content.candidates if one["why"] == code]:
                seen = "、".join(one["union"] for one in new)
                yield problem(code, "name", label="", seen=f"已登记在{seen}的人")

    def _households(
        self, item: Item, registry: Registry, person: Beneficiary | None
    ) -> Iterator[Problem]:
        """Somebody of this row is in another live file already (一户一档)."""
        own = {"id_number": item.indexes.own} if item.indexes.own else {}
        for name, index in {**own, **item.indexes.members}.items():
            others = [
                one
                for one in registry.households.get(index, [])
                if person is None or one.person != person.pk
            ]
            if others:
                place = "本机构" if any(one.is_own for one in others) else "别的机构"
                label = fields().label(name)
                yield problem("household_has_file", name, label=label, seen=place)

    def _compare_linked(self, item: Item, person: Beneficiary, registry: Registry) -> None:
        """Another union keeps this person: only the link and the aid are ours."""
        known = registry.aid.get(person.pk, [])
        item.content.differences = [*aid_difference(item.values, known)]
        if item.content.link == MAKE_LINK:
            item.content.differences.insert(0, {"field": "link", "old": "", "new": "关联"})

    def _compare(
        self, item: Item, person: Beneficiary, union: Union | None, registry: Registry
    ) -> HardshipFile | None:
        """Put the differences in place; returns the person's file of the year."""
        content = item.content
        content.problems += self._households(item, registry, person)
        content.problems += _against_the_registry(item, person, union)
        files = registry.files.get(person.pk, [])
        file = next((one for one in files if one.year == self.ledger.year), None)
        if file and file.status in UNDER_REVIEW:
            content.problems.append(problem("file_under_review", "", label=""))
        if file is None and person.pk in registry.rejected:
            content.problems.append(problem("file_rejected", "", label=""))
        last = file or next(iter(files), None)
        content.renews = str(last.pk) if last and not file else ""
        members = registry.members.get(last.pk, []) if last else []
        stored = Stored(
            person,
            registry.keys[person.pk],
            last,
            last is not None and file is None,
            members,
            registry.aid.get(person.pk, []),
        )
        comparison = Comparison(item.values, item.indexes, self.words, self.ledger.year, self.today)
        content.differences = comparison.of(stored)
        return file

    def _unstorable(self, values: dict[str, str]) -> Iterator[Problem]:
        """What the reader understood and no column can hold."""
        region, causes = values.get("hukou_region"), values.get("other_hardship_causes")
        if region and not region_of(self.words, region):
            yield _unstorable("region_unknown", "hukou_region", region)
        if causes and not targets.causes_of(causes, self.words):
            yield _unstorable("causes_unknown", "other_hardship_causes", causes)
        postcode = values.get("postcode", "")
        if postcode and not (len(postcode) == 6 and postcode.isascii() and postcode.isdecimal()):
            yield _unstorable("postcode_invalid", "postcode", postcode)
        for name, most in _WIDEST.items():
            if (text := values.get(name)) and Decimal(text) >= most:
                yield _unstorable("number_invalid", name, text)
        if values.get("household_size") == "0":
            yield _unstorable("number_invalid", "household_size", "0")


def _nameless(values: dict[str, str]) -> Iterator[Problem]:
    for number, member in targets.members_of(values).items():
        if not member.get("name"):
            yield problem("member_nameless", f"member{number}.name", label=f"家庭成员{number}")


def _unstorable(code: str, name: str, text: str) -> Problem:
    return problem(code, name, label=fields().label(name), seen=text)


def _outcome(verdict: Verdict, still_open: Sequence[Problem]) -> str:
    if any(one.code in DOUBLES for one in still_open):
        return Outcome.DUPLICATE
    if still_open:
        return Outcome.MEND
    if verdict.person is None:
        return Outcome.NEW
    return Outcome.CHANGED if verdict.item.content.differences else Outcome.SAME


def _against_the_registry(
    item: Item, person: Beneficiary, union: Union | None
) -> Iterator[Problem]:
    name = item.values.get("name")
    if name and name != person.name and item.content.same_as != str(person.pk):
        yield problem("name_differs", "name", label="", seen=name, suggestion=person.name)
    if item.values.get("union") and union is not None and union.pk != person.union_id:
        said, registered = item.values["union"], person.union.name
        yield problem("union_differs", "union", label="", seen=said, suggestion=registered)


def _candidate(person: Beneficiary, why: str) -> dict[str, str]:
    return {
        "person": str(person.pk),
        "why": why,
        "name": person.name,
        "union": person.union.name,
        "birth": person.birth_on.isoformat() if person.birth_on else "",
        "id_tail": person.id_tail,
        "phone_tail": person.phone_tail,
    }
