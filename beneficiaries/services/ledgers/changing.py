"""A row of somebody whom the registry has: only what differs is written, and what was is kept."""

from uuid import UUID

from beneficiaries import personal
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    FileStep,
    HardshipFile,
    HouseholdMember,
    StagedRow,
)
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.content import MAKE_LINK
from beneficiaries.services.ledgers.differences import Comparison, Stored
from beneficiaries.services.ledgers.making import (
    applicant_of,
    copy_file,
    copy_member,
    fill_file,
    new_file,
    new_member,
)
from beneficiaries.services.ledgers.matching import Item
from beneficiaries.services.ledgers.writing import Batch, Before, Written
from relief.lib.crypto.sealing import DataKey

_NAME = ("name", "pinyin", "initials", "grams", "name_sealed")
_PAPER = ("id_kind", "id_number", "id_index", "id_tail")
_PHONE = ("phone", "phone_index", "phone_tail")
_ACCOUNT = ("bank_account", "bank_tail")
_TOUCHED = ("version", "changed_at")


def link_person(batch: Batch, row: StagedRow, item: Item, known: list[targets.Aid]) -> None:
    """Another union keeps the person: only the link and the aid are ours."""
    assert row.person_id is not None
    if item.content.link == MAKE_LINK:
        batch.add(
            BeneficiaryLink(
                beneficiary_id=row.person_id,
                union_id=batch.ledger.union_id,
                linked_by=batch.by,
                linked_on=batch.today,
            )
        )
    batch.aid(row, item, row.person_id, known)


def change_person(batch: Batch, row: StagedRow, item: Item, stored: Stored) -> None:
    """Person, file of the year and household as the row says them; versions go up with them."""
    written = Written()
    _change_person(batch, item, stored, written.person)
    file = _file_of_the_year(batch, row, item, stored, written)
    if stored.file is not None:
        comparison = Comparison(
            item.values, item.indexes, batch.words, batch.ledger.year, batch.today
        )
        _Household(batch, item, stored, comparison, written).change(file)
    _touch(batch, stored, file, row, written)
    batch.categorise(stored.person.pk)
    batch.aid(row, item, stored.person.pk, stored.aid)
    row.person_version, row.file_id = stored.person.version, file.pk
    row.file_version = file.version
    row.seal(batch.key, written=written.dumped())


def _change_person(batch: Batch, item: Item, stored: Stored, before: Before) -> None:
    person, key, values = stored.person, stored.key, item.values
    if (name := values.get("name")) and name != person.name:
        before.plain["name"] = person.name
        personal.put_name(person, key, name)
        batch.change(person, before, *_NAME)
    if sex := values.get("sex"):
        before.put(person, "sex", targets.sex_of(sex))
    if birth := targets.birth_of(values, today=batch.today):
        before.put(person, "birth_on", birth)
    paper = targets.paper_of(values, today=batch.today)
    if paper and item.indexes.own != person.id_index:
        before.texts["id_number"] = person.unseal(key, "id_number")
        before.put(person, "id_kind", paper.kind)
        personal.put_id_number(person, key, paper.number)
        batch.change(person, before, *_PAPER)
    _change_texts(batch, item, stored, before)
    _change_workplace(batch, item, person, before)


def _change_workplace(
    batch: Batch, item: Item, row: Beneficiary | HardshipFile, before: Before
) -> None:
    name = item.values.get("workplace", "")
    if targets.names_another(row.workplace, name):
        workplace = batch.workplace(row.union_id, name)
        before.put(row, "workplace_id", workplace.pk)
        row.workplace = workplace


def _change_texts(batch: Batch, item: Item, stored: Stored, before: Before) -> None:
    person, key = stored.person, stored.key
    for column, text in targets.person_texts(item.values).items():
        if not before.seal(person, key, column, text):
            continue
        if column == "phone":
            personal.put_phone(person, key, text)
            batch.change(person, before, *_PHONE)
        elif column == "bank_account":
            personal.put_account(person, key, text)
            batch.change(person, before, *_ACCOUNT)


def _file_of_the_year(
    batch: Batch, row: StagedRow, item: Item, stored: Stored, written: Written
) -> HardshipFile:
    """The one that is there, changed; else a new one, which follows the last."""
    last, key = stored.file, stored.key
    if last is not None and not stored.is_renewed:
        _change_file(batch, item, last, key, written.file)
        if written.file:
            written.file.put(last, "ledger_id", batch.ledger.pk)
        return last
    row.made_file = True
    if last is None:
        file = new_file(batch, row, stored.person.pk)
        file.union_id = stored.person.union_id
        fill_file(batch, file, item, key, stored.person.workplace)
        batch.add(file)
        batch.add(applicant_of(file, stored.person, key))
        for number, member in targets.members_of(item.values).items():
            if member.get("name"):
                index = item.indexes.members.get(f"member{number}.id_number")
                batch.add(new_member(batch, file, key, member, index, number))
        return file
    file = copy_file(batch, row, last, key)
    fill_file(batch, file, item, key, last.workplace)
    batch.add(file)
    _follow(batch, last, written)
    return file


