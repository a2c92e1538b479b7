"""Old → new of every field that writing a row would change. Blanks never overwrite."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from beneficiaries.importing.amounts import plain
from beneficiaries.models import Beneficiary, HardshipFile, HouseholdMember
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.alike import Indexes
from beneficiaries.services.ledgers.targets import Aid
from beneficiaries.services.ledgers.words import Words
from relief.lib.crypto.sealing import DataKey

Difference = dict[str, str]

#: Column of the file → the field that fills it.
_FIELDS: Final = {
    **{f"{column}_id": name for name, (column, _list) in targets.FILE_CODES.items()},
    **{column: name for name, (column, _made) in targets.FILE_PLAIN.items()},
    "region_id": "hukou_region",
    "standard": "standard",
    "other_causes": "other_hardship_causes",
}
_MEMBER_FIELDS: Final = {
    **{f"{column}_id": name for name, (column, _list) in targets.MEMBER_CODES.items()},
    "monthly_income": "monthly_income",
    "sex": "sex",
    "birth_on": "birth_date",
}


@dataclass(frozen=True)
class Stored:
    """What the registry has of the person of a row. `file` is the one of the year or, failing
    that, the last one (`is_renewed`)."""

    person: Beneficiary
    key: DataKey
    file: HardshipFile | None
    is_renewed: bool
    members: list[HouseholdMember]
    aid: list[Aid]


@dataclass(frozen=True)
class Comparison:
    values: Mapping[str, str]
    indexes: Indexes
    words: Words
    year: int
    today: date

    def of(self, stored: Stored) -> list[Difference]:
        found = [
            *self._person(stored),
            *self._workplace(stored),
            *self._new_file(stored),
            *self._file(stored),
            *self._members(stored),
            *aid_difference(self.values, stored.aid),
        ]
        # 健康状况 and 工作单位 stand with the person and in the file, and often change alike.
        return list({tuple(one.values()): one for one in found}.values())

    def _person(self, stored: Stored) -> Iterator[Difference]:
        person, key, values = stored.person, stored.key, self.values
        if values.get("name") and values["name"] != person.name:
            yield _difference("name", person.name, values["name"])
        if sex := values.get("sex"):
            yield from _changed("sex", Beneficiary.Sex(person.sex).label, sex, old=person.sex)
        birth = targets.birth_of(values, today=self.today)
        if birth and birth != person.birth_on:
            yield _difference("birth_date", _shown(person.birth_on), birth.isoformat())
        if self.indexes.own and self.indexes.own != person.id_index:
            yield _difference("id_number", person.unseal(key, "id_number"), values["id_number"])
        for column, text in targets.person_texts(values).items():
            if (old := person.unseal(key, column)) != text:
                yield _difference(column, old, text)

    def _workplace(self, stored: Stored) -> Iterator[Difference]:
        name = self.values.get("workplace", "")
        standing = [stored.person.workplace]
        standing += [stored.file.workplace] if stored.file else []
        for workplace in standing:
            if targets.names_another(workplace, name):
                yield _difference("workplace", workplace.name if workplace else "", name)

    def _new_file(self, stored: Stored) -> Iterator[Difference]:
        if stored.file is None or stored.is_renewed:
            file = stored.file
            old = f"{file.year} 年 {file.get_status_display()}" if file else ""
            yield _difference("file", old, f"{self.year} 年 在档")

    def _file(self, stored: Stored) -> Iterator[Difference]:
        file = stored.file
        # Of a new file its standard is no change, and its number and day are not the last one's.
        anew = _ONCE if stored.is_renewed else frozenset() if file else frozenset({"standard"})
        for column, value in targets.file_values(self.values, self.words).items():
            old = getattr(file, column) if file else None
            if old != value and column not in anew:
                yield _difference(
                    _FIELDS[column], self._word(column, old), self._word(column, value)
                )
        for column, text in targets.file_texts(self.values).items():
            old_text = file.unseal(stored.key, column) if file else ""
            if old_text != text:
                yield _difference(column, old_text, text)
        size = file.household_size if file else None
        for column, amount in targets.derived(self.values, size).items():
            if file is None or getattr(file, column) is None:
                yield _difference(_FIELDS[column], "", _shown(amount))

    def _members(self, stored: Stored) -> Iterator[Difference]:
        for number, member in targets.members_of(self.values).items():
            index = self.indexes.members.get(f"member{number}.id_number")
            known = self.member_known(member, index, stored)
            if known is None:
                if name := member.get("name"):
                    yield _difference(f"member{number}.name", "", name)
                continue
            yield from self._member(f"member{number}", member, known, stored.key)
            if index and index != known.id_index:
                old = known.unseal(stored.key, "id_number")
                yield _difference(f"member{number}.id_number", old, member["id_number"])

    def member_known(
        self, member: Mapping[str, str], index: bytes | None, stored: Stored
    ) -> HouseholdMember | None:
        """The row of the household that is meant: by ID number, else by name."""
        others = [one for one in stored.members if not one.is_applicant]
        if index and (same := [one for one in others if one.id_index == index]):
            return same[0]
        name = member.get("name")
        named = [one for one in others if name and one.unseal(stored.key, "name") == name]
        # Two numbers are two people, whatever they are called.
        return next((one for one in named if not index or one.id_index is None), None)

    def _member(
        self, group: str, member: Mapping[str, str], known: HouseholdMember, key: DataKey
    ) -> Iterator[Difference]:
        said = targets.member_values(member, self.words, today=self.today)
        for column, value in said.items():
            old = getattr(known, column)
            if old != value:
                field = f"{group}.{_MEMBER_FIELDS[column]}"
                yield _difference(field, self._word(column, old), self._word(column, value))
        for column, text in targets.member_texts(member).items():
            if (old_text := known.unseal(key, column)) != text:
                yield _difference(f"{group}.{column}", old_text, text)

    def _word(self, column: str, value: Any) -> str:
        if column.endswith("_id"):
            return self.words.name(value)
        if column == "standard":
            return str(HardshipFile.Standard(value).label) if value else ""
        if column == "sex":
            return str(Beneficiary.Sex(value or "").label) if value else ""
        if isinstance(value, list):
            return "、".join(self.words.name(key) for key in value)
        return _shown(value)


#: Columns of a new file that the last one does not lend.
_ONCE: Final = frozenset({"number", "opened_on"})


def aid_difference(values: Mapping[str, str], known: list[Aid]) -> Iterator[Difference]:
    """Aid of the year that the registry does not have yet; another amount is another aid."""
    aid = targets.aid_of(values)
    if aid is None or aid in known:
        return
    if aid.amount is not None:
        yield _difference("relief_amount", "", plain(aid.amount))
    if aid.goods:
        yield _difference("relief_goods", "", aid.goods)
    if aid.value is not None:
        yield _difference("goods_value", "", plain(aid.value))


def _changed(field: str, shown: Any, new: str, *, old: str) -> Iterator[Difference]:
    if targets.sex_of(new) != old:
        yield _difference(field, str(shown) if old else "", new)


def _difference(field: str, old: str, new: str) -> Difference:
    return {"field": field, "old": old, "new": new}


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
    return str(value)
