"""What the registry knows of the people of some rows: one query of each kind for all of them.

Of people whom another union keeps only that there is one is taken out, unless the import's own
union is linked to them. Source: DESIGN §8.12, DOMAIN §6.3 no. 15.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    PastAid,
    PersonKey,
)
from beneficiaries.services.ledgers.alike import Indexes
from beneficiaries.services.ledgers.content import Content
from beneficiaries.services.ledgers.targets import Aid
from relief.lib.crypto.sealing import DataKey


class Household(NamedTuple):
    """Somebody with this ID number stands in a live file."""

    file: UUID
    person: UUID
    is_own: bool


@dataclass
class Item:
    """One row on its way: what it says, as it would be written."""

    position: int
    sheet: str
    number: int
    content: Content
    values: dict[str, str]
    indexes: Indexes
    birth: date | None


@dataclass
class Registry:
    """Keyed by what rows carry; `people` are those that the import may update."""

    people: dict[bytes, Beneficiary] = field(default_factory=dict)
    elsewhere: dict[bytes, Beneficiary] = field(default_factory=dict)
    linked: set[UUID] = field(default_factory=set)
    chosen: dict[str, Beneficiary] = field(default_factory=dict)
    by_birth: dict[tuple[str, date], list[Beneficiary]] = field(default_factory=dict)
    by_phone: dict[tuple[str, bytes], list[Beneficiary]] = field(default_factory=dict)
    households: dict[bytes, list[Household]] = field(default_factory=dict)
    #: Live files of a person, the newest year first.
    files: dict[UUID, list[HardshipFile]] = field(default_factory=dict)
    #: People whom a checker refused a file of the import's year.
    rejected: set[UUID] = field(default_factory=set)
    members: dict[UUID, list[HouseholdMember]] = field(default_factory=dict)
    keys: dict[UUID, DataKey] = field(default_factory=dict)
    aid: dict[UUID, list[Aid]] = field(default_factory=dict)

    def said(self, item: "Item") -> Beneficiary | None:
        """Whom somebody said the row means."""
        return self.chosen.get(item.content.same_as)

    def meant(self, item: "Item") -> Beneficiary | None:
        """That one, unless both have an ID number and not the same: then they are two people."""
        person = self.said(item)
        if person is None or person.id_index is None or item.indexes.own is None:
            return person
        return person if bytes(person.id_index) == item.indexes.own else None


def registry_for(ledger: LedgerImport, items: Sequence[Item]) -> Registry:
    found = Registry()
    _by_number(ledger, items, found)
    _chosen(ledger, items, found)
    _alike(ledger, items, found)
    _households(ledger, items, found)
    known = [*found.people.values(), *found.chosen.values(), *found.elsewhere.values()]
    _aid(ledger, known, found)
    mine = {person.pk for person in (*found.people.values(), *found.chosen.values())}
    _files(mine, found)
    refused = HardshipFile.objects.filter(status=Status.REJECTED, year=ledger.year)
    found.rejected = set(refused.filter(person__in=mine).values_list("person", flat=True))
    keys = PersonKey.objects.standing().filter(pk__in=mine)
    found.keys = {key.pk: key.unwrapped() for key in keys}
    return found


def _own(ledger: LedgerImport, person: Beneficiary) -> bool:
    return person.union.path.startswith(ledger.union.path)


def _by_number(ledger: LedgerImport, items: Sequence[Item], found: Registry) -> None:
    """Exact ID numbers, in all unions."""
    wanted = {item.indexes.own for item in items} - {None}
    people = Beneficiary.objects.current().select_related("union", "workplace")
    for person in people.filter(id_index__any_of=wanted):
        index = bytes(person.id_index or b"")
        side = found.people if _own(ledger, person) else found.elsewhere
        side[index] = person
    others = [person.pk for person in found.elsewhere.values()]
    if others:
        links = BeneficiaryLink.objects.standing().filter(union=ledger.union)
        found.linked = set(
            links.filter(beneficiary__in=others).values_list("beneficiary", flat=True)
        )


def _alike(ledger: LedgerImport, items: Sequence[Item], found: Registry) -> None:
    """Same name with the same birth date or phone, in the own subtree only."""
    known = found.people.keys() | found.elsewhere.keys()
    unknown = [
        item
        for item in items
        if item.indexes.own not in known and not found.meant(item) and item.values.get("name")
    ]
    names = {item.values["name"] for item in unknown}
    births = {item.birth for item in unknown} - {None}
    phones = {item.indexes.phone for item in unknown} - {None}
    if not names:
        return
    people = Beneficiary.objects.within(ledger.union.path).current().select_related("union")
    by_birth: dict[tuple[str, date], list[Beneficiary]] = defaultdict(list)
    by_phone: dict[tuple[str, bytes], list[Beneficiary]] = defaultdict(list)
    for person in people.filter(
        Q(birth_on__any_of=births) | Q(phone_index__any_of=phones), name__any_of=names
    ).order_by("pk"):
        if person.birth_on is not None:
            by_birth[person.name, person.birth_on].append(person)
        if person.phone_index is not None:
            by_phone[person.name, bytes(person.phone_index)].append(person)
    found.by_birth, found.by_phone = dict(by_birth), dict(by_phone)


def _chosen(ledger: LedgerImport, items: Sequence[Item], found: Registry) -> None:
    """People of whom somebody said that a row means them."""
    wanted = {item.content.same_as for item in items} - {""}
    if wanted:
        people = Beneficiary.objects.within(ledger.union.path).current()
        chosen = people.select_related("union", "workplace").filter(pk__in=wanted)
        found.chosen = {str(person.pk): person for person in chosen}


def _households(ledger: LedgerImport, items: Sequence[Item], found: Registry) -> None:
    """一户一档: everybody of these rows who already is in a live file, of whatever union."""
    wanted = {index for item in items for index in item.indexes.members.values()}
    wanted |= {item.indexes.own for item in items if item.indexes.own}
    households = defaultdict(list)
    rows = HouseholdMember.objects.live().filter(id_index__any_of=wanted)
    columns = ("id_index", "file_id", "file__person_id", "file__union__path")
    for index, file, person, path in rows.values_list(*columns):
        is_own = path.startswith(ledger.union.path)
        households[bytes(index or b"")].append(Household(file, person, is_own))
    found.households = dict(households)


def _files(people: Iterable[UUID], found: Registry) -> None:
    files = defaultdict(list)
    rows = HardshipFile.objects.live().filter(person__in=people).select_related("workplace")
    for file in rows.order_by("-year", "-opened_on"):
        files[file.person_id].append(file)
    found.files = dict(files)
    newest = [file.pk for mine in files.values() for file in mine[:1]]
    members = defaultdict(list)
    for member in HouseholdMember.objects.filter(file__in=newest).order_by("position", "pk"):
        members[member.file_id].append(member)
    found.members = dict(members)


def _aid(ledger: LedgerImport, people: Iterable[Beneficiary], found: Registry) -> None:
    """What the import's own subtree gave this year: of others nothing is told or compared."""
    aid = defaultdict(list)
    given = PastAid.objects.standing().within(ledger.union.path)
    rows = given.filter(person__in=[person.pk for person in people], year=ledger.year)
    columns = ("amount", "goods", "quantity", "unit", "value")
    for person, *given in rows.values_list("person_id", *columns):
        aid[person].append(Aid(*given))
    found.aid = dict(aid)
