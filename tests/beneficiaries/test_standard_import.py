"""低保标准 from a workbook: read, previewed, written once; what is wrong is said row by row."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import LivingStandard, StandardUpload
from beneficiaries.services.standard_upload import apply_standards, stage_standards
from beneficiaries.standards_read import HEADINGS, State, counts, judged
from relief.codes.models import Code
from relief.jobs.registry import nightly_task
from tests.beneficiaries.conftest import Coded
from tests.cast import Cast
from tests.unions.refusals import refused

pytestmark = pytest.mark.django_db
HEADS = list(HEADINGS.values())
EAST = ["东城区", "城市", "2025-07-01", "1,450", "京民发〔2025〕8号"]


@pytest.fixture(autouse=True)
def places(coded: Coded) -> None:
    for code, name in (("110101", "东城区"), ("110102", "西城区"), ("350203", "思明区")):
        coded(f"region:{code}")
        Code.objects.filter(pk=f"region:{code}").update(name=name)


def staged(cast: Cast, *rows: list[str], heads: list[str] = HEADS) -> StandardUpload:
    numbered = list(enumerate([heads, *rows], start=1))
    return stage_standards(
        by=cast.people["ann"], file_name="标准.xlsx", sha256="0" * 64, rows=numbered
    )


def stored() -> set[tuple[str, str, date, Decimal, str]]:
    return set(
        LivingStandard.objects.values_list("region", "kind", "starts_on", "amount", "document")
    )


def test_a_file_is_previewed_and_then_written(client: Client, cast: Cast):
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append([f"*{head}" for head in HEADS])
    sheet.append(EAST)
    sheet.append([350203, "农村", date(2025, 4, 1), 920.5, "厦民〔2025〕3号"])
    sheet.append([None, None, None, None, None])
    content = BytesIO()
    book.save(content)
    cast.sign_in(client, "ann")
    upload = SimpleUploadedFile("标准.xlsx", content.getvalue())
    answer = client.post(reverse("standard-import"), {"file": upload}, follow=True)
    assert "还没有写入任何数据" in answer.text
    assert "京民发〔2025〕8号" in answer.text
    assert "<del" not in answer.text  # what is new has no old
    assert not LivingStandard.objects.exists()
    kept = StandardUpload.objects.get()
    apply_url = reverse("standard-import-apply", args=[kept.pk])
    assert "新建 2 条" in client.post(apply_url, follow=True).text
    assert stored() == {
        ("region:110101", "urban", date(2025, 7, 1), Decimal(1450), "京民发〔2025〕8号"),
        ("region:350203", "rural", date(2025, 4, 1), Decimal("920.50"), "厦民〔2025〕3号"),
    }
    event = Event.objects.filter(action=Event.Action.IMPORT).get()
    assert event.details["new"] == 2
    again = client.post(apply_url, follow=True)
    assert "已经写入过了" in again.text
    assert LivingStandard.objects.count() == 2


def test_the_template_is_read_back(client: Client, cast: Cast):
    cast.sign_in(client, "ann")
    content = client.get(reverse("standard-template")).content
    book = openpyxl.load_workbook(BytesIO(content))  # noqa: TID251  # our own file
    assert [cell.value for cell in book.worksheets[0][1]] == HEADS


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["没有区", *EAST[1:]], "“没有区”不认识"),
        (["", *EAST[1:]], "行政区划：请填写代码表里的名称或代码"),
        ([EAST[0], "乡下", *EAST[2:]], "城乡：请填城市或农村"),
        ([*EAST[:2], "去年", *EAST[3:]], "生效日期：请填写日期"),
        ([*EAST[:2], "", *EAST[3:]], "请填写生效日期"),
        ([*EAST[:3], "很多", EAST[4]], "标准（元/月）：请填写金额"),
        ([*EAST[:3], "0", EAST[4]], "标准（元/月）："),
        ([*EAST[:3], "NaN", EAST[4]], "标准（元/月）："),
        ([*EAST[:3], "1e400", EAST[4]], "标准（元/月）："),
        ([*EAST[:4], ""], "请填写文号或出处"),
        ([*EAST[:4], "文\u202e号"], "看不见的字符"),
        ([*EAST[:4], "长" * 120], "文号或出处："),
        (["东城区"], "城乡："),
    ],
)
def test_what_is_wrong_with_a_row_is_said(client: Client, cast: Cast, row: list[str], said: str):
    upload = staged(cast, row)
    assert said in " ".join(judged(upload)[0].problems)
    cast.sign_in(client, "ann")
    page = client.get(reverse("standard-import-preview", args=[upload.pk])).text
    assert "还不能写入" in page
    assert said in page
    with refused("rows_bad"):
        apply_standards(by=cast.people["ann"], upload=upload)
    assert not LivingStandard.objects.exists()


def test_a_name_of_several_places_is_asked_for_by_number(cast: Cast, coded: Coded):
    coded("region:220303")
    Code.objects.filter(pk="region:220303").update(name="西城区", parent="region:350203")
    (row,) = judged(staged(cast, ["西城区", *EAST[1:]]))
    assert "请改填行政区划代码" in row.problems[0]


def test_rows_of_one_day_and_place_are_said(cast: Cast):
    rows = judged(staged(cast, EAST, [*EAST[:3], "1500", EAST[4]]))
    assert [row.state for row in rows] == [State.NEW, State.BAD]
    assert "与第 2 行是同一地区" in rows[1].problems[0]


def test_what_is_there_is_changed_or_left(client: Client, cast: Cast):
    apply_standards(by=cast.people["ann"], upload=staged(cast, EAST))
    assert [row.state for row in judged(staged(cast, EAST))] == [State.SAME]
    upload = staged(cast, [*EAST[:3], "1480", EAST[4]])
    assert counts(judged(upload))[State.CHANGED] == 1
    cast.sign_in(client, "ann")
    page = client.get(reverse("standard-import-preview", args=[upload.pk])).text
    assert "1,450.00" in page
    assert "1,480.00" in page
    apply_standards(by=cast.people["ann"], upload=upload)
    assert LivingStandard.objects.get().amount == 1480


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "headings_missing"),
        ([["行政区划", "城乡"], EAST], "headings_missing"),
        ([HEADS], "empty"),
        ([HEADS, *[EAST] * 1_001], "too_many_rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused(cast: Cast, rows: list[list[str]], code: str):
    numbered = list(enumerate(rows, start=1))
    with refused(code):
        stage_standards(by=cast.people["ann"], file_name="x", sha256="0" * 64, rows=numbered)
    assert not StandardUpload.objects.exists()


def test_judging_costs_the_same_for_many_rows(cast: Cast, django_assert_num_queries: Any):
    apply_standards(by=cast.people["ann"], upload=staged(cast, EAST))
    many = [[*EAST[:2], f"20{year:02d}-07-01", *EAST[3:]] for year in range(10, 60)]
    for upload in (staged(cast, EAST), staged(cast, *many)):
        with django_assert_num_queries(3):
            judged(upload)


def test_what_nobody_wrote_goes_after_a_month(cast: Cast):
    written, old, new = staged(cast, EAST), staged(cast, EAST), staged(cast, EAST)
    apply_standards(by=cast.people["ann"], upload=written)
    long_ago = timezone.now() - timedelta(31)
    StandardUpload.objects.filter(pk__in=[written.pk, old.pk]).update(uploaded_at=long_ago)
    nightly_task("sweep").run()
    assert set(StandardUpload.objects.all()) == {written, new}
