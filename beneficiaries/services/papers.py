"""Papers about a person: attachments, encrypted outside the web root, and consents."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Attachment, Beneficiary, Consent, HardshipFile
from beneficiaries.models.person_key import key_of
from beneficiaries.services.people import locked_person
from relief.codes.models import Code
from relief.lib.crypto.sealing import KEY_BYTES, DataKey
from relief.lib.photos.read import JPEG, PDF, PaperRefused, read_paper
from unions.models import Staff
from unions.permissions import Capability, Command, require
from unions.services.trail import record

_BEGINNINGS: Final = {
    Attachment.ContentType.JPEG: b"\xff\xd8\xff",
    Attachment.ContentType.PDF: b"%PDF-",
}
_SUFFIXES: Final = {JPEG: ".jpg", PDF: ".pdf"}
_NAME_LETTERS: Final = 60


def add_papers(
    *,
    by: Staff,
    person: Beneficiary,
    kind: Code,
    uploads: Sequence[UploadedFile],
    file: HardshipFile | None = None,
) -> list[Attachment]:
    """Keep what was uploaded, all of it or nothing. Photos are written anew before anything else.

    Raises ValidationError: what a file is refused for, with its name; other_person, gone.
    """
    require(by, Capability.ENTER_RECORDS, at=person.union)
    read = [(_read(upload), upload.name or "") for upload in uploads]
    with transaction.atomic():
        return [
            add_attachment(
                by=by,
                person=person,
                kind=kind,
                name=_file_name(name, content_type),
                content=content,
                file=file,
            )
            for (content_type, content), name in read
        ]


@transaction.atomic
def add_attachment(
    *,
    by: Staff,
    person: Beneficiary,
    kind: Code,
    name: str,
    content: bytes,
    file: HardshipFile | None = None,
) -> Attachment:
    """Keep a photo or PDF about a person. A photo comes re-encoded, without what a phone noted.

    Written and synced before the row is, under a name of its own: what a rolled-back transaction
    leaves behind is a file that nobody can open.
    Raises ValidationError: type_unknown, other_person (the file is somebody else's), gone.
    """
    current = locked_person(person)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    if file is not None and file.person_id != current.pk:
        raise ValidationError("这份档案不是这个人的。", code="other_person")
    attachment = Attachment(person=current, file=file, kind=kind, added_by=by)
    attachment.content_type = _content_type(content)
    attachment.size = len(content)
    file_key = secrets.token_hex(KEY_BYTES)
    sealed = DataKey(bytes.fromhex(file_key)).seal(content, _place(attachment))
    attachment.sha256 = hashlib.sha256(sealed).hexdigest()
    attachment.seal(key_of(current), name=name, file_key=file_key)
    attachment.full_clean()
    _write(path_of(attachment), sealed)
    attachment.save(force_insert=True)
    record(by, Event.Action.CREATE, attachment, kind=kind.pk, person=str(current.pk))
    return attachment


@transaction.atomic
def open_attachment(*, by: Staff, attachment: Attachment) -> tuple[str, bytes]:
    """(file name, content), for a view that hands it out; who looked goes into the log.

    Raises SealError when the file on disk is not the one that was stored.
    """
    require(by, Capability.REVEAL, at=attachment.person.union)
    current = Attachment.objects.select_related("person").get(pk=attachment.pk)
    _refuse_removed(current)
    person_key = key_of(current.person)
    file_key = DataKey(bytes.fromhex(current.unseal(person_key, "file_key")))
    content = file_key.open(path_of(current).read_bytes(), _place(current))
    record(by, Event.Action.REVEAL, current, person=str(current.person_id))
    return current.unseal(person_key, "name"), content


@transaction.atomic
def remove_attachment(*, by: Staff, attachment: Attachment, reason: str) -> Attachment:
    """Take a paper away for ever: its key goes, then the file. Raises ValidationError: removed."""
    current = Attachment.objects.select_for_update(no_key=True).get(pk=attachment.pk)
    require(by, Capability.ENTER_RECORDS, at=current.person.union)
    _refuse_removed(current)
    current.removed_at, current.file_key = timezone.now(), None
    current.save(update_fields=["removed_at", "file_key"])
    transaction.on_commit(partial(path_of(current).unlink, missing_ok=True))
    record(by, Event.Action.CHANGE, current, reason=reason, removed=True)
    return current


@transaction.atomic
def record_consent(
    *,
    by: Staff,
    person: Beneficiary,
    kind: str,
    wording: str,
    signer: str = Consent.Signer.SELF,
    given_on: date | None = None,
    paper: Attachment | None = None,
) -> Consent:
    """Note that the person (or guardian) signed this wording.

    Raises ValidationError: the person has such a consent, other_person, future, gone.
    """
    current = locked_person(person)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    if paper is not None and paper.person_id != current.pk:
        raise ValidationError("这份签字件不是这个人的。", code="other_person")
    day = given_on or timezone.localdate()
    if day > timezone.localdate():
        raise ValidationError({"given_on": ValidationError("日期不能晚于今天。", code="future")})
    consent = Consent(
        person=current,
        kind=kind,
        wording=wording,
        signer=signer,
        given_on=day,
        paper=paper,
        recorded_by=by,
    )
    consent.full_clean()
    consent.save(force_insert=True)
    record(by, Event.Action.CREATE, consent, person=str(current.pk), kind=kind)
    return consent


@transaction.atomic
def withdraw_consent(*, by: Staff, consent: Consent, reason: str) -> Consent:
    """Raises ValidationError: withdrawn."""
    current = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    require(by, Capability.ENTER_RECORDS, at=current.person.union)
    if current.withdrawn_on is not None:
        raise ValidationError("这份同意书已经撤回。", code="withdrawn")
    current.withdrawn_on = timezone.localdate()
    current.save(update_fields=["withdrawn_on"])
    record(by, Event.Action.CHANGE, current, reason=reason, person=str(current.person_id))
    return current


@transaction.atomic
def forget_papers(*, by: Staff | Command, people: Iterable[Beneficiary]) -> int:
    """For erasing: the keys of all papers go now, the files when the transaction has ended."""
    require(by, Capability.ERASE_PEOPLE)
    papers = Attachment.objects.select_for_update(no_key=True).filter(person__in=list(people))
    found = list(papers.filter(removed_at__isnull=True).order_by("pk"))
    for paper in found:
        paper.removed_at, paper.file_key, paper.name = timezone.now(), None, None
        paper.save(update_fields=["removed_at", "file_key", "name"])
        transaction.on_commit(partial(path_of(paper).unlink, missing_ok=True))
    return len(found)


def sweep_removed(*, since: datetime) -> int:
    """Remove the files of papers that were taken away since; a process may have died before it
    came to that. Returns how many were still there."""
    removed = Attachment.objects.filter(removed_at__gte=since)
    paths = [path_of(paper) for paper in removed.only("pk").iterator()]
    left = [path for path in paths if path.exists()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def path_of(attachment: Attachment) -> Path:
    """Where the encrypted bytes lie; the name tells nothing, and no URL leads there."""
    return Path(settings.MEDIA_ROOT) / "attachments" / attachment.pk.hex[-2:] / attachment.pk.hex


def _place(attachment: Attachment) -> str:
    return f"attachments.content.{attachment.pk}"


def _read(upload: UploadedFile) -> tuple[str, bytes]:
    try:
        return read_paper(upload)
    except PaperRefused as error:
        text = f"“{shown_name(upload.name or '')}”：{error.message}"
        raise ValidationError({"uploads": ValidationError(text, code=error.code)}) from error


def _file_name(name: str, content_type: str) -> str:
    """As it is called when it is handed out: a photo is a JPEG whatever it was."""
    stem = shown_name(name).rsplit(".", 1)[0]
    return f"{stem or '附件'}{_SUFFIXES[content_type]}"


def shown_name(name: str) -> str:
    """The name of an uploaded file without anything unseen in it, and not too long."""
    seen = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\:*?"<>|')
    stem, dot, suffix = seen.rpartition(".")
    return f"{stem[:_NAME_LETTERS]}{dot}{suffix[:8]}" if stem else seen[:_NAME_LETTERS]


def _content_type(content: bytes) -> Attachment.ContentType:
    for content_type, beginning in _BEGINNINGS.items():
        if content.startswith(beginning):
            return content_type
    raise ValidationError("附件只能是照片（JPEG）或 PDF。", code="type_unknown")


def _refuse_removed(attachment: Attachment) -> None:
    if attachment.removed_at is not None:
        raise ValidationError("这个附件已经删除。", code="removed")


def _write(path: Path, sealed: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as target:
        target.write(sealed)
        target.flush()
        os.fsync(target.fileno())
