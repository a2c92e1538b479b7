"""Taking an import back within a day: what nobody touched since is as it was before.

New people are withdrawn: their file ends (导入撤销), their values and key are gone, and their ID
number is free again. Changed ones get back what they had. Who was touched since stays, by name.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from audit.models import Event
from beneficiaries import personal, slots
from beneficiaries.lifecycle import LIVE, Status
from beneficiaries.models import (
    Attachment,
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    Consent,
    FileReview,
    FileStep,
    HardshipFile,
    HouseholdMember,
    IncomeCalculation,
    KeptApart,
    LedgerImport,
    PastAid,
    PersonKey,
    SpotCheck,
    StagedRow,
    Transfer,
    Workplace,
)
from beneficiaries.models.ledger_import import UNDO_FOR, key_of_ledger
from beneficiaries.services.keys import withdraw_people
from beneficiaries.services.ledgers import receiving
from beneficiaries.services.ledgers.content import MAKE_LINK, content_of
from beneficiaries.services.ledgers.demands import needed_release, refuse_own
from beneficiaries.services.ledgers.writing import CATEGORY, Before, Written
from relief.lib.bulk import copy_in, update_rows
from relief.lib.crypto.fields import SealedRow
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_blank, refuse_stale
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

LedgerStatus = LedgerImport.Status
BATCH: Final = 1_000
_WRITTEN: Final = frozenset({LedgerStatus.APPLIED, LedgerStatus.PARTLY})
_TOUCHED: Final = ("version", "changed_at")


@transaction.atomic
def undo_ledger(*, by: Staff, ledger: LedgerImport, version: int, reason: str) -> LedgerImport:
    """Reverse every written row whose person and file nobody has touched since.

    Whoever enters records at the union may; where writing had to be released, a reviewer who did
    not make the import. Rows that stay are marked `is_kept`.
    Raises ValidationError: wrong_status, emptied, stale, too_late, no_reason, own_work.
    """
    current = receiving.locked_ledger(ledger)
    capability = _capability(current)
    require(by, capability, at=current.union)
    if capability == Capability.CHECK_RECORDS:
        refuse_own(current, by, "自己上传或核对的台账要由另一个人撤销。")
    receiving.refuse_unless(current, _WRITTEN)
    refuse_stale(current.version, version, "这份台账")
    if not current.can_be_undone:
        raise ValidationError("写入已经超过 24 小时，不能再撤销。", code="too_late")
    refuse_blank(reason)
    undoing = _Undoing(current, by, timezone.now())
    rows = StagedRow.objects.of_ledger(current).filter(written_at__isnull=False)
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        undoing.take_back(list(rows.filter(pk__in=keys[start : start + BATCH])))
    _close_workplaces(by, current)
    kept = rows.filter(is_kept=True).count()
    current.status = LedgerStatus.UNDONE
    current.undone_by, current.undone_at = by, undoing.at
    current.counts = {**current.counts, "undone": len(keys) - kept, "kept": kept}
    current.version += 1
    current.save()
    record(
        by, Event.Action.IMPORT, current, reason=reason.strip(), step=current.status,
        undone=len(keys) - kept, kept=kept,
    )  # fmt: skip
    return current


def may_undo(by: Staff, ledger: LedgerImport) -> bool:
    """Whether this posting is the one that takes it back."""
    return ledger.can_be_undone and by.can(_capability(ledger))


def _capability(ledger: LedgerImport) -> Capability:
    return Capability.CHECK_RECORDS if needed_release(ledger) else Capability.ENTER_RECORDS


class _Undoing:
    def __init__(self, ledger: LedgerImport, by: Staff, at: datetime) -> None:
        self.at = at
        self._ledger = ledger
        self._by = by
        self._key = key_of_ledger(ledger)
        self._today = timezone.localdate()

    def take_back(self, rows: list[StagedRow]) -> None:
        """Some thousand rows, in sets: those that stay are marked, the others reversed."""
        people = self._locked(Beneficiary, {row.person_id for row in rows})
        files = self._locked(HardshipFile, {row.file_id for row in rows})
        used = set(_used_since(rows, self._ledger))
        for row in rows:
            row.is_kept = row.person_id in used or self._is_touched(row, people, files)
            row.undone_at = None if row.is_kept else self.at
        free = [row for row in rows if not row.is_kept]
        self._withdraw([row for row in free if row.made_person])
        self._restore([row for row in free if not row.made_person], people, files)
        self._end_what_was_added(free)
        update_rows((row, frozenset({"is_kept", "undone_at"})) for row in rows)

    def _locked(self, model: Any, keys: set[UUID | None]) -> dict[UUID, Any]:
        rows = model.objects.filter(pk__in=keys - {None}).order_by("pk")
        return {row.pk: row for row in rows.select_for_update(no_key=True)}

    def _is_touched(
        self,
        row: StagedRow,
        people: Mapping[UUID, Beneficiary],
        files: Mapping[UUID, HardshipFile],
    ) -> bool:
        if row.written_at is not None and self.at - row.written_at >= UNDO_FOR:
            return True
        if _is_link(row):
            return False
        assert row.person_id is not None
        person = people[row.person_id]
        file = files.get(row.file_id) if row.file_id else None
        return (
            person.version != row.person_version
            or person.erased_at is not None
            or (file is not None and file.version != row.file_version)
        )

    def _withdraw(self, rows: list[StagedRow]) -> None:
        """New people go as if erased; their files end first, while their members are live."""
        self._end_files({row.file_id for row in rows if row.made_file})
        withdraw_people({row.person_id for row in rows if row.person_id is not None}, at=self.at)

    def _end_files(self, keys: set[UUID | None]) -> None:
        files = list(HardshipFile.objects.filter(pk__in=keys - {None}))
        for file in files:
            file.status, file.exit_reason = Status.CLOSED, HardshipFile.Exit.UNDONE
            file.ended_on, file.changed_at = self._today, self.at
            file.version += 1
        names = frozenset({"status", "exit_reason", "ended_on", *_TOUCHED})
        update_rows((file, names) for file in files)
        copy_in(
            [
                FileStep(
                    file=file,
                    from_status=Status.ACTIVE,
                    to_status=Status.CLOSED,
                    reason="撤销台账导入",
                    by=self._by,
                    at=self.at,
                )
                for file in files
            ]
        )

    def _restore(
        self,
        rows: list[StagedRow],
        people: Mapping[UUID, Beneficiary],
        files: Mapping[UUID, HardshipFile],
    ) -> None:
        """What was there before comes back; a file that writing opened ends, the last one lives."""
        keys = {
            key.pk: key.unwrapped()
            for key in PersonKey.objects.standing().filter(pk__in=people.keys())
        }
        changes: dict[type[models.Model], list[tuple[models.Model, frozenset[str]]]] = {}
        renewed: list[UUID] = []
        written = {
            row.pk: Written.loaded(row.unseal(self._key, "written"))
            for row in rows
            if not _is_link(row)
        }
        self._end_files({row.file_id for row in rows if row.made_file})
        members = self._members(written.values())
        for row in rows:
            if row.pk not in written or row.person_id is None:
                continue
            said, key = written[row.pk], keys[row.person_id]
            targets: list[tuple[Any, Before]] = [(people[row.person_id], said.person)]
            if row.file_id and not row.made_file:
                targets.append((files[row.file_id], said.file))
            targets += [(members[pk], one) for pk, one in said.members.items() if pk in members]
            for target, before in targets:
                if names := _put_back(target, before, key, self.at):
                    changes.setdefault(type(target), []).append((target, names))
            renewed += [UUID(said.renewed)] if said.renewed else []
        added = [pk for said in written.values() for pk in said.added]
        HouseholdMember.objects.filter(pk__in=added, file__status__in=LIVE).delete()
        for changed in changes.values():
            update_rows(changed)
        self._revive(renewed)

    def _members(self, written: Iterable[Written]) -> dict[str, HouseholdMember]:
        keys = {pk for said in written for pk in said.members}
        return {str(row.pk): row for row in HouseholdMember.objects.filter(pk__in=keys)}

    def _revive(self, keys: list[UUID]) -> None:
        """Files of last year that writing had closed (转入下一年度) are in force again."""
        files = list(HardshipFile.objects.filter(pk__in=keys, status=Status.CLOSED))
        for file in files:
            file.status, file.exit_reason, file.ended_on = Status.ACTIVE, "", None
            file.changed_at = self.at
            file.version += 1
        names = frozenset({"status", "exit_reason", "ended_on", *_TOUCHED})
        update_rows((file, names) for file in files)
        copy_in(
            [
                FileStep(
                    file=file,
                    from_status=Status.CLOSED,
                    to_status=Status.ACTIVE,
                    reason="撤销台账导入",
                    by=self._by,
                    at=self.at,
                )
                for file in files
            ]
        )

    def _made_link(self, row: StagedRow) -> bool:
        """A link that stood before writing is somebody else's and stays."""
        return content_of(row, self._key).link == MAKE_LINK

    def _end_what_was_added(self, rows: list[StagedRow]) -> None:
        """Aid, category and link that writing noted beside the person."""
        PastAid.objects.standing().filter(row__in=rows).update(withdrawn_at=self.at)
        moments = {row.written_at for row in rows}
        people = {row.person_id for row in rows}
        CategoryMembership.objects.filter(
            beneficiary__in=people,
            category=CATEGORY,
            recorded_at__in=moments,
            ends_on__isnull=True,
        ).update(ends_on=self._today)
        linked = {row.person_id for row in rows if _is_link(row) and self._made_link(row)}
        BeneficiaryLink.objects.standing().filter(
            union=self._ledger.union, beneficiary__in=linked, linked_by=self._ledger.applied_by
        ).update(ended_on=self._today)


