"""Step 4: all rows that may be written, in one transaction; or none, and it is said why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    StagedRow,
)
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.models.staged_row import StagedRowQuerySet
from beneficiaries.services.ledgers import counting, questions, receiving, targets
from beneficiaries.services.ledgers.alike import indexes_of
from beneficiaries.services.ledgers.changing import change_person, link_person
from beneficiaries.services.ledgers.columns import learn_columns
from beneficiaries.services.ledgers.content import content_of
from beneficiaries.services.ledgers.demands import needs_release, refuse_own
from beneficiaries.services.ledgers.differences import Stored
from beneficiaries.services.ledgers.group_decisions import mark_changed
from beneficiaries.services.ledgers.making import make_person
from beneficiaries.services.ledgers.matching import Item, Registry, registry_for
from beneficiaries.services.ledgers.progress import Progress
from beneficiaries.services.ledgers.words import words_of
from beneficiaries.services.ledgers.writing import Batch
from relief.lib.bulk import update_rows, without_collecting
from relief.lib.http import WAITED_TOO_LONG, sqlstate
from relief.lib.refusals import refuse_stale
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

T = TypeVar("T")
Status = LedgerImport.Status
APPLY_JOB: Final = "ledger-apply"
BATCH: Final = 2_000
_NAMED: Final = 20
_WRITTEN_COLUMNS: Final = frozenset(
    {
        "person_id",
        "person_version",
        "file_id",
        "file_version",
        "made_person",
        "made_file",
        "written",
        "written_at",
    }
)


class OvertakenError(Exception):
    """People of these rows were changed, or became known, since the rows were judged."""

    def __init__(self, rows: list[UUID]) -> None:
        self.rows = rows


@transaction.atomic
def start_applying(*, by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    """Have the import written by a job, exactly as it is now.

    Raises PermissionDenied (a reviewer where the union demands one, else the clerk);
    ValidationError: wrong_status, emptied, stale, brake_open, sums_open, nothing_to_write.
    """
    current = _ready(by, ledger)
    refuse_stale(current.version, version, "这份台账")
    receiving.start_job(
        by=by, ledger=current, kind=APPLY_JOB, what="写入台账", version=current.version
    )
    return current


def apply_ledger(
    *, by: Staff, ledger: LedgerImport, version: int, progress: Progress
) -> LedgerImport:
    """Write it. What somebody changed meanwhile stops everything, is marked and named.

    Raises what `start_applying` raises; ValidationError: overtaken, busy.
    """
    try:
        with progress.commit():
            return _apply(by, ledger, version)
    except OvertakenError as overtaken:
        rows = overtaken.rows
    except (IntegrityError, OperationalError) as error:
        # Somebody wrote the same numbers in the same moment: now it can be seen whose.
        rows = list(_overtaken(ledger))
        if not rows and sqlstate(error) not in WAITED_TOO_LONG:
            raise
        if not rows:
            text = "别人正在写入同样的人，什么都没有写入。请过一会儿再写。"
            raise ValidationError(text, code="busy") from None
    with progress.commit():
        _reopen(by, ledger)
        mark_changed(by=by, ledger=ledger, rows=rows)
    raise _refusal(rows)


def may_apply(by: Staff, ledger: LedgerImport) -> bool:
    """Whether this posting is the one that writes it, by the rule of the union."""
    return by.can(_capability(ledger)) and ledger.union.path.startswith(by.union.path)


def _capability(ledger: LedgerImport) -> Capability:
    return Capability.CHECK_RECORDS if needs_release(ledger) else Capability.ENTER_RECORDS


def _ready(by: Staff, ledger: LedgerImport) -> LedgerImport:
    """The import, locked, by somebody who may write it, with every question answered."""
    current = receiving.locked_ledger(ledger)
    require(by, _capability(current), at=current.union)
    released = needs_release(current)
    before = Status.SUBMITTED if released else Status.STAGED
    receiving.refuse_unless(current, frozenset({before, Status.PARTLY}))
    questions.refuse_unready(current)
    if released:
        current.released_by, current.released_at = by, timezone.now()
        refuse_own(current, by, "自己上传或核对的台账要由另一个人放行。")
    if not StagedRow.objects.of_ledger(current).to_write().exists():
        text = "没有可以写入的行：请先处理要处理的行，或者这份台账和库里完全一样。"
        raise ValidationError(text, code="nothing_to_write")
    return current


def _apply(by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    current = _ready(by, ledger)
    refuse_stale(current.version, version, "这份台账")
    _lock_people(current)
    if overtaken := list(_overtaken(current)):
        raise OvertakenError(overtaken)
    at = timezone.now()
    workplaces = list[int](current.counts.get("workplaces", []))
    for rows in _batches(current):
        with without_collecting():
            workplaces += _write(current, by, rows, at)
    _finish(current, by, at, workplaces)
    return current


def _lock_people(ledger: LedgerImport) -> None:
    """Everybody and every file that the rows mean, in the order of their keys."""
    rows = StagedRow.objects.of_ledger(ledger).to_write()
    people = Beneficiary.objects.filter(pk__in=rows.order_by().values("person"))
    list(people.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    files = HardshipFile.objects.filter(person__in=rows.order_by().values("person"))
    list(files.live().order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _overtaken(ledger: LedgerImport) -> Iterator[UUID]:
    """Keys of rows about whose people something has changed since they were judged."""
    rows = StagedRow.objects.of_ledger(ledger).to_write()
    told = set(_touched(rows))
    yield from told
    named: dict[bytes, _Named] = {}
    for pk, person, own, indexes in rows.values_list("pk", "person", "id_index", "indexes"):
        # Of two rows that name the same number the later one stands for both, as it always did.
        named |= dict.fromkeys(map(bytes, indexes), _Named(pk, person, bytes(own or b"")))
    for index, whose in _known_now(named):
        row = named[index]
        if whose != row.person and row.pk not in told:
            told.add(row.pk)
            yield row.pk


class _Named(NamedTuple):
    """A row by a number that it names: its key, its person, the person's own number."""

    pk: UUID
    person: UUID | None
    own: bytes