def _follow(batch: Batch, last: HardshipFile, written: Written) -> None:
    """The file of the earlier year ends (转入下一年度); one under review goes on by itself."""
    if last.status != Status.ACTIVE:
        return
    before = Before()
    before.put(last, "status", Status.CLOSED)
    before.put(last, "exit_reason", HardshipFile.Exit.RENEWED)
    before.put(last, "ended_on", batch.today)
    last.version += 1
    last.changed_at = batch.at
    batch.change(last, before, *_TOUCHED)
    batch.add(
        FileStep(
            file=last,
            from_status=Status.ACTIVE,
            to_status=Status.CLOSED,
            reason=f"转入 {batch.ledger.year} 年度档案（导入台账）",
            by=batch.by,
            at=batch.at,
        )
    )
    written.renewed = str(last.pk)


def _change_file(
    batch: Batch, item: Item, file: HardshipFile, key: DataKey, before: Before
) -> None:
    for column, value in targets.file_values(item.values, batch.words).items():
        before.put(file, column, value)
    for column, amount in targets.derived(item.values, file.household_size).items():
        if getattr(file, column) is None:
            before.put(file, column, amount)
    for column, text in targets.file_texts(item.values).items():
        before.seal(file, key, column, text)
    _change_workplace(batch, item, file, before)


class _Household:
    """The members of a file that is there, or that follows one that is there."""

    def __init__(
        self, batch: Batch, item: Item, stored: Stored, comparison: Comparison, written: Written
    ) -> None:
        self._batch = batch
        self._item = item
        self._stored = stored
        self._comparison = comparison
        self._written = written

    def change(self, file: HardshipFile) -> None:
        """Known members as the row says them, new ones added, the others as they were."""
        key, stored = self._stored.key, self._stored
        said = self._said()
        for member in stored.members:
            row = copy_member(member, file, key) if stored.is_renewed else member
            self._fill(row, member.pk, said, file)
            if stored.is_renewed:
                self._batch.add(row)
        position = len(stored.members)
        for number, (member_said, known) in said.items():
            if known is None and member_said.get("name"):
                index = self._item.indexes.members.get(f"member{number}.id_number")
                row = new_member(self._batch, file, key, member_said, index, position)
                self._batch.add(row)
                self._written.added.append(str(row.pk))
                position += 1

    def _said(self) -> dict[int, tuple[dict[str, str], UUID | None]]:
        """Number in the row → what it says, and which stored member is meant."""
        found = {}
        for number, member in targets.members_of(self._item.values).items():
            index = self._item.indexes.members.get(f"member{number}.id_number")
            known = self._comparison.member_known(member, index, self._stored)
            found[number] = (member, known.pk if known else None)
        return found

    def _fill(
        self,
        row: HouseholdMember,
        stored_pk: UUID,
        said: dict[int, tuple[dict[str, str], UUID | None]],
        file: HardshipFile,
    ) -> None:
        before = Before()
        for number, (member, known) in said.items():
            if known == stored_pk:
                self._put(row, member, number, before)
        if row.is_applicant:
            self._put_applicant(row, before)
        if before and not self._stored.is_renewed:
            self._batch.change(row, before, "id_index", "id_tail", "person_id")
            self._written.members[str(row.pk)] = before

    def _put(
        self, row: HouseholdMember, member: dict[str, str], number: int, before: Before
    ) -> None:
        key, batch = self._stored.key, self._batch
        for column, value in targets.member_values(member, batch.words, today=batch.today).items():
            before.put(row, column, value)
        for column, text in targets.member_texts(member).items():
            before.seal(row, key, column, text)
        index = self._item.indexes.members.get(f"member{number}.id_number")
        paper = targets.paper_of(member, today=batch.today)
        if paper and index != row.id_index:
            before.texts["id_number"] = row.unseal(key, "id_number")
            personal.put_id_number(row, key, paper.number)
            before.put(row, "person_id", batch.person_with(index))

    def _put_applicant(self, row: HouseholdMember, before: Before) -> None:
        """The applicant's own row follows the person."""
        person, key = self._stored.person, self._stored.key
        before.put(row, "sex", person.sex)
        before.put(row, "birth_on", person.birth_on)
        before.seal(row, key, "name", person.name)
        before.seal(row, key, "phone", person.unseal(key, "phone"))
        if person.id_index != row.id_index:
            before.texts["id_number"] = row.unseal(key, "id_number")
            if number := person.unseal(key, "id_number"):
                personal.put_id_number(row, key, number)


def _touch(
    batch: Batch, stored: Stored, file: HardshipFile, row: StagedRow, written: Written
) -> None:
    """Versions go up for what changed, so that open pages notice."""
    person = stored.person
    if written.person:
        person.version += 1
        person.changed_at = batch.at
        batch.change(person, written.person, *_TOUCHED)
    if not row.made_file and (written.file or written.members or written.added):
        file.version += 1
        file.changed_at = batch.at
        batch.change(file, written.file, *_TOUCHED)