def _close_workplaces(by: Staff, ledger: LedgerImport) -> None:
    """Those that writing made, that nobody names any more and nobody changed since."""
    people = Beneficiary.objects.filter(workplace=OuterRef("pk"), erased_at__isnull=True)
    files = HardshipFile.objects.filter(workplace=OuterRef("pk"))
    files = files.exclude(exit_reason=HardshipFile.Exit.UNDONE)
    made = Workplace.objects.open().filter(pk__in=ledger.counts.get("workplaces", []), version=1)
    unused = made.exclude(Exists(people)).exclude(Exists(files)).order_by("pk")
    for workplace in unused.select_for_update(no_key=True):
        workplace.closed_on = timezone.localdate()
        workplace.version += 1
        workplace.save()
        record(by, Event.Action.CLOSE, workplace, reason="撤销台账导入")


def _is_link(row: StagedRow) -> bool:
    """The person is another union's: only link and aid were written, so nothing was replaced."""
    return row.written is None and not row.made_person


def _put_back(row: SealedRow, before: Before, key: DataKey, at: datetime) -> frozenset[str]:
    """The old values into the row; returns the columns to write."""
    if not before:
        return frozenset()
    names = {*before.plain, *before.texts}
    for name, value in before.plain.items():
        field: Any = row._meta.get_field(name)
        setattr(row, name, field.to_python(value))
    for name, text in before.texts.items():
        row.seal(key, **{name: text})
    names |= _derived(row, before, key)
    if not isinstance(row, HouseholdMember):
        versioned: Any = row
        versioned.version += 1
        versioned.changed_at = at
        names |= {*_TOUCHED}
    return frozenset(names)


