"""One batch of rows on its way into the registry: what is new, what changes, what was there before.

Everything is put together in memory and sealed, then goes to the database in one COPY for each
table. What stood there before is kept with the row, under the key of the import, for undoing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    FileStep,
    HardshipFile,
    HouseholdMember,
    KeptApart,
    LedgerImport,
    PastAid,
    PersonKey,
    StagedRow,
    Workplace,
)
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.matching import Item
from beneficiaries.services.ledgers.words import Words
from relief.lib.bulk import copy_in, new_row, update_rows
from relief.lib.crypto.fields import SealedRow
from relief.lib.crypto.sealing import DataKey
from relief.lib.pinyin import full_pinyin, pinyin_initials
from unions.models import Staff

#: 在档困难职工 (DOMAIN §5).
CATEGORY: Final = "category:KN"
#: In this order: the trigger of members asks for their file.
_NEW: Final[tuple[type[Model], ...]] = (
    Beneficiary,
    PersonKey,
    HardshipFile,
    HouseholdMember,
    CategoryMembership,
    BeneficiaryLink,
    KeptApart,
    PastAid,
    FileStep,
)


@dataclass
class Before:
    """What writing replaced in a row: column → old value, sealed column → old text."""

    plain: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.plain or self.texts)

    def put(self, row: Model, name: str, value: Any) -> None:
        """Set a column that holds something else."""
        if (old := getattr(row, name)) != value:
            self.plain.setdefault(name, old)
            setattr(row, name, value)

    def seal(self, row: SealedRow, key: DataKey, name: str, text: str) -> bool:
        """Seal a text that differs from the one there; tells whether it did."""
        if (old := row.unseal(key, name)) == text:
            return False
        self.texts.setdefault(name, old)
        row.seal(key, **{name: text})
        return True


@dataclass
class Written:
    """What writing did for one staged row, as undoing needs it."""

    person: Before = field(default_factory=Before)
    file: Before = field(default_factory=Before)
    members: dict[str, Before] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    renewed: str = ""

    def dumped(self) -> str:
        said = {
            "person": vars(self.person),
            "file": vars(self.file),
            "members": {name: vars(before) for name, before in self.members.items() if before},
            "added": self.added,
            "renewed": self.renewed,
        }
        return json.dumps(said, ensure_ascii=False, cls=DjangoJSONEncoder, separators=(",", ":"))

    @classmethod
    def loaded(cls, text: str) -> "Written":
        said = json.loads(text) if text else {}
        return cls(
            Before(**said.get("person", {})),
            Before(**said.get("file", {})),
            {name: Before(**before) for name, before in said.get("members", {}).items()},
            said.get("added", []),
            said.get("renewed", ""),
        )


def _number(row: Any) -> bytes:
    return getattr(row, "id_index", None) or b""


@dataclass
class Batch:
    """Some thousand rows; `at` is the moment of writing, by which what was made is found again."""

    ledger: LedgerImport
    by: Staff
    words: Words
    key: DataKey
    today: date
    at: datetime
    _new: dict[type[Model], list[Model]] = field(default_factory=dict)
    _changed: dict[type[Model], dict[Any, tuple[Model, set[str]]]] = field(default_factory=dict)
    #: Workplaces that no union had before.
    made_workplaces: list[Workplace] = field(default_factory=list)
    _workplaces: dict[tuple[int, str], Workplace] = field(default_factory=dict)
    #: People who are in the category today.
    _categorised: set[UUID] = field(default_factory=set)
    #: Blind index of a number → the person whose own row has it.
    _people: dict[bytes, UUID] = field(default_factory=dict)

    def add(self, row: Model) -> None:
        self._new.setdefault(type(row), []).append(row)

    def change(self, row: Model, before: Before, *others: str) -> None:
        """Write what `before` says was replaced, and these further columns."""
        names = {*before.plain, *before.texts, *others}
        _, known = self._changed.setdefault(type(row), {}).setdefault(row.pk, (row, set()))
        known |= names

    def prepare(
        self, items: Sequence[Item], places: Mapping[int, set[int]], people: set[UUID]
    ) -> None:
        """Look up once what the rows name: `places` position → unions that want its workplace."""
        self._find_workplaces(
            {
                (union, name)
                for item in items
                if (name := item.values.get("workplace"))
                for union in places[item.position]
            }
        )
        standing = CategoryMembership.objects.on(self.today).filter(category=CATEGORY)
        self._categorised = set(
            standing.filter(beneficiary__in=people).values_list("beneficiary", flat=True)
        )
        numbers = {index for item in items for index in item.indexes.members.values()}
        known = Beneficiary.objects.current().filter(id_index__in=numbers)
        self._people = {
            bytes(index or b""): pk for index, pk in known.values_list("id_index", "pk")
        }

    def workplace(self, union_id: int, name: str) -> Workplace:
        """Found by name in the union; made where there is none, at its first use."""
        found = self._workplaces.get((union_id, name))
        if found is None:
            found = self._workplaces[union_id, name] = Workplace.objects.create(
                union_id=union_id,
                name=name,
                pinyin=full_pinyin(name)[:600],
                initials=pinyin_initials(name)[:100],
            )
            self.made_workplaces.append(found)
        return found

    def person_with(self, index: bytes | None) -> UUID | None:
        return self._people.get(index) if index else None

    def categorise(self, person: UUID) -> None:
        """困难职工 from today on, unless the person is that already."""
        if person not in self._categorised:
            self._categorised.add(person)
            self.add(
                new_row(
                    CategoryMembership,
                    beneficiary_id=person,
                    category_id=CATEGORY,
                    starts_on=self.today,
                    recorded_by_id=self.by.pk,
                    recorded_at=self.at,
                )
            )

    def aid(self, row: StagedRow, item: Item, person: UUID, known: Iterable[targets.Aid]) -> None:
        aid = targets.aid_of(item.values)
        if aid is None or aid in known:
            return
        assert row.union_id is not None
        self.add(
            new_row(
                PastAid,
                person_id=person,
                union_id=row.union_id,
                year=self.ledger.year,
                **aid._asdict(),
                row_id=row.pk,
                recorded_by_id=self.by.pk,
                recorded_at=self.at,
            )
        )

    def flush(self) -> None:
        for model in _NEW:
            # Whoever writes the same numbers waits for them in the same order.
            copy_in(sorted(self._new.pop(model, []), key=_number))
        for changed in self._changed.values():
            update_rows((row, frozenset(names)) for row, names in changed.values())
        self._changed.clear()

    def _find_workplaces(self, wanted: set[tuple[int, str]]) -> None:
        names = {name for _, name in wanted}
        unions = {union for union, _ in wanted}
        known = Workplace.objects.open().filter(union__in=unions, name__in=names)
        self._workplaces |= {(one.union_id, one.name): one for one in known}
