"""Step 1 to 2: the file becomes cells, and sheets with columns."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from beneficiaries.importing import Ledger, open_ledger
from beneficiaries.models import LedgerImport
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import layouts, receiving, storage
from beneficiaries.services.ledgers.progress import Progress
from beneficiaries.services.ledgers.unions_named import NamedUnions
from beneficiaries.services.ledgers.words import Words, words_of
from relief.lib.crypto.sealing import DataKey
from relief.lib.workbooks import Sheets, WorkbookRefused, kept, read_table, restored
from unions.permissions import Command

Status = LedgerImport.Status
#: Whoever throws a file away that nobody can read.
_READER: Final = Command(receiving.READ_JOB)


def read_ledger(ledger: LedgerImport, progress: Progress) -> LedgerImport:
    """Have the child read the file, keep its cells and lay out its sheets.

    Raises WorkbookRefused, after the import was thrown away with the sentence in `refusal`.
    """
    try:
        with _upload(ledger) as file, read_table(file) as book:
            return take_book(ledger, book, progress)
    except WorkbookRefused as refusal:
        with progress.commit():
            current = receiving.locked_ledger(ledger)
            receiving.discard(by=_READER, ledger=current, refusal=str(refusal.message))
        raise


def take_book(ledger: LedgerImport, book: Sheets, progress: Progress) -> LedgerImport:
    """What was read becomes the import's: its cells, and what is guessed of its sheets."""
    key = key_of_ledger(ledger)
    storage.keep(key, ledger, storage.CELLS, kept(book))
    total = sum(sheet.row_count for sheet in book.sheets)
    progress.advance(total, total, "正在认列")
    found = layouts.described(open_kept(ledger, book, words_of(ledger.union)), named_unions(ledger))
    with progress.commit():
        current = receiving.locked_ledger(ledger)
        receiving.refuse_unless(current, frozenset({Status.UPLOADED}))
        layouts.put_layout(current, key, found)
        current.status = Status.LAID_OUT
        current.version += 1
        current.save()
    return current


def open_kept(ledger: LedgerImport, book: Sheets, words: Words) -> Ledger:
    """The sheets as they were chosen to be read."""
    return open_ledger(
        book,
        vocabulary=words.vocabulary,
        today=timezone.localdate(),
        choices=layouts.choices_for(ledger, book),
    )


def named_unions(ledger: LedgerImport) -> NamedUnions:
    return NamedUnions(ledger.union, ledger.decisions.get("unions", {}))


@contextmanager
def kept_book(key: DataKey, ledger: LedgerImport) -> Iterator[Sheets]:
    """The cells as the child read them. Raises ValidationError: file_gone."""
    if not storage.path_of(ledger, storage.CELLS).exists():
        text = "原文件里有人要求删除个人信息，已经销毁，不能重新认列。请把现有的表重新上传。"
        raise ValidationError(text, code="file_gone")
    with restored(storage.pieces_of(key, ledger, storage.CELLS)) as book:
        yield book


@contextmanager
def _upload(ledger: LedgerImport) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        storage.copy_to(file, key_of_ledger(ledger), ledger, storage.UPLOAD)
        yield file