def _touched(rows: StagedRowQuerySet) -> Iterator[UUID]:
    """Rows whose person or file has another version than they were compared with."""
    known = rows.filter(person__isnull=False).values_list(
        "pk",
        "person_version",
        "person__version",
        "person__merged_into",
        "person__erased_at",
        "file",
        "file_version",
        "file__version",
    )
    for pk, compared, version, merged, erased, file, compared_file, file_version in known:
        is_gone = merged is not None or erased is not None
        if is_gone or version != compared or (file and file_version != compared_file):
            yield pk


def _known_now(named: Mapping[bytes, _Named]) -> Iterator[tuple[bytes, UUID]]:
    """(number, whose) of the rows' own numbers, and of all their numbers in live files."""
    own = [index for index, row in named.items() if row.own == index]
    people = Beneficiary.objects.current()
    for part in _parts(own):
        for index, pk in people.filter(id_index__in=part).values_list("id_index", "pk"):
            yield bytes(index or b""), pk
    members = HouseholdMember.objects.live()
    for part in _parts(list(named)):
        found = members.filter(id_index__in=part).values_list("id_index", "file__person")
        for index, pk in found:
            yield bytes(index or b""), pk


def _parts(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _batches(ledger: LedgerImport) -> Iterator[list[StagedRow]]:
    keys = list(StagedRow.objects.of_ledger(ledger).to_write().values_list("pk", flat=True))
    for part in _parts(keys):
        yield list(StagedRow.objects.of_ledger(ledger).filter(pk__in=part))


def _write(ledger: LedgerImport, by: Staff, rows: list[StagedRow], at: datetime) -> list[int]:
    """Returns the keys of the workplaces that no union had before."""
    batch = Batch(
        ledger, by, words_of(ledger.union), key_of_ledger(ledger), timezone.localdate(), at
    )
    items = [_item(batch, row) for row in rows]
    registry = registry_for(ledger, items)
    batch.prepare(items, _places(rows, items, registry), _people(rows))
    for row, item in zip(rows, items, strict=True):
        _write_row(batch, row, item, registry)
        row.written_at = at
    batch.flush()
    update_rows((row, _WRITTEN_COLUMNS) for row in rows)
    return [workplace.pk for workplace in batch.made_workplaces]


def _item(batch: Batch, row: StagedRow) -> Item:
    content = content_of(row, batch.key)
    values = content.settled_values()
    birth = targets.birth_of(values, today=batch.today)
    return Item(row.position, row.sheet, row.number, content, values, indexes_of(values), birth)


def _places(rows: list[StagedRow], items: list[Item], registry: Registry) -> dict[int, set[int]]:
    """Position → unions at which the row's workplace may be wanted: its own, and the person's."""
    places: dict[int, set[int]] = {}
    for row, item in zip(rows, items, strict=True):
        person = _person_of(item, registry)
        unions = {row.union_id, person.union_id if person else None}
        if person is not None:
            unions |= {file.union_id for file in registry.files.get(person.pk, [])[:1]}
        places[item.position] = {union for union in unions if union is not None}
    return places


def _people(rows: list[StagedRow]) -> set[UUID]:
    return {row.person_id for row in rows if row.person_id is not None}


def _person_of(item: Item, registry: Registry) -> Beneficiary | None:
    return registry.meant(item) or registry.people.get(item.indexes.own or b"")


def _write_row(batch: Batch, row: StagedRow, item: Item, registry: Registry) -> None:
    if row.person_id is None:
        make_person(batch, row, item)
    elif item.content.link:
        link_person(batch, row, item, registry.aid.get(row.person_id, []))
    else:
        person = _person_of(item, registry)
        assert person is not None
        assert person.pk == row.person_id
        change_person(batch, row, item, _stored(batch.ledger, person, registry))


def _stored(ledger: LedgerImport, person: Beneficiary, registry: Registry) -> Stored:
    files = registry.files.get(person.pk, [])
    file = next((one for one in files if one.year == ledger.year), None)
    last = file or next(iter(files), None)
    return Stored(
        person,
        registry.keys[person.pk],
        last,
        last is not None and file is None,
        registry.members.get(last.pk, []) if last else [],
        registry.aid.get(person.pk, []),
    )


def _finish(ledger: LedgerImport, by: Staff, at: datetime, workplaces: list[int]) -> None:
    rows = StagedRow.objects.of_ledger(ledger)
    if ledger.status != Status.PARTLY:
        ledger.status = Status.PARTLY if rows.held().exists() else Status.APPLIED
    ledger.applied_by, ledger.applied_at = by, at
    kept = {name: ledger.counts[name] for name in ("sums", "stated") if name in ledger.counts}
    ledger.counts = counting.count_rows(ledger) | kept | {"workplaces": workplaces}
    ledger.version += 1
    ledger.save()
    learn_columns(ledger=ledger, learnt_by=by)
    counts = {name: ledger.counts[name] for name in ("read", "written", *StagedRow.Outcome.values)}
    record(
        by, Event.Action.IMPORT, ledger, step=ledger.status, workplaces=len(workplaces), **counts
    )


def _reopen(by: Staff, ledger: LedgerImport) -> None:
    """What was submitted for release is to be checked again by the clerk."""
    current = receiving.locked_ledger(ledger)
    if current.status == Status.SUBMITTED:
        current.status = Status.STAGED
        current.version += 1
        current.save()
        record(by, Event.Action.CHANGE, current, step=current.status, overtaken=True)


def _refusal(rows: list[UUID]) -> ValidationError:
    numbers = StagedRow.objects.filter(pk__in=rows).order_by("position")
    named = "、".join(str(number) for number in numbers.values_list("number", flat=True)[:_NAMED])
    more = f"等 {len(rows)} 行" if len(rows) > _NAMED else ""
    text = (
        f"核对之后，第 {named} 行{more}的人在库里又有了变化，已重新比较。"
        "什么都没有写入，请看过这些行再写入。"
    )
    return ValidationError(text, code="overtaken")