def _derived(row: SealedRow, before: Before, key: DataKey) -> set[str]:
    """What stands beside a value for search and masks follows it."""
    names = set()
    if isinstance(row, Beneficiary) and "name" in before.plain:
        personal.put_name(row, key, row.name)
        names |= {"pinyin", "initials", "grams", "name_sealed"}
    if isinstance(row, Beneficiary | HouseholdMember) and "id_number" in before.texts:
        personal.put_id_number(row, key, before.texts["id_number"])
        names |= {"id_index", "id_tail"}
    if isinstance(row, Beneficiary) and "phone" in before.texts:
        personal.put_phone(row, key, before.texts["phone"])
        names |= {"phone_index", "phone_tail"}
    if isinstance(row, Beneficiary) and "bank_account" in before.texts:
        personal.put_account(row, key, before.texts["bank_account"])
        names |= {"bank_tail"}
    return names


def _used_since(rows: list[StagedRow], ledger: LedgerImport) -> Iterator[UUID]:
    """People to whom somebody added something since: papers, reviews, links, aid …"""
    people = {row.person_id for row in rows if row.person_id is not None}
    files = {row.file_id for row in rows if row.file_id is not None}
    since = min(row.written_at for row in rows if row.written_at is not None)
    yield from Attachment.objects.filter(
        person__in=people, added_at__gt=since, removed_at__isnull=True
    ).values_list("person", flat=True)
    yield from Transfer.objects.filter(person__in=people, requested_at__gt=since).values_list(
        "person", flat=True
    )
    yield from _of_new_people(rows, people)
    yield from _written_beside(rows, people, since)
    yield from FileReview.objects.filter(file__in=files, on__gte=since.date()).values_list(
        "file__person", flat=True
    )
    yield from IncomeCalculation.objects.filter(file__in=files, at__gt=since).values_list(
        "file__person", flat=True
    )
    links = BeneficiaryLink.objects.standing().filter(beneficiary__in=people)
    yield from (
        links.exclude(union=ledger.union)
        .filter(linked_on__gte=since.date())
        .values_list("beneficiary", flat=True)
    )
    yield from slots.people_in_use.items(sorted(people), since)


