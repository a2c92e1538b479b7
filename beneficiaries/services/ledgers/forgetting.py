"""What imports hold of people does not stay: when a person is erased, and when its time is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from beneficiaries.models.ledger_import import LedgerImportQuerySet
from beneficiaries.models.person_key import key_of
from beneficiaries.services.ledgers import counting, storage
from beneficiaries.services.ledgers.alike import indexes_of
from beneficiaries.services.ledgers.receiving import NEVER_WRITTEN, discard, empty, locked_ledger
from unions.models import Staff
from unions.permissions import Command
from unions.services.trail import record

#: So long an import waits that nobody writes.
UNWRITTEN_FOR: Final = timedelta(days=30)
FORGOTTEN: Final = "已删除个人信息"


@transaction.atomic
def forget_people(*, by: Staff | Command, people: Sequence[Beneficiary], reach: str) -> int:
    """Empty every staged row below `reach` that names one of them, and remove the files of those
    imports.

    For the service that erases people, before it destroys their keys. An import whose rows were
    not judged yet is not known to name anybody; the night throws it away. Returns how many rows.
    """
    rows = StagedRow.objects.within(reach).filter(_naming(people))
    ledgers = {row.ledger_id: row.ledger for row in rows.select_related("ledger")}
    waiting = rows.filter(written_at__isnull=True)
    skipped = StagedRow.Outcome.SKIPPED
    named = list(rows.values_list("pk", flat=True))
    waiting.update(outcome=skipped, skip_reason=FORGOTTEN, open_problems=[])
    StagedRow.objects.filter(pk__in=named).update(
        content=None, written=None, id_index=None, indexes=[]
    )
    for ledger in ledgers.values():
        _forget_file(by, ledger)
    return len(named)


def imports_naming(people: Sequence[Beneficiary]) -> LedgerImportQuerySet:
    """Imports that still hold something of one of them."""
    rows = StagedRow.objects.filter(_naming(people), content__isnull=False)
    return LedgerImport.objects.with_content().filter(pk__in=rows.values("ledger"))


def _forget_file(by: Staff | Command, ledger: LedgerImport) -> None:
    """Without its file an import can still be decided about and written, but not read again."""
    current = locked_ledger(ledger)
    current.counts = {**current.counts, **counting.count_rows(current)}
    current.layout = None  # its samples may be of the person
    current.version += 1
    current.save()
    record(by, Event.Action.ERASE, current)
    transaction.on_commit(lambda: storage.remove(current))


def _naming(people: Sequence[Beneficiary]) -> Q:
    """Rows matched with them, with their number, or, where a row has none, who seem to be them."""
    numbers, seeming = [], []
    for person in people:
        key = key_of(person)
        indexes = indexes_of(
            {
                "name": person.name,
                "birth_date": person.birth_on.isoformat() if person.birth_on else "",
                "phone": person.unseal(key, "phone"),
                "id_number": person.unseal(key, "id_number"),
            }
        )
        numbers += [indexes.own] if indexes.own else []
        seeming += [index for index in indexes.every if index != indexes.own]
    return (
        Q(person__in=people)
        | Q(indexes__overlap=numbers)
        | Q(id_index__isnull=True, indexes__overlap=seeming)
    )


def throw_away_old() -> tuple[int, int]:
    """Imports that nobody wrote for 30 days, and the contents of those written long ago.

    Returns how many were discarded and how many emptied.
    """
    by, now = Command("ledgers-throw-away"), timezone.now()
    kept = LedgerImport.objects.with_content().order_by("pk")
    waiting = kept.filter(status__in=NEVER_WRITTEN, uploaded_at__lt=now - UNWRITTEN_FOR)
    written_until = now - timedelta(days=365 * settings.LEDGER_YEARS)
    written = kept.filter(applied_at__lt=written_until)
    found = list(waiting.values_list("pk", flat=True)), list(written.values_list("pk", flat=True))
    for pk in found[0]:
        _throw_away(pk, by)
    for pk in found[1]:
        _throw_away(pk, by)
    return len(found[0]), len(found[1])


@transaction.atomic
def _throw_away(pk: UUID, by: Command) -> None:
    """Each is a transaction of its own: what was written meanwhile is left alone."""
    current = locked_ledger(LedgerImport(pk=pk))
    if current.status in NEVER_WRITTEN:
        discard(by=by, ledger=current, reason="30 天没有写入")
    elif current.applied_at is not None and current.emptied_at is None:
        empty(by=by, ledger=current, reason="保存期满")
