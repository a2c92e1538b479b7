"""The people as a workbook: what it holds, who may have whole numbers, what the log keeps."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from audit.models import Event
from beneficiaries import people_export
from beneficiaries.importing import LedgerRow, open_ledger
from beneficiaries.importing.vocabulary import from_entries
from beneficiaries.ledger_layout import LEDGER
from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, HardshipFile
from beneficiaries.models.person_key import key_of
from beneficiaries.people_export import Order
from beneficiaries.services import files
from beneficiaries.services.transfers import link_beneficiary
from relief.codes.models import Code
from relief.codes.services import codes_folder, load_codes
from relief.jobs.models import Job
from relief.jobs.running import Running
from relief.jobs.tasks import claim
from relief.lib.workbooks import read_rows, read_table
from tests.audit.attacker import as_superuser
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.files_at import a_ledger
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from unions.services.preferences import choose_columns

pytestmark = pytest.mark.django_db
EXPORT = "/people/export/"
NUMBER = id_number(22)
MASKED = {"scope": "all", "layout": "list", "numbers": "masked"}
FULL = {"scope": "all", "layout": "list", "numbers": "full", "why": "银行代发"}


@pytest.fixture
def wang(register: Register) -> Beneficiary:
    return register(
        "王桂兰",
        id_number=NUMBER,
        phone="13912345678",
        address="北京市东城区建国门街道苏州胡同12号",
        bank_name="工商银行",
        bank_account="6222020200000001236",
        health="终末期肾病",
    )


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))  # noqa: TID251  # our own file


def table_in(response: Any) -> tuple[list[str], list[list[str]], str]:
    """Head, rows and the last line of the answer."""
    assert response.status_code == 200, response
    head, *rows, mark = read_rows(response.content)
    return head, rows, mark[0]


def test_exactly_the_filtered_rows_in_the_chosen_columns(
    client: Client, cast: Cast, register: Register, wang: Beneficiary
) -> None:
    register("白二", union="east-2", by="eli")
    register("陈三", is_invented=True)
    choose_columns(by=cast.people["ann"].user, table="people", columns=["sex", "phone"])
    cast.sign_in(client, "ann")
    union = cast.unions["east-1"].pk
    head, rows, mark = table_in(client.post(f"{EXPORT}?union={union}&sort=-name", MASKED))
    assert head == ["姓名", "性别", "手机", "标记"]
    assert [row[0] for row in rows] == ["王桂兰", "陈三"]
    assert rows[0] == ["王桂兰", "女", "****5678"] or rows[0] == ["王桂兰", "女", "****5678", ""]
    assert rows[1][3] == "虚构人物"
    assert mark.startswith("导出人：安宁（东片区总工会）")
    assert "共 2 人" in mark


def test_masked_files_hold_no_whole_number(client: Client, cast: Cast, wang: Beneficiary) -> None:
    cast.sign_in(client, "ben")
    for layout in ("list", "ledger"):
        response = client.post(EXPORT, MASKED | {"layout": layout})
        text = str(read_rows(response.content))
        for secret in (NUMBER, "13912345678", "6222020200000001236", "苏州胡同", "终末期肾病"):
            assert secret not in text
        assert "1968-01-01" not in text
    assert f"110***********{NUMBER[-4:]}" in text
    assert "建国门街道***" in text


def test_whole_numbers_take_a_reason_and_the_log_keeps_it(
    client: Client, cast: Cast, wang: Beneficiary
) -> None:
    cast.sign_in(client, "ben")
    refused = client.post(EXPORT, FULL | {"why": ""})
    assert refused.context["form"].has_error("why", "no_reason")
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()
    head, rows, mark = table_in(client.post(EXPORT, FULL))
    shown = dict(zip(head, rows[0], strict=False))
    assert (shown["证件"], shown["手机"]) == (NUMBER, "13912345678")
    assert "含完整号码，理由：银行代发" in mark
    event = Event.objects.get(action=Event.Action.EXPORT)
    assert event.reason == "银行代发"
    kept = {key: event.details[key] for key in ("rows", "numbers", "layout", "filter")}
    assert kept == {"rows": 1, "numbers": "full", "layout": "list", "filter": {}}
    assert NUMBER not in str(event.details)


def test_who_may_not_print_numbers_is_not_offered_them(
    client: Client, cast: Cast, wang: Beneficiary
) -> None:
    cast.sign_in(client, "kay")
    assert "numbers" not in client.get(EXPORT).context["form"].fields
    head, rows, _ = table_in(client.post(EXPORT, FULL))
    assert dict(zip(head, rows[0], strict=False))["证件"] == f"****{NUMBER[-4:]}"
    kay = cast.people["kay"]
    with pytest.raises(PermissionDenied):
        people_export.check_order(kay, Order("", ("name",), is_full=True, reason="代发"))


@pytest.mark.parametrize("who", ["abe", "leo", "roy"], ids=["keeps the log", "leader", "reporter"])
def test_who_has_no_business_with_lists_exports_none(client: Client, cast: Cast, who: str) -> None:
    cast.sign_in(client, who)
    assert client.post(EXPORT, MASKED).status_code == 403
    assert client.post("/files/export/").status_code == 403
    assert client.post("/workplaces/export/").status_code == 403


def test_the_password_is_asked_again_first(client: Client, cast: Cast, wang: Beneficiary) -> None:
    cast.sign_in(client, "ben", is_confirmed=False)
    response = client.get(f"{EXPORT}?state=none")
    assert response.status_code == 302
    assert "%3Fstate%3Dnone" in response["Location"]
    posted = client.post(EXPORT, MASKED)
    assert b"PK" not in posted.content[:2]
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_a_linked_person_stays_masked_whoever_asks(
    client: Client, cast: Cast, register: Register
) -> None:
    register("白西", union="west", by="cai", id_number=NUMBER, phone="13912345678")
    link_beneficiary(by=cast.people["ben"], union=cast.unions["east-1"], id_number=NUMBER)
    cast.sign_in(client, "ben")
    for layout in ("list", "ledger"):
        text = str(read_rows(client.post(EXPORT, FULL | {"layout": layout}).content))
        assert "白西" in text
        assert NUMBER not in text
        assert "13912345678" not in text


# --- the layout of the national system ----------------------------------------------------------


@pytest.fixture
def household(cast: Cast, wang: Beneficiary) -> HardshipFile:
    load_codes(codes_folder())
    ben = cast.people["ben"]
    key = key_of(wang)
    file = HardshipFile(
        person=wang,
        union=wang.union,
        year=2026,
        status=Status.DRAFT,
        ledger=a_ledger(wang.union),
        number="DC-0017",
        hardship_class=Code.objects.get(pk="hardship_class:深度困难"),
        main_cause=Code.objects.get(list_id="hardship_cause", name="患重特大疾病"),
        ethnicity=Code.objects.get(list_id="ethnicity", name="汉族"),
        working_since=date(1990, 7, 1),
        own_monthly_income=Decimal("2000.50"),
        yearly_income=Decimal(24000),
        household_size=2,
        is_single_parent=False,
        opened_on=date(2026, 1, 5),
    )
    file.seal(key, health="终末期肾病", hardship="丈夫下岗")
    file.save(force_insert=True)
    son = Code.objects.filter(list_id="relationship").order_by("position").first()
    assert son
    files.add_member(
        by=ben,
        file=file,
        name="李小明",
        relationship=son,
        id_number=id_number(31, birth="20010203"),
    )
    with as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(status=Status.ACTIVE)
    return HardshipFile.objects.get(pk=file.pk)


def vocabulary() -> Any:
    lists: dict[str, list[dict[str, Any]]] = {}
    for code in Code.objects.all():
        entry = {"name": code.name, "aliases": code.aliases, "generation": code.generation}
        lists.setdefault(code.list_id, []).append(entry)
    return from_entries({"key": key, "codes": codes} for key, codes in lists.items())


def read_back(content: bytes) -> list[LedgerRow]:
    """As our own import reads the file."""
    with read_table(io.BytesIO(content)) as book:
        ledger = open_ledger(book, vocabulary=vocabulary(), today=date(2026, 11, 25))
        layout = ledger.layouts[0]
        return [row for row in ledger.rows(layout) if isinstance(row, LedgerRow)]


def test_the_ledger_has_the_columns_of_the_national_system_and_is_read_back(
    client: Client, cast: Cast, household: HardshipFile
) -> None:
    cast.sign_in(client, "ben")
    response = client.post(EXPORT, FULL | {"layout": "ledger"})
    head, _, _ = table_in(response)
    assert head[:7] == ["编号", "困难类别", "姓名", "民族", "性别", "政治面貌", "身份证号"]
    assert head[41:44] == ["建档日期", "家庭成员1姓名", "家庭成员1关系"]
    assert len(head) == 42 + 5 * 9
    (row,) = read_back(response.content)
    assert not row.problems
    expected = {
        "file_number": "DC-0017",
        "hardship_type": "深度困难",
        "name": "王桂兰",
        "ethnicity": "汉族",
        "sex": "女",
        "id_number": NUMBER,
        "birth_date": "1968-01-01",
        "health": "终末期肾病",
        "phone": "13912345678",
        "work_start_date": "1990-07-01",
        "address": "北京市东城区建国门街道苏州胡同12号",
        "is_single_parent": "否",
        "personal_monthly_income": "2000.5",
        "household_annual_income": "24000",
        "household_size": "2",
        "hardship_cause": "患重特大疾病",
        "bank_name": "工商银行",
        "bank_account": "6222020200000001236",
        "file_date": "2026-01-05",
        "member1.name": "李小明",
        "member1.id_number": id_number(31, birth="20010203"),
    }
    found = {name: str(value) for name, value in row.values.items()}
    assert {name: found.get(name) for name in expected} == expected


def test_every_cell_is_text_and_nothing_is_a_formula_or_a_link(
    client: Client, cast: Cast, register: Register
) -> None:
    for name in ("=1+1", "+86", "@SUM(A1)", "-2", "http://example.com"):
        register(name)
    cast.sign_in(client, "ben")
    for layout in ("list", "ledger"):
        content = client.post(EXPORT, FULL | {"layout": layout}).content
        sheet = opened(content).worksheets[0]
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
        assert "=1+1" in [cell.value for cell in cells]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            text = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not re.search(r"<f[ >]|<hyperlink|externalLink", text)


def test_the_template_is_read_by_our_own_import_when_it_is_filled_in(
    client: Client, cast: Cast
) -> None:
    load_codes(codes_folder())
    cast.sign_in(client, "ben")
    response = client.get("/people/template/")
    book = opened(response.content)
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    given = {
        "档案编号": "DC-0018",
        "困难类别": "相对困难",
        "姓名": "李娜",
        "民族": "满族",
        "性别": "女",
        "身份证号": NUMBER,
        "手机号码": "13912345678",
        "是否单亲": "是",
        "是否进入医保": "职工医保",
        "家庭年度总收入": "36000",
        "家庭成员1姓名": "张小",
        "家庭成员2姓名": "张大",
        "家庭成员5单位或学校": "某中学",
    }
    for heading, value in given.items():
        sheet.cell(2, headings.index(heading) + 1).value = value
    filled = io.BytesIO()
    book.save(filled)
    (row,) = read_back(filled.getvalue())
    assert not row.problems
    assert row.values["name"] == "李娜"
    assert row.values["hardship_type"] == "相对困难"
    assert row.values["medical_insurance"] == "职工医保"
    assert row.values["member2.name"] == "张大"
    assert row.values["member5.workplace_or_school"] == "某中学"


def test_no_heading_of_the_template_is_passed_over(client: Client, cast: Cast) -> None:
    """Every column belongs to a field; only who entered what is left to the system."""
    load_codes(codes_folder())
    cast.sign_in(client, "ben")
    content = client.get("/people/template/").content
    book = opened(content)
    sheet = book.worksheets[0]
    sheet.cell(2, [cell.value for cell in sheet[1]].index("姓名") + 1).value = "李娜"
    filled = io.BytesIO()
    book.save(filled)
    with read_table(io.BytesIO(filled.getvalue())) as table:
        ledger = open_ledger(table, vocabulary=vocabulary(), today=date(2026, 11, 25))
        columns = ledger.layouts[0].columns
    assert [column.heading for column in columns if not column.field] == []
    assert len(columns) == len(LEDGER) - 3


def test_lists_of_the_template_offer_present_values_only(client: Client, cast: Cast) -> None:
    load_codes(codes_folder())
    cast.sign_in(client, "ben")
    book = opened(client.get("/people/template/").content)
    offered = {
        column[0].value: [cell.value for cell in column[1:]] for column in book["可选值"].columns
    }
    assert [word for word in offered["困难类别"] if word] == ["深度困难", "相对困难", "意外致困"]
    assert "填写说明" in book.sheetnames


# --- in the background --------------------------------------------------------------------------


def test_many_rows_are_written_by_the_worker_with_the_rights_of_then(
    client: Client, cast: Cast, wang: Beneficiary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_export, "ROWS_AT_ONCE", 0)
    cast.sign_in(client, "ben")
    response = client.post(f"{EXPORT}?q=wgl", FULL | {"layout": "ledger"})
    job = Job.objects.get()
    assert response["Location"] == f"/jobs/{job.pk}/"
    claimed = claim(str(job.pk))
    assert claimed
    people_export.write_for_job(Running(claimed))
    job.refresh_from_db()
    assert NUMBER in str(read_rows(job.result_path.read_bytes()))
    assert job.expires_at
    assert (job.expires_at - job.created_at).days <= 1
    assert Event.objects.get(action=Event.Action.EXPORT).details["filter"] == {"q": "*"}


def test_a_posting_that_ended_meanwhile_gets_nothing(cast: Cast, wang: Beneficiary) -> None:
    ben = cast.people["ben"]
    job = people_export.export_later(by=ben, order=Order("", ("name",)))
    type(ben).objects.filter(pk=ben.pk).update(ends_on="2026-01-02")
    claimed = claim(str(job.pk))
    assert claimed
    with pytest.raises(ValidationError):
        people_export.write_for_job(Running(claimed))
