"""低保标准 from a workbook in three steps: read, preview, write. Nothing is written before."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import StandardUpload
from beneficiaries.services.file_rules import add_standard, change_standard
from beneficiaries.standards_read import Rows, State, counts, judged, rows_of
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record


@transaction.atomic
def stage_standards(*, by: Staff, file_name: str, sha256: str, rows: Rows) -> StandardUpload:
    """Keep the rows of the file. Raises ValidationError: headings_missing, empty, too_many_rows."""
    require(by, Capability.KEEP_STANDARDS)
    upload = StandardUpload(
        uploaded_by=by, file_name=file_name[:200], sha256=sha256, rows=rows_of(rows)
    )
    upload.full_clean()
    upload.save(force_insert=True)
    return upload


@transaction.atomic
def apply_standards(*, by: Staff, upload: StandardUpload) -> dict[str, int]:
    """Write all rows or none, as the table is now; a second time does nothing but refuse.

    Raises ValidationError: applied, rows_bad.
    """
    require(by, Capability.KEEP_STANDARDS)
    current = StandardUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
    if current.applied_at is not None:
        raise ValidationError("这份文件已经写入过了。", code="applied")
    rows = judged(current)
    done = counts(rows)
    if done[State.BAD]:
        raise ValidationError("表里还有要改的行，全部改好后再写入。", code="rows_bad")
    for row in rows:
        if row.state == State.NEW:
            add_standard(by=by, **row.values)
        elif row.state == State.CHANGED and row.stored:
            told = {name: row.values[name] for name in ("amount", "document")}
            change_standard(by=by, standard=row.stored, **told)
    current.applied_at = timezone.now()
    current.save(update_fields=["applied_at"])
    record(by, Event.Action.IMPORT, current, reason="", **done)
    return done
