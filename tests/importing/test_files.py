"""Real files: the six ledgers beside the project, and files in the formats that offices send."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from beneficiaries.importing import LedgerRow, open_ledger
from relief.lib.workbooks import kept, read_table, restored
from tests.beneficiaries.numbers import id_number
from tests.importing.making import TODAY, VOCABULARY, book

LEDGERS = settings.BASE_DIR.parent / "shared" / "ledgers"
ROWS = [["姓名", "身份证号", "慰问金(元)"], ["张三", id_number(1), "500"]]


@pytest.mark.skipif(not LEDGERS.is_dir(), reason="no folder shared/ledgers beside the project")
def test_the_six_ledgers_are_read_without_a_mistake():
    scored = subprocess.run(
        [sys.executable, LEDGERS / "score.py"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert scored.stdout.splitlines()[-1] == "6 ledgers, mean 100.00%, worst figure 100.0%"
    assert scored.returncode == 0


def as_csv(encoding):
    return "\r\n".join(",".join(row) for row in ROWS).encode(encoding)


def as_html():
    rows = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in ROWS)
    return f"<html><meta charset=gb2312><table>{rows}</table></html>".encode("gb18030")


def as_workbook():
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in ROWS:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        as_csv("gb18030"),
        as_csv("utf-8-sig"),
        as_csv("utf-8").replace(b",", b"\t"),
        as_html(),
        as_workbook(),
    ],
    ids=["GB18030", "UTF-8", "tabs", "HTML named .xls", "xlsx"],
)
def test_formats_say_the_same(content):
    with read_table(BytesIO(content)) as book:
        ledger = open_ledger(book, vocabulary=VOCABULARY, today=TODAY)
        (row,) = ledger.rows(ledger.layouts[0])
    assert isinstance(row, LedgerRow)
    assert row.values == {"name": "张三", "id_number": id_number(1), "relief_amount": "500"}


def test_the_command_prints_json_and_nothing_else(tmp_path, capsys):
    path = tmp_path / "台账.csv"
    path.write_bytes(as_csv("gb18030"))
    call_command("read_ledger", str(path))
    said = json.loads(capsys.readouterr().out)
    assert said["sheets"][0]["columns"] == {"0": "name", "1": "id_number", "2": "relief_amount"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense"])
def test_a_file_that_is_none_gets_one_sentence(tmp_path, content):
    path = Path(tmp_path) / "台账.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="。"):
        call_command("read_ledger", str(path))


def test_a_workbook_kept_after_reading_says_the_same():
    merges = [(2, 1, 3, 1)]
    rows = [["姓名", "身份证号"], ["张三", "1" * 300], ["", 3.5]]
    first = book(rows, [["空"]], merges=merges, hidden={1})
    with restored(kept(first)) as again:
        assert again.sheets == first.sheets
        assert (again.container, again.sha256) == (first.container, first.sha256)
        for sheet in first.sheets:
            assert list(again.rows(sheet)) == list(first.rows(sheet))


def test_the_command_needs_no_database_and_says_nothing_but_json(tmp_path):
    """In a process of its own, with an address where no database is."""
    path = tmp_path / "台账.xlsx"
    path.write_bytes(as_workbook())
    ended = subprocess.run(
        [sys.executable, "manage.py", "read_ledger", str(path), "--sheet", "Sheet"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        check=True,
    )
    (sheet,) = json.loads(ended.stdout)["sheets"]
    assert sheet["rows"]["2"]["values"]["id_number"] == id_number(1)
    assert ended.stderr == b""


def test_problems_are_objects_and_only_the_named_sheet_is_read(tmp_path, capsys):
    book = Workbook()
    book.worksheets[0].append(["姓名", "身份证号"])
    book.worksheets[0].append(["张三", "123"])
    book.create_sheet("另一张").append(["姓名", "身份证号"])
    path = tmp_path / "台账.xlsx"
    book.save(path)
    call_command("read_ledger", str(path), sheet="Sheet")
    first, second = json.loads(capsys.readouterr().out)["sheets"]
    (problem,) = first["rows"]["2"]["problems"]
    assert (problem["code"], problem["field"]) == ("id_length", "id_number")
    assert (problem["severity"], problem["message"][-1]) == ("error", "。")
    assert second["columns"] == {}


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = tmp_path / "台账.xlsx"
    path.write_bytes(as_workbook())
    with pytest.raises(CommandError, match=r"没有工作表“东街道”.*Sheet"):
        call_command("read_ledger", str(path), sheet="东街道")


def test_the_sheet_of_a_text_file_is_called_like_the_file(tmp_path, capsys):
    path = tmp_path / "一月.csv"
    path.write_bytes("姓名,身份证号\n张三,123\n".encode())
    call_command("read_ledger", str(path), sheet="一月")
    (sheet,) = json.loads(capsys.readouterr().out)["sheets"]
    assert (sheet["name"], sheet["rows"]["2"]["values"]["name"]) == ("一月", "张三")
    with pytest.raises(CommandError, match="没有工作表“二月”，只有：一月"):
        call_command("read_ledger", str(path), sheet="二月")
