"""The hostile files of SECURITY §4.4 that do not lie beside the project, made when they are needed.

    python -m tests.workbooks.hostile

Prints what becomes of each, the longest time in seconds, and by how much this process, which does
what the web process would do, grew. The files are made in forks, so that only reading counts.
"""

import json
import os
import resource
import sys
import tempfile
import time
import zipfile
from io import BytesIO

from relief.lib.workbooks import Limits
from tests.workbooks.fuzzing import outcome_of
from tests.workbooks.making import SHEET, parts_of, row, text, workbook, xls_of, zipped

HEAD, TAIL = SHEET.split("{rows}")
TAIL = TAIL.replace("{after}", "")
THREE = "".join(row(at, text(f"A{at}", "甲")) for at in (1, 2, 3))
STRINGS = "xl/sharedStrings.xml"
SST = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "lol"}">' for at in range(10))
DTD = f"<!DOCTYPE x [{LAUGHS}]>"


def normal(rows=3_000):
    cells = (
        row(at, text(f"A{at}", f"甲{at}"), f'<c r="B{at}"><v>{at}</v></c>')
        for at in range(1, rows + 1)
    )
    return workbook("".join(cells))


def streamed(name, pieces, *, others=None):
    """A workbook with one part written piece by piece, larger than this process should hold."""
    content = BytesIO()
    parts = {key: part for key, part in (others or parts_of(THREE)).items() if key != name}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for key, part in parts.items():
            archive.writestr(key, part)
        with archive.open(name, "w", force_zip64=True) as stream:
            for piece in pieces:
                stream.write(piece.encode())
    return content.getvalue()


def with_dtd(name, body):
    return zipped(parts_of(THREE) | {name: f'<?xml version="1.0"?>{DTD}{body}'})


def lying_directory():
    content = bytearray(workbook(THREE + " " * 3_000_000))
    entry = content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")) - 46
    content[entry + 24 : entry + 28] = (1_024).to_bytes(4, "little")
    return bytes(content)


def flipped(content, step):
    spoilt = bytearray(content)
    for at in range(len(spoilt) // 4, len(spoilt), step):
        spoilt[at] ^= 0x55
    return bytes(spoilt)


def odd_reference(reference):
    return workbook(row(1, text(reference, "甲")))


def old(rows=300):
    return xls_of([[f"甲{at}", at] for at in range(rows)])


def html():
    return "<html><table><tr><td>姓名</td></tr><tr><td>甲</td></tr></table></html>".encode()


CELL = "<c><v>1</v></c>"
BLANK = '<c s="1"/>'
WHITE = " " * 2**20
SHEET_1 = "xl/worksheets/sheet1.xml"
MHTML = b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n"
XML_2003 = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"A" * 50_000}">]><worksheet>{"&a;" * 10_000}</worksheet>'


