"""The files of an import: what was uploaded, and its cells as they were read; both sealed."""

import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from beneficiaries.models import LedgerImport
from relief.lib.crypto.sealing import DataKey
from relief.lib.crypto.streams import open_stream, seal_stream

#: The upload as it came.
UPLOAD: Final = "upload"
#: Its cells, so that no child has to read it again (`relief.lib.workbooks.kept`).
CELLS: Final = "cells"


def keep(key: DataKey, ledger: LedgerImport, part: str, pieces: Iterable[bytes]) -> None:
    """Write and sync first, then put in place: a part is there whole or not at all."""
    path = path_of(ledger, part)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as target:
            seal_stream(key, pieces, target, _place(ledger, part))
            target.flush()
            os.fsync(target.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def pieces_of(key: DataKey, ledger: LedgerImport, part: str) -> Iterator[bytes]:
    """Raises SealError when the file on disk is not the one that was kept."""
    with path_of(ledger, part).open("rb") as source:
        yield from open_stream(key, source, _place(ledger, part))


def copy_to(target: IO[bytes], key: DataKey, ledger: LedgerImport, part: str) -> None:
    for piece in pieces_of(key, ledger, part):
        target.write(piece)


def remove(ledger: LedgerImport) -> None:
    for part in (UPLOAD, CELLS):
        path_of(ledger, part).unlink(missing_ok=True)


def path_of(ledger: LedgerImport, part: str) -> Path:
    """The name tells nothing, and no URL leads there."""
    folder = Path(settings.MEDIA_ROOT) / "ledgers" / ledger.pk.hex[-2:]
    return folder / f"{ledger.pk.hex}.{part}"


def _place(ledger: LedgerImport, part: str) -> str:
    return f"ledgers.{part}.{ledger.pk}"
