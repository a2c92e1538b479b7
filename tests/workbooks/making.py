"""Small workbooks made by hand, so that the tests hold without the folder of hostile files."""

import struct
import zipfile
from datetime import date
from io import BytesIO

TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{kind}"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
RELATIONS = """<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
 Target="{target}"/></Relationships>"""
WORKBOOK = """<?xml version="1.0"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>"""
SHEET = """<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData>{rows}</sheetData>{after}</worksheet>"""


def parts_of(rows, *, after="", sheet=None, kind=PLAIN):
    """The parts of a workbook whose only sheet has these rows, as XML."""
    return {
        "[Content_Types].xml": TYPES.format(kind=kind),
        "_rels/.rels": RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS.format(
            kind="worksheet", target="worksheets/sheet1.xml"
        ),
        "xl/worksheets/sheet1.xml": sheet or SHEET.format(rows=rows, after=after),
    }


def zipped(parts):
    """The parts as bytes; `parts` is a mapping or a list of pairs, where names may repeat."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(name, text)
    return content.getvalue()


def workbook(rows, **options):
    return zipped(parts_of(rows, **options))


def text(reference, value):
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number, *cells, more=""):
    return f'<row r="{number}" {more}>{"".join(cells)}</row>'


# --- .xls: an OLE2 container with one BIFF8 stream ---------------------------------------------

_SECTOR = 512


def _record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def _label(value):
    units = value.encode("utf-16-le")
    return struct.pack("<HB", len(units) // 2, 1) + units


def xls(*, sheet="名单", hidden=False):
    """Row 1: 王芳, 500, a day, TRUE, #DIV/0!; row 2 hidden; column 2 hidden; A3:B3 merged."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6)
    plain = struct.pack("<HHHBBBBIIH", 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    day = struct.pack("<HHHBBBBIIH", 0, 14, 1, 0, 0, 0, 0, 0, 0, 0)
    font = struct.pack("<HHHHHBBBB", 200, 0, 8, 400, 0, 0, 0, 0, 0) + bytes([1, 0]) + b"A"
    name = bytes([len(sheet), 1]) + sheet.encode("utf-16-le")
    start = _record(0x0809, bof) + _record(0x0022, b"\0\0") + _record(0x0031, font)
    start += _record(0x00E0, plain) + _record(0x00E0, day)
    offset = len(start) + 4 + 6 + len(name) + 4
    start += _record(0x0085, struct.pack("<IBB", offset, int(hidden), 0) + name) + _record(0x000A)
    cells = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6)),
        _record(0x007D, struct.pack("<HHHHHH", 1, 1, 2560, 0, 1, 0)),
        _record(0x0208, struct.pack("<HHHHHHI", 1, 0, 5, 255, 0, 0, 0x20)),
        _record(0x0204, struct.pack("<HHH", 0, 0, 0) + _label("王芳")),
        _record(0x0203, struct.pack("<HHHd", 0, 1, 0, 500)),
        _record(0x0203, struct.pack("<HHHd", 0, 2, 1, 46037)),
        _record(0x0205, struct.pack("<HHHBB", 0, 3, 0, 1, 0)),
        _record(0x0205, struct.pack("<HHHBB", 0, 4, 0, 7, 1)),
        _record(0x0204, struct.pack("<HHH", 1, 0, 0) + _label("藏")),
        _record(0x0204, struct.pack("<HHH", 2, 0, 0) + _label("合并")),
        _record(0x0203, struct.pack("<HHHd", 3, 0, 1, 60)),
        _record(0x00E5, struct.pack("<HHHHH", 1, 2, 2, 0, 1)),
        _record(0x000A),
    ]
    return _compound(start + b"".join(cells))


def xls_of(rows, *, sheet="名单", merges=()):
    """A sheet of the old format; None leaves a cell out. `merges` as in `Sheet.merges`."""
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6)
    plain = struct.pack("<HHHBBBBIIH", 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    day = struct.pack("<HHHBBBBIIH", 0, 14, 1, 0, 0, 0, 0, 0, 0, 0)
    font = struct.pack("<HHHHHBBBB", 200, 0, 8, 400, 0, 0, 0, 0, 0) + bytes([1, 0]) + b"A"
    name = bytes([len(sheet), 1]) + sheet.encode("utf-16-le")
    start = _record(0x0809, bof) + _record(0x0022, b"\0\0") + _record(0x0031, font)
    start += _record(0x00E0, plain) + _record(0x00E0, day)
    offset = len(start) + 4 + 6 + len(name) + 4
    start += _record(0x0085, struct.pack("<IBB", offset, 0, 0) + name) + _record(0x000A)
    cells = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6))]
    cells += [
        _old_cell(at, column, value)
        for at, row in enumerate(rows)
        for column, value in enumerate(row)
        if value is not None
    ]
    for top, left, bottom, right in merges:
        body = struct.pack("<HHHHH", 1, top - 1, bottom - 1, left - 1, right - 1)
        cells.append(_record(0x00E5, body))
    return _compound(start + b"".join(cells) + _record(0x000A))


def _old_cell(at, column, value):
    if isinstance(value, str):
        return _record(0x0204, struct.pack("<HHH", at, column, 0) + _label(value))
    if isinstance(value, date):
        serial = (value - date(1899, 12, 30)).days
        return _record(0x0203, struct.pack("<HHHd", at, column, 1, serial))
    return _record(0x0203, struct.pack("<HHHd", at, column, 0, value))


def _compound(stream):
    """One stream called Workbook; padded, because short ones are kept elsewhere."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    links = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table = struct.pack(f"<{len(links)}I", *links).ljust(_SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (_SECTOR - len(header) - 4)
    entries = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)
    entries += _entry("Workbook", 2, child=0xFFFFFFFF, start=2, size=len(stream))
    return header + table + entries.ljust(_SECTOR, b"\0") + stream


def _entry(name, kind, *, child, start, size):
    text_of_name = (name + "\0").encode("utf-16-le")
    entry = text_of_name.ljust(64, b"\0") + struct.pack("<HBB", len(text_of_name), kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
    return entry + struct.pack("<IQ", start, size)
