"""Every file that is not read is refused with a reason, and the reader outlives it."""

import re
import subprocess
import sys
from io import BytesIO, StringIO

import pytest

from relief.lib.workbooks import Limits, WorkbookRefused, child, read_table
from relief.lib.workbooks.refusals import _SENTENCES, Refusal, sentence
from tests.workbooks.making import MACROS, SHEET, parts_of, row, text, workbook, zipped

ONE = row(1, text("A1", "甲"))
MANY = workbook("".join(row(number, text(f"A{number}", "甲" * 100)) for number in range(1, 2_000)))
DTD = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + SHEET.format(rows=ONE, after="")[21:]


def reason_of(content, **limits):
    """What the child decides, asked in this process: most reasons need no process to be shown."""
    allowed = Limits(**limits)
    with pytest.raises(Refusal) as refused:
        child.read(content, child.Output(StringIO(), allowed), allowed)
    return refused.value.code


def code_of(content, **limits):
    with pytest.raises(WorkbookRefused) as refused:
        read_table(BytesIO(content), limits=Limits(**limits)).close()
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not_a_workbook"),
        (b"%PDF-1.7\n", "not_a_workbook"),
        (bytes(range(256)) * 4, "not_a_workbook"),
        ("姓名,金额".encode() + b"\xff\xfe\xff", "encoding"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas"/>', "other_format"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "other_format"),
        (b"\n \n", "no_rows"),
        (b'a,"b\n', "broken"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "other_format"),
        (zipped({"hello.txt": "hi"}), "not_a_workbook"),
        (workbook(ONE)[:-30], "broken"),
        (workbook(ONE[:-8]), "broken"),
        (workbook(ONE, kind=MACROS), "macros"),
        (zipped(parts_of(ONE) | {"xl/vbaProject.bin": "x"}), "macros"),
        (zipped([*parts_of(ONE).items(), ("XL/worksheets/SHEET1.xml", "<a/>")]), "suspicious"),
        (zipped(parts_of(ONE) | {"../evil.xml": "<a/>"}), "suspicious"),
        (zipped(parts_of("", sheet=DTD)), "suspicious"),
        (workbook(row(1, text("A0", "甲"))), "suspicious"),
        (workbook(row(1, text("A", "甲"))), "suspicious"),
        (workbook(row(1, text("A1", "甲"), text("XFE1", "乙"))), "suspicious"),
        (workbook("<a>" * 60 + "</a>" * 60), "suspicious"),
        (workbook(ONE + row(1, text("CW1", "乙"))), "too_many_columns"),
        (workbook(ONE + row(1_000_000, text("A1000000", "乙"))), "row_too_far"),
        (workbook(ONE, after='<mergeCell ref="A1:XFD1048576"/>'), "too_many_merges"),
        (workbook(row(1, text("A1", "字" * 2_001))), "cell_too_long"),
        (workbook(row(1, '<c r="A1"/>')), "no_rows"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
    # The bytes of an archive carry the time, which no two workers would agree on.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_says_why(content, code):
    assert reason_of(content) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "broken"),
        (workbook(row(1, '<c r="A1" t="s"><v>7</v></c>')), "broken"),
        (workbook(ONE, kind=MACROS), "macros"),
    ],
    ids=["nothing", "a library raises", "a text that is not there", "the child refuses"],
)
def test_the_reason_reaches_the_person_whoever_found_it(content, code):
    assert code_of(content) == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"parts": 3}, "too_many_parts"),
        ({"expansion_bytes": 400}, "expands"),
        ({"cells": 1}, "too_many_cells"),
        ({"cell_tags": 1}, "blank_formatted"),
    ],
    ids=str,
)
def test_each_limit_holds(limits, code):
    assert reason_of(MANY, **limits) == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"file_bytes": 100}, "file_too_large"),
        ({"memory_bytes": 40 * 1024 * 1024}, "too_complex"),
        ({"output_bytes": 10}, "too_complex"),
    ],
    ids=str,
)
def test_the_limits_of_the_process_hold(limits, code):
    assert code_of(MANY, **limits) == code


def test_a_part_that_holds_more_than_the_zip_directory_says_is_not_unpacked_to_the_end():
    content = bytearray(workbook(row(1, text("A1", "甲" * 1_000)) + " " * 3_000_000))
    entry = content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")) - 46
    content[entry + 24 : entry + 28] = (1_000).to_bytes(4, "little")
    assert reason_of(bytes(content)) in {"broken", "expands"}


def test_a_child_that_never_ends_is_ended(monkeypatch, tmp_path):
    asleep = tmp_path / "asleep"
    asleep.write_text("#!/bin/sh\nwhile :; do :; done\n", encoding="utf-8")
    asleep.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(asleep))
    assert code_of(b"a,b", wall_seconds=1) == "too_slow"


def test_the_child_knows_no_secret_and_no_database(monkeypatch):
    seen = {}

    def note(command, **options):
        seen.update(options["env"])
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere")
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setattr(subprocess, "run", note)
    assert code_of(b"a,b") == "broken"
    assert set(seen) == {"PATH", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE"}


@pytest.mark.parametrize("code", sorted(_SENTENCES))
def test_every_reason_is_a_whole_sentence_in_chinese_that_says_what_to_do(code):
    words = sentence(code, "第 3 行", Limits())
    assert words.endswith("。")
    assert "请" in words
    assert "$" not in words
    assert not re.search(r"[a-z]{5,}", words)
