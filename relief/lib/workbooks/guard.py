"""What a file really is, and whether its zip is one that an office program would write."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Final
from xml.parsers import expat

from relief.lib.workbooks import parts
from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.refusals import Refusal

_CHUNK: Final = 64 * 1024
_ENCRYPTED: Final = 0x1
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
#: Names of streams inside an OLE2 container, as they stand in its directory.
_OLE_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_OLE_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")


class Container(StrEnum):
    XLSX = "xlsx"
    XLS = "xls"
    HTML = "html"
    CSV = "csv"


@dataclass(frozen=True)
class SheetPart:
    """One sheet as the workbook names it, with what the scan of its part found."""

    name: str
    facts: parts.SheetFacts


def container_of(content: bytes) -> Container:
    """By the first bytes, never by the name: offices rename .html and .csv to .xls.

    Raises Refusal: not_a_workbook, other_format, password, macros.
    """
    if content.startswith(b"PK\x03\x04"):
        return Container.XLSX
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_container(content)
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"%pdf", b"{\\rtf", b"\x89png", b"gif8", b"rar!", b"7z\xbc\xaf")):
        raise Refusal("not_a_workbook")
    if b"mime-version:" in start or (start.startswith(b"<?xml") and b"<html" not in start):
        raise Refusal("other_format")
    return Container.HTML if start.startswith(b"<") else Container.CSV


def _ole_container(content: bytes) -> Container:
    if _OLE_PACKAGE in content:
        raise Refusal("password")
    if _OLE_MACROS in content:
        raise Refusal("macros")
    return Container.XLS


def inspect_xlsx(content: bytes, limits: Limits) -> list[SheetPart]:
    """The sheets in the order of the workbook, once every part was read through.

    Raises Refusal.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = _directory(archive, limits)
            return _sheets(_read_parts(archive, entries, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Refusal("broken") from error


def _directory(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise Refusal("too_many_parts")
    names = [entry.filename.casefold() for entry in entries]
    if any(_is_odd(entry.filename) for entry in entries) or len(set(names)) < len(names):
        raise Refusal("suspicious", "重复或不合规的部分名称")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Refusal("password")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Refusal("macros")
    if _WORKBOOK not in names:
        is_other = "mimetype" in names or "xl/workbook.bin" in names
        raise Refusal("other_format" if is_other else "not_a_workbook")
    if sum(entry.file_size for entry in entries) > limits.expansion_bytes:
        raise Refusal("expands")
    return [entry for entry in entries if not entry.is_dir()]


def _is_odd(name: str) -> bool:
    return "\\" in name or name.startswith("/") or ".." in name.split("/") or "\0" in name


def _read_parts(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: Limits
) -> dict[str, parts.Part]:
    left = limits.expansion_bytes
    found: dict[str, parts.Part] = {}
    for entry in entries:
        part = _CountedPart(archive, entry, left)
        try:
            if part.is_xml:
                found[entry.filename.casefold()] = parts.PartReader(limits).read(part.chunks())
            else:
                part.exhaust()
        except expat.ExpatError as error:
            raise Refusal("broken", entry.filename[-40:]) from error
        left -= part.size
    return found


class _CountedPart:
    """A part unpacked piece by piece; what comes out is counted, whatever the directory says."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> None:
        self._stream = archive.open(entry)
        self._left = left
        self._head = self._stream.read(_CHUNK)
        self.size = len(self._head)
        self.is_xml = self._head.lstrip().startswith(_XML_STARTS)

    def chunks(self) -> Iterator[bytes]:
        chunk = self._head
        while chunk:
            if self.size > self._left:
                raise Refusal("expands")
            yield chunk
            chunk = self._stream.read(_CHUNK)
            self.size += len(chunk)

    def exhaust(self) -> None:
        for _chunk in self.chunks():
            pass


def _sheets(found: dict[str, parts.Part]) -> list[SheetPart]:
    workbook, relations = found.get(_WORKBOOK), found.get(_RELATIONS)
    if not isinstance(workbook, parts.WorkbookPart):
        raise Refusal("broken", _WORKBOOK)
    targets = relations.targets if isinstance(relations, parts.RelationsPart) else {}
    sheets = []
    for name, key in workbook.sheets:
        part = found.get(_resolved(targets.get(key, "")))
        facts = part.facts if isinstance(part, parts.SheetPart) else parts.SheetFacts()
        sheets.append(SheetPart(name, facts))
    return sheets


def _resolved(target: str) -> str:
    """Where a relationship of the workbook leads: absolute, or from the folder xl."""
    return (target[1:] if target.startswith("/") else f"xl/{target}").casefold()
