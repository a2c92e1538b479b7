"""Keeping a workbook as it was read, so that it need not be read again by a child.

What comes out is compressed text without limits of its own: seal it, and keep it private.
"""

import json
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

from relief.lib.workbooks.read import Sheet, Sheets

_CHUNK: Final = 256 * 1024
#: Speed matters more than size: cells compress well anyway.
_LEVEL: Final = 1


def kept(book: Sheets) -> Iterator[bytes]:
    """The workbook in pieces, for `restored`."""
    packer = zlib.compressobj(_LEVEL)
    facts = {
        "container": book.container,
        "encoding": book.encoding,
        "sha256": book.sha256,
        "sheets": [asdict(sheet) | _lists(sheet) for sheet in book.sheets],
    }
    yield packer.compress(json.dumps(facts, ensure_ascii=False).encode() + b"\n")
    book.lines.seek(0)
    while chunk := book.lines.read(_CHUNK):
        yield packer.compress(chunk)
    yield packer.flush()


def restored(pieces: Iterable[bytes]) -> Sheets:
    """The workbook from the pieces. Close it, or use it in a `with`."""
    lines = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the workbook
    try:
        unpacker, head = zlib.decompressobj(), b""
        facts: dict[str, Any] = {}
        for piece in pieces:
            plain = unpacker.decompress(piece)
            if not facts:
                head += plain
                if b"\n" not in head:
                    continue
                first, _, plain = head.partition(b"\n")
                facts = json.loads(first)
            lines.write(plain)
        lines.write(unpacker.flush())
        sheets = tuple(_sheet(entry) for entry in facts["sheets"])
        return Sheets(facts["container"], facts["encoding"], facts["sha256"], sheets, lines)
    except BaseException:
        lines.close()
        raise


def _lists(sheet: Sheet) -> dict[str, Any]:
    return {"hidden_columns": sorted(sheet.hidden_columns)}


def _sheet(entry: dict[str, Any]) -> Sheet:
    hidden = frozenset(entry["hidden_columns"])
    merges = tuple((top, left, bottom, right) for top, left, bottom, right in entry["merges"])
    return Sheet(**(entry | {"hidden_columns": hidden, "merges": merges}))