def _written_beside(rows: list[StagedRow], people: set[UUID], since: datetime) -> Iterator[UUID]:
    """What another ledger or somebody by hand noted: the version of the person stays as it is."""
    ledgers = {row.ledger_id for row in rows}
    other_rows = StagedRow.objects.filter(person__in=people, written_at__gt=since)
    known = other_rows.exclude(ledger__in=ledgers).filter(undone_at__isnull=True)
    yield from (person for person in known.values_list("person", flat=True) if person is not None)
    aid = PastAid.objects.standing().filter(person__in=people, recorded_at__gt=since)
    by_others = aid.filter(Q(row__isnull=True) | ~Q(row__ledger__in=ledgers))
    yield from by_others.values_list("person", flat=True)
    moments = {row.written_at for row in rows}
    categories = CategoryMembership.objects.filter(beneficiary__in=people, recorded_at__gt=since)
    yield from categories.exclude(recorded_at__in=moments).values_list("beneficiary", flat=True)
    pairs = KeptApart.objects.filter(decided_at__gt=since).exclude(decided_at__in=moments)
    yield from pairs.filter(first__in=people).values_list("first", flat=True)
    yield from pairs.filter(second__in=people).values_list("second", flat=True)
    checks = SpotCheck.objects.filter(file__person__in=people, drawn_at__gt=since)
    yield from checks.values_list("file__person", flat=True)


def _of_new_people(rows: list[StagedRow], people: set[UUID]) -> Iterator[UUID]:
    """A new person had no consent and is in no other household before somebody said so."""
    made = {row.person_id for row in rows if row.made_person}
    yield from Consent.objects.filter(person__in=made).values_list("person", flat=True)
    own = {row.file_id for row in rows}
    others = HouseholdMember.objects.filter(person__in=made).exclude(file__in=own)
    for person in others.values_list("person", flat=True):
        if person is not None:
            yield person
