"""`manage.py import_ledger`: the four steps in one command, as somebody who may."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from beneficiaries.models import Beneficiary, LedgerImport
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.ledgers import xlsx
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ROWS: list[list[Any]] = [
    ["姓名", "身份证号", "慰问金"],
    ["张三", id_number(401), 500],
    ["李四", id_number(403), 300],
    ["王五", "11010119680101", 200],
]


@pytest.fixture
def file(cast: Cast, tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    load_codes(codes_folder())
    path = tmp_path / "台账.xlsx"
    path.write_bytes(xlsx(ROWS).getvalue())
    return path


def run(file: Path, *options: str, union: str = "110101001", by: str = "ben") -> str:
    said = StringIO()
    call_command("import_ledger", str(file), "--union", union, "--as", by, *options, stdout=said)
    return said.getvalue()


def test_without_apply_it_only_checks(file: Path):
    said = run(file)
    assert "读到 3，新增 2，有变化 0，无变化 0，要处理 1" in said
    assert "慰问金合计 1000 元" in said
    assert LedgerImport.objects.get().status == "staged"
    assert not Beneficiary.objects.exists()


def test_with_apply_it_writes_what_may_be_written(file: Path):
    assert "写入 2" in run(file, "--apply", "--year", "2026")
    assert LedgerImport.objects.get().status == "partly"
    assert Beneficiary.objects.count() == 2
    event = Event.objects.filter(object_type="beneficiaries.LedgerImport").latest("pk")
    assert (event.request_id, event.details["written"]) == ("import_ledger", 2)


def test_a_file_of_known_people_needs_a_word_more(file: Path):
    run(file, "--apply")
    file.write_bytes(
        xlsx([["姓名", "身份证号", "手机"], ["张三", ROWS[1][1], "13800001234"]]).getvalue()
    )
    with pytest.raises(CommandError, match="--known"):
        run(file, "--apply")
    assert "写入 1" in run(file, "--apply", "--known")


def test_the_same_file_again_is_told(file: Path):
    run(file)
    assert "导入过" in run(file)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"union": "NOSUCH"}, "没有编码为"),
        ({"by": "nobody"}, "没有用户名为"),
        ({"by": "kay"}, "不能在"),
        ({"union": "110102001"}, "不能在"),
    ],
    ids=["no such union", "no such account", "wrong role", "another district"],
)
def test_who_may_not_is_told(file: Path, options: dict[str, str], sentence: str):
    with pytest.raises(CommandError, match=sentence):
        run(file, **options)


def test_a_file_that_is_none_is_told(file: Path):
    file.write_bytes(b"\x00\x01\x02 nothing")
    with pytest.raises(CommandError, match=r"[\u4e00-\u9fff]"):
        run(file)
    with pytest.raises(CommandError, match="打不开"):
        run(file.with_name("没有.xlsx"))
