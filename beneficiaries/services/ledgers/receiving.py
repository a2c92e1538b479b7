"""The upload of a ledger, and throwing an import away."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import LedgerImport, LedgerKey, StagedRow
from beneficiaries.services.ledgers import storage
from beneficiaries.services.ledgers.demands import AT_UPLOAD, rules_for
from relief.jobs.services import enqueue
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_stale
from relief.lib.workbooks import WorkbookRefused
from relief.lib.workbooks.read import Readable, limits_from_settings
from unions.models import Staff, Union
from unions.permissions import Capability, Command, require
from unions.services.trail import posting_of, record

READ_JOB: Final = "ledger-read"
STAGE_JOB: Final = "ledger-stage"
_CHUNK: Final = 256 * 1024
NEVER_WRITTEN: Final = frozenset({"uploaded", "laid_out", "staged", "submitted"})


@transaction.atomic
def receive_ledger(
    *, by: Staff, union: Union, year: int, file: Readable, file_name: str
) -> LedgerImport:
    """Keep an upload sealed, and have it read by a job (`ledger.job`).

    The same file again is told by `LedgerImport.objects.of_same_file(ledger.sha256)`, not refused.
    Raises WorkbookRefused: empty, file_too_large; ValidationError: union_closed, a year that
    cannot be.
    """
    require(by, Capability.ENTER_RECORDS, at=union)
    ledger = keep_upload(by=by, union=union, year=year, file=file, file_name=file_name)
    start_job(by=by, ledger=ledger, kind=READ_JOB, what="读取台账")
    return ledger


@transaction.atomic
def keep_upload(
    *,
    by: Staff,
    union: Union,
    year: int,
    file: Readable,
    file_name: str,
    is_invented: bool = False,
) -> LedgerImport:
    """As `receive_ledger`, for a caller that reads the file itself."""
    require(by, Capability.ENTER_RECORDS, at=union)
    if not union.is_open:
        raise ValidationError({"union": ValidationError("这个机构已经撤销。", code="union_closed")})
    ledger = LedgerImport(
        union=union,
        year=year,
        file_name=file_name[-200:],
        size=1,
        sha256="0" * 64,
        uploaded_by=by,
        is_invented=is_invented,
        decisions={AT_UPLOAD: rules_for(union)},
    )
    ledger.full_clean()
    key = DataKey.new()
    seen = _Seen()
    storage.keep(key, ledger, storage.UPLOAD, seen.pieces_of(file))
    ledger.size, ledger.sha256 = seen.size, seen.digest.hexdigest()
    ledger.save(force_insert=True)
    ledger_key = LedgerKey(ledger=ledger)
    ledger_key.wrap(key)
    ledger_key.save(force_insert=True)
    record(by, Event.Action.IMPORT, ledger, step=ledger.status, year=year, size=ledger.size)
    return ledger


@transaction.atomic
def discard_ledger(
    *, by: Staff, ledger: LedgerImport, version: int, reason: str = ""
) -> LedgerImport:
    """Throw an import away that was never written: its file, its rows and their key.

    Raises ValidationError: wrong_status, emptied, stale (somebody decided about it meanwhile).
    """
    current = locked_ledger(ledger)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    refuse_unless(current, NEVER_WRITTEN)
    refuse_stale(current.version, version, "这份台账")
    discard(by=by, ledger=current, reason=reason)
    return current


@transaction.atomic
def discard(
    *, by: Staff | Command, ledger: LedgerImport, reason: str = "", refusal: str = ""
) -> None:
    """For whoever holds the row locked and has asked: a job, the night."""
    ledger.status = LedgerImport.Status.DISCARDED
    ledger.discarded_by, ledger.discarded_at = posting_of(by), timezone.now()
    ledger.refusal = refusal[:200]
    StagedRow.objects.filter(ledger=ledger).delete()
    empty(by=by, ledger=ledger, reason=reason)


@transaction.atomic
def empty(*, by: Staff | Command, ledger: LedgerImport, reason: str = "") -> None:
    """Destroy the key and remove the files; what rows still hold cannot be opened any more."""
    rows = StagedRow.objects.filter(ledger=ledger)
    rows.update(content=None, written=None, id_index=None, indexes=[])
    ledger.layout = None
    ledger.emptied_at = timezone.now()
    ledger.version += 1
    ledger.save()
    LedgerKey.objects.all().destroy([ledger.pk])
    record(by, Event.Action.CHANGE, ledger, reason=reason, step=ledger.status, emptied=True)
    transaction.on_commit(lambda: storage.remove(ledger))


def locked_ledger(ledger: LedgerImport) -> LedgerImport:
    rows = LedgerImport.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("union").get(pk=ledger.pk)


def refuse_unless(ledger: LedgerImport, statuses: frozenset[str]) -> None:
    if ledger.status not in statuses:
        text = f"这份台账现在是“{ledger.get_status_display()}”，不能再做这一步。"
        raise ValidationError(text, code="wrong_status")
    if ledger.emptied_at is not None:
        raise ValidationError("这份台账的内容已经按期清除。", code="emptied")


@transaction.atomic
def start_job(*, by: Staff, ledger: LedgerImport, kind: str, what: str, **arguments: Any) -> None:
    """The title names no person: a file may be called after one."""
    job = enqueue(
        kind,
        f"{what}（{ledger.union.name}，{ledger.year} 年）"[:120],
        by_user_id=by.user_id,
        by_staff_id=by.pk,
        union_code=by.union.code,
        arguments={"ledger": str(ledger.pk), "staff": by.pk, **arguments},
    )
    ledger.job = job.pk
    ledger.save(update_fields=["job"])


class _Seen:
    """What went by: size and hash of the upload, held against the limit."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def pieces_of(self, file: Readable) -> Iterator[bytes]:
        limits = limits_from_settings()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            self.size += len(chunk)
            if self.size > limits.file_bytes:
                raise WorkbookRefused("file_too_large", limits=limits)
            self.digest.update(chunk)
            yield chunk
        if not self.size:
            raise WorkbookRefused("empty", limits=limits)
