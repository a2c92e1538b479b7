"""Steps 1 and 2 of an import, driven as people would: upload, progress, columns; and refusals."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.staging import stage_rows
from relief.jobs.models import Job
from tests.beneficiaries.ledger_pages import (
    HEADINGS,
    LI,
    ROWS,
    SECRETS,
    WANG,
    at,
    now,
    said,
    version_on,
    work,
)
from tests.beneficiaries.ledgers import contents, laid_out, xlsx
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "codes")]


def test_an_upload_is_read_by_a_job_and_leads_to_its_columns(ben: Client, cast: Cast):
    file = SimpleUploadedFile("台账.xlsx", xlsx(ROWS).getvalue())
    data = {"file": file, "union": cast.unions["east-1"].pk, "year": 2026}
    response = ben.post(reverse("ledger-upload"), data)
    ledger = LedgerImport.objects.get()
    assert response["Location"] == at("ledger-detail", ledger)
    page = ben.get(at("ledger-detail", ledger))
    assert "排队中" in said(page)
    assert "可以关掉本页" in said(page)
    poll = ben.get(at("ledger-detail", ledger), HTTP_HX_REQUEST="true")
    assert poll.content.decode().lstrip().startswith('<div class="job"')
    assert work(ledger).status == "laid_out"
    poll = ben.get(at("ledger-detail", ledger), HTTP_HX_REQUEST="true")
    assert poll["HX-Redirect"] == at("ledger-columns", ledger)
    assert ben.get(at("ledger-detail", ledger))["Location"] == at("ledger-columns", ledger)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": ""}, "请选择文件"),
        ({"file": SimpleUploadedFile("空.xlsx", b"")}, "这个文件是空的"),
        ({"year": "1066"}, "年度"),
        ({"union": "west-1"}, "请从列表里选一个机构"),
    ],
    ids=["no file", "empty file", "a year before the unions", "somebody else's union"],
)
def test_an_upload_that_cannot_be_is_refused_in_words(
    ben: Client, cast: Cast, change: dict[str, Any], words: str
):
    if "union" in change:
        change = {"union": cast.unions[change["union"]].pk}
    file = SimpleUploadedFile("台账.xlsx", xlsx(ROWS).getvalue())
    data = {"file": file, "union": cast.unions["east-1"].pk, "year": 2026} | change
    response = ben.post(reverse("ledger-upload"), data)
    assert response.status_code == 200
    assert words in said(response)
    assert not LedgerImport.objects.exists()


def test_a_file_that_nobody_can_read_is_told_with_what_to_do(ben: Client, cast: Cast):
    file = SimpleUploadedFile("台账.xlsx", b"\x89PNG not a workbook")
    data = {"file": file, "union": cast.unions["east-1"].pk, "year": 2026}
    ben.post(reverse("ledger-upload"), data)
    ledger = work(LedgerImport.objects.get())
    page = said(ben.get(at("ledger-detail", ledger)))
    assert "这个文件读不了" in page
    assert ledger.refusal.replace(" ", "") in page


def test_the_same_file_again_is_told_at_every_step(ben: Client, cast: Cast, ledger: LedgerImport):
    again = laid_out(cast, ROWS)
    assert "同一个文件导入过" in said(ben.get(at("ledger-columns", again)))
    stage_rows(again, Directly(), by=cast.people["ben"])
    assert "同一个文件导入过" in said(ben.get(at("ledger-check", again)))
    assert "同一个文件导入过" not in said(ben.get(at("ledger-check", ledger)))


def test_what_was_interrupted_begins_anew(ben: Client, cast: Cast):
    file = SimpleUploadedFile("台账.xlsx", xlsx(ROWS).getvalue())
    data = {"file": file, "union": cast.unions["east-1"].pk, "year": 2026}
    ben.post(reverse("ledger-upload"), data)
    ledger = LedgerImport.objects.get()
    Job.objects.update(status=Job.Status.INTERRUPTED)
    assert "重新开始" in said(ben.get(at("ledger-detail", ledger)))
    ben.post(at("ledger-restart", ledger))
    assert work(ledger).status == "laid_out"
    answer = ben.post(at("ledger-restart", ledger), follow=True)
    assert "没有中断的任务" in said(answer)


def test_somebody_elses_job_is_seen_as_working_and_no_more(client: Client, cast: Cast):
    cast.sign_in(client, "mia")
    file = SimpleUploadedFile("台账.xlsx", xlsx(ROWS).getvalue())
    data = {"file": file, "union": cast.unions["east-1"].pk, "year": 2026}
    client.post(reverse("ledger-upload"), data)
    ledger = LedgerImport.objects.get()
    cast.sign_in(client, "ben")
    page = said(client.get(at("ledger-detail", ledger)))
    assert "别人提交的" in page
    assert "重新开始" not in page


def test_the_list_shows_what_waits_for_whom(client: Client, cast: Cast, ledger: LedgerImport):
    cast.sign_in(client, "ben")
    assert "1待写入" in said(client.get(reverse("ledger-list")))
    cast.sign_in(client, "mia")
    page = said(client.get(reverse("ledger-list")))
    assert "1待写入" not in page
    assert "台账.xlsx" in page
    cast.sign_in(client, "eli")
    assert "台账.xlsx" not in said(client.get(reverse("ledger-list")))


def test_discarding_takes_the_file_and_the_rows(ben: Client, ledger: LedgerImport, media: Path):
    stale = {"version": ledger.version - 1}
    answer = ben.post(at("ledger-discard", ledger), stale)
    assert "别人已经改过" in said(answer)
    assert StagedRow.objects.exists()
    ben.post(at("ledger-discard", ledger), {"version": ledger.version})
    assert not StagedRow.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert "放弃了这次导入" in said(ben.get(at("ledger-detail", ledger)))


# --- Step 2 -------------------------------------------------------------------------------------


def columns_of(page: Any) -> dict[str, str]:
    """Name → value of every select of the page, as the browser would post it."""
    found = {}
    for name, options in re.findall(
        r'<select name="([^"]+)"[^>]*>(.*?)</select>', page.content.decode(), re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def columns_post(client: Client, ledger: LedgerImport, **changes: Any) -> dict[str, Any]:
    page = client.get(at("ledger-columns", ledger))
    names = re.findall(r'name="(sheet\d+-names)" value="([^"]*)"', page.content.decode())
    data: dict[str, Any] = columns_of(page) | {"version": now(ledger).version}
    for name, value in names:
        data.setdefault(name, []).append(value)
    return data | changes


def test_columns_show_samples_behind_masks_and_the_reason(ben: Client, cast: Cast):
    page = ben.get(at("ledger-columns", laid_out(cast, ROWS)))
    words = said(page)
    assert "身份证号同名" not in words  # the reason stands in a column of its own
    assert "110***********" in words
    assert "138****1234" in words
    assert "同名" in words
    for secret in SECRETS:
        assert secret not in page.content.decode()


def test_chosen_columns_are_read_and_the_rows_judged(ben: Client, cast: Cast):
    ledger = laid_out(cast, ROWS)
    data = columns_post(ben, ledger, **{"sheet0-column2": ""})
    answer = ben.post(at("ledger-columns", ledger), data)
    assert answer["Location"] == at("ledger-detail", ledger)
    assert work(ledger).status == "staged"
    assert "phone" not in contents(ledger)[0].values
    assert ben.get(at("ledger-detail", ledger))["Location"] == at("ledger-check", ledger)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sheet0-column0": "", "sheet0-column1": ""}, "要有一列是姓名或身份证号"),
        ({"sheet0-column2": "name"}, "“姓名”对应了两列"),
        ({"sheet0-fixed0": "hardship_type"}, "请填写内容"),
        ({"sheet0-text0": "深度困难"}, "请选这是哪一栏"),
        ({"sheet0-fixed0": "file_date", "sheet0-text0": "不是日期"}, "不能填“不是日期”"),
        ({"sheet0-column0": "nobody"}, "没有这一项"),
        ({"version": 1}, "别人已经改过"),
    ],
)
def test_columns_that_cannot_be_are_refused_and_what_was_chosen_stays(
    ben: Client, cast: Cast, changes: dict[str, Any], words: str
):
    ledger = laid_out(cast, ROWS)
    data = columns_post(ben, ledger, **{"sheet0-column5": "hardship"} | changes)
    answer = ben.post(at("ledger-columns", ledger), data)
    assert answer.status_code == 200
    assert words in said(answer)
    assert columns_of(answer)["sheet0-column5"] == "hardship"
    assert now(ledger).status == "laid_out"


def test_stale_columns_can_be_sent_again(ben: Client, cast: Cast):
    ledger = laid_out(cast, ROWS)
    data = columns_post(ben, ledger, version=1)
    answer = ben.post(at("ledger-columns", ledger), data)
    assert "现在存的是" in said(answer)
    data["version"] = version_on(answer)
    assert ben.post(at("ledger-columns", ledger), data).status_code == 302


def test_another_heading_row_is_looked_at_and_the_rest_stays_as_typed(ben: Client, cast: Cast):
    titled: list[list[Any]] = [["东一街道困难职工台账"], *ROWS]
    ledger = laid_out(cast, titled, [["街道", "说明"], ["东一", "无"]])
    data = columns_post(ben, ledger, **{"sheet0-header": ["1"], "look": "0"})
    answer = ben.post(at("ledger-columns", ledger), data)
    assert "另选表头行" in said(answer)
    data = columns_post(ben, ledger, **{"sheet0-header": ["2"], "look": "0", "sheet1-text0": "无"})
    answer = ben.post(at("ledger-columns", ledger), data)
    assert columns_of(answer)["sheet0-column1"] == "id_number"
    assert 'value="无"' in answer.content.decode()
    assert version_on(answer) == now(ledger).version


def test_a_sheet_that_was_not_recognised_can_be_read_all_the_same(ben: Client, cast: Cast):
    ledger = laid_out(cast, [["谁", "什么号"], ["张三", LI], ["李四", WANG]])
    page = ben.get(at("ledger-columns", ledger))
    assert "没有读取" in said(page)
    data = {
        "version": now(ledger).version,
        "sheet0-names": ["台账"],
        "sheet0-column0": "name",
        "sheet0-column1": "id_number",
    }
    assert ben.post(at("ledger-columns", ledger), data).status_code == 302
    assert work(ledger).counts["new"] == 2


def test_sheets_of_one_layout_are_chosen_together(ben: Client, cast: Cast):
    other: list[list[Any]] = [HEADINGS, ["赵六", id_number(407), "", "深度困难", 100, ""]]
    ledger = laid_out(cast, ROWS, other)
    page = ben.get(at("ledger-columns", ledger))
    assert "2张一样的工作表" in said(page)
    data = columns_post(ben, ledger)
    assert data["sheet0-names"] == ["表1", "表2"]
    ben.post(at("ledger-columns", ledger), data | {"sheet0-names": ["表2"]})
    assert work(ledger).counts["read"] == 1