def rows_of(piece, times):
    """The three rows, and below them the same piece of XML over and over."""
    return streamed(SHEET_1, (HEAD, THREE, *[piece * 1_024] * (times // 1_024), TAIL))


def far_apart():
    return workbook(row(1, text("A1", "甲")) + row(1_048_576, text("T1048576", "乙")))


def lying_dimension():
    lie = SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    return workbook("", sheet=lie.format(rows=THREE, after=""))


def with_part(name, body):
    return zipped(parts_of(THREE) | {name: body})


def merged(*references):
    cells = "".join(f'<mergeCell ref="{one}"/>' for one in references)
    return workbook(THREE, after=f"<mergeCells>{cells}</mergeCells>")


def with_more(pattern, count):
    return zipped(parts_of(THREE) | {pattern.format(at): "<x/>" for at in range(2, count)})


def backslashes():
    return zipped({name.replace("/", "\\"): part for name, part in parts_of(THREE).items()})


def many_styles():
    return streamed("xl/styles.xml", ["<styleSheet>", *["<xf/>" * 1_000] * 1_000, "</styleSheet>"])


def long_string():
    return streamed(STRINGS, (f"{SST}<si><t>", *["A" * 2**20] * 300, "</t></si></sst>"))


#: Name as in SECURITY §4.4 → how it is made; only as large as it takes to break the limits.
HOSTILE = {
    "01_normal": normal,
    "02_normal.xls": old,
    "03a_one_long_string": long_string,
    "03b_whitespace": lambda: streamed(SHEET_1, (HEAD, THREE, *[WHITE] * 300, TAIL)),
    "03c_rows_without_end": lambda: rows_of(f"<row>{CELL * 3}</row>", 120_000),
    "04a_lying_directory": lying_directory,
    "05b_A1_and_T1048576": far_apart,
    "05c_1048576_empty_rows": lambda: rows_of("<row/>", 1_048_000),
    "05d_styled_blank_rows": lambda: rows_of(f"<row>{BLANK * 20}</row>", 200_000),
    "06a_dimension_lie_huge": lying_dimension,
    "07b_laughs_sst": lambda: with_dtd(STRINGS, f"{SST}<si><t>&l9;</t></si></sst>"),
    "07c_laughs_workbook": lambda: with_dtd("xl/workbook.xml", "<workbook>&l9;</workbook>"),
    "07d_quadratic": lambda: with_part(SHEET_1, QUADRATIC),
    "07f_nesting_300k": lambda: workbook("<a>" * 300_000 + "</a>" * 300_000),
    "08a_truncated_half": lambda: normal()[: len(normal()) // 2],
    "08b_truncated_40": lambda: normal()[:-40],
    "08c_bitflips": lambda: flipped(normal(), 997),
    "08f_png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(4_000),
    "08h_truncated_half.xls": lambda: old()[: len(old()) // 2],
    "08i_bitflips.xls": lambda: flipped(old(), 97),
    "09a_password": lambda: ENCRYPTED,
    "11d_html_table.xlsx": html,
    "11e_spreadsheetml2003.xls": lambda: XML_2003,
    "11f_mhtml.xls": lambda: MHTML + html(),
    "11g_xlsx_named_xls": normal,
    "11h_xls_named_xlsx": old,
    "12_wps.et": old,
    "13_numbers_as_text": lambda: workbook(THREE + row(4, text("A4", "0123"))),
    "16a_merged": lambda: merged("A1:A3"),
    "16c_21k_merges": lambda: merged(*(f"A{at}:B{at}" for at in range(1, 21_000))),
    "19b_600_sheets": lambda: with_more("xl/worksheets/sheet{}.xml", 600),
    "19c_16384_columns": lambda: workbook(f"<row>{CELL * 16_384}</row>" * 3),
    "21_styles_bomb_1M": many_styles,
    "22b_A99999999999": lambda: odd_reference("A99999999999"),
    "22c_ZZZZZ1": lambda: odd_reference("ZZZZZ1"),
    "22d_XFD1": lambda: odd_reference("XFD1"),
    "22e_A1048577": lambda: odd_reference("A1048577"),
    "22f_minus": lambda: odd_reference("-A1"),
    "27_backslashes": backslashes,
    "28_600_entries": lambda: with_more("extra/{}.bin", 600),
}


def made_in_fork(make):
    """The file as a temporary one; its making leaves nothing behind in this process."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever asked closes it
    pid = os.fork()
    if not pid:
        try:
            file.write(make())
            file.flush()
            os._exit(0)
        except BaseException:  # noqa: BLE001  # a fork must not come back
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    file.seek(0)
    return file


def run(names):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes, longest = {}, 0.0
    for name in names:
        with made_in_fork(HOSTILE[name]) as file:
            start = time.monotonic()
            outcomes[name] = outcome_of(file, Limits())
            longest = max(longest, time.monotonic() - start)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"outcomes": outcomes, "longest": longest, "grown_kb": grown}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1:] or HOSTILE), indent=1))  # noqa: T201  # a command
