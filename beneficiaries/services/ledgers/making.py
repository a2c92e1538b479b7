"""A row of somebody whom the registry does not have, or who has no file of the year."""

from uuid import UUID

from beneficiaries import personal
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    HouseholdMember,
    KeptApart,
    PersonKey,
    StagedRow,
    Workplace,
)
from beneficiaries.services.ledgers import targets
from beneficiaries.services.ledgers.matching import Item
from beneficiaries.services.ledgers.writing import Batch
from relief.lib.bulk import new_row
from relief.lib.crypto.fields import sealed_names
from relief.lib.crypto.sealing import DataKey


def make_person(batch: Batch, row: StagedRow, item: Item) -> None:
    """A person with a key, a file of the year that is 在档, the household, the category, aid."""
    key = DataKey.new()
    person = _person(batch, row, item, key)
    batch.add(person)
    person_key = new_row(PersonKey, person_id=person.pk)
    person_key.wrap(key)
    batch.add(person_key)
    file = new_file(batch, row, person.pk)
    fill_file(batch, file, item, key, person.workplace)
    batch.add(file)
    batch.add(_applicant(file, person, item, key))
    for number, member in targets.members_of(item.values).items():
        if member.get("name"):
            index = item.indexes.members.get(f"member{number}.id_number")
            batch.add(new_member(batch, file, key, member, index, number))
    batch.categorise(person.pk)
    batch.aid(row, item, person.pk, ())
    _keep_apart(batch, item, person.pk)
    row.person_id, row.person_version, row.made_person = person.pk, person.version, True
    row.file_id, row.file_version, row.made_file = file.pk, file.version, True


def new_file(batch: Batch, row: StagedRow, person: UUID) -> HardshipFile:
    """In force from the beginning: it was so on paper, or in another system."""
    assert row.union_id is not None
    return new_row(
        HardshipFile,
        person_id=person,
        union_id=row.union_id,
        year=batch.ledger.year,
        status=Status.ACTIVE,
        ledger_id=batch.ledger.pk,
        opened_on=batch.today,
        reviewed_on=batch.today,
        changed_at=batch.at,
    )


def fill_file(
    batch: Batch, file: HardshipFile, item: Item, key: DataKey, standing: Workplace | None
) -> None:
    """What the row says, into a new file; a blank leaves what is there.

    `standing` is the workplace of the person or of the last file: one of that name is it.
    """
    inside = vars(file)  # columns of references among them, and nobody has looked through any yet
    for column, value in targets.file_values(item.values, batch.words).items():
        inside[column] = value
    for column, amount in targets.derived(item.values, file.household_size).items():
        if getattr(file, column) is None:
            setattr(file, column, amount)
    file.seal(key, **targets.file_texts(item.values))
    if name := item.values.get("workplace", ""):
        is_another = targets.names_another(standing, name)
        file.workplace = batch.workplace(file.union_id, name) if is_another else standing


def new_member(
    batch: Batch,
    file: HardshipFile,
    key: DataKey,
    member: dict[str, str],
    index: bytes | None,
    position: int,
) -> HouseholdMember:
    row = new_row(
        HouseholdMember, file_id=file.pk, position=position, person_id=batch.person_with(index)
    )
    for column, value in targets.member_values(member, batch.words, today=batch.today).items():
        setattr(row, column, value)
    row.seal(key, **targets.member_texts(member))
    if paper := targets.paper_of(member, today=batch.today):
        personal.put_id_number(row, key, paper.number)
    return row


def copy_file(batch: Batch, row: StagedRow, last: HardshipFile, key: DataKey) -> HardshipFile:
    """The file of the year with the answers of the last one; number and day are given anew."""
    file = new_file(batch, row, last.person_id)
    own = {"id", "year", "status", "number", "is_temporary", "opened_on", "reviewed_on"}
    own |= {"ledger", "applied_by", "approved_by", "approved_on", "exit_reason", "ended_on"}
    own |= {"changed_at", "version", *sealed_names(HardshipFile)}
    for field in HardshipFile._meta.concrete_fields:
        if field.name not in own:
            setattr(file, field.attname, getattr(last, field.attname))
    file.seal(key, **{name: last.unseal(key, name) for name in sealed_names(HardshipFile)})
    return file


def copy_member(member: HouseholdMember, file: HardshipFile, key: DataKey) -> HouseholdMember:
    """Ciphertext is bound to its row, so it is opened and sealed again."""
    copy = new_row(HouseholdMember, file_id=file.pk)
    own = {"id", "file", "year", "is_live", *sealed_names(HouseholdMember)}
    for field in HouseholdMember._meta.concrete_fields:
        if field.name not in own:
            setattr(copy, field.attname, getattr(member, field.attname))
    copy.seal(key, **{name: member.unseal(key, name) for name in sealed_names(HouseholdMember)})
    return copy


def _person(batch: Batch, row: StagedRow, item: Item, key: DataKey) -> Beneficiary:
    values = item.values
    assert row.union_id is not None
    person = new_row(
        Beneficiary,
        union_id=row.union_id,
        is_invented=batch.ledger.is_invented,
        created_at=batch.at,
        changed_at=batch.at,
    )
    personal.put_name(person, key, values["name"])
    person.sex = targets.sex_from(values, today=batch.today)
    person.birth_on = item.birth
    if paper := targets.paper_of(values, today=batch.today):
        person.id_kind = paper.kind
        personal.put_id_number(person, key, paper.number)
    texts = targets.person_texts(values)
    if phone := texts.pop("phone", ""):
        personal.put_phone(person, key, phone)
    if account := texts.pop("bank_account", ""):
        personal.put_account(person, key, account)
    person.seal(key, **texts)
    if name := values.get("workplace", ""):
        person.workplace = batch.workplace(person.union_id, name)
    return person


def applicant_of(file: HardshipFile, person: Beneficiary, key: DataKey) -> HouseholdMember:
    """The person's own row in the household, from the stored person."""
    member = new_row(
        HouseholdMember,
        file_id=file.pk,
        person_id=person.pk,
        is_applicant=True,
        sex=person.sex,
        birth_on=person.birth_on,
    )
    member.seal(key, name=person.name, phone=person.unseal(key, "phone"))
    if number := person.unseal(key, "id_number"):
        personal.put_id_number(member, key, number)
    return member


def _applicant(
    file: HardshipFile, person: Beneficiary, item: Item, key: DataKey
) -> HouseholdMember:
    member = new_row(
        HouseholdMember,
        file_id=file.pk,
        person_id=person.pk,
        is_applicant=True,
        sex=person.sex,
        birth_on=person.birth_on,
        id_tail=person.id_tail,
    )
    member.seal(key, name=person.name, phone=item.values.get("phone", ""))
    if paper := targets.paper_of(item.values, today=file.opened_on):
        member.seal(key, id_number=paper.number)
        member.id_index = person.id_index
    return member


def _keep_apart(batch: Batch, item: Item, person: UUID) -> None:
    """Somebody said that this is not the one in the registry; it is not asked again."""
    for other in item.content.distinct_from:
        first, second = sorted((person, UUID(other)))
        batch.add(
            KeptApart(
                first_id=first,
                second_id=second,
                reason="导入台账时认定",
                decided_by=batch.by,
                decided_at=batch.at,
            )
        )
