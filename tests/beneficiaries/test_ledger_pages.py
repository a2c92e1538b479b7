"""The pages of an import, driven as people would: forms in the browser's order, and refusals."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from beneficiaries.importing.problems import CATALOGUE
from beneficiaries.ledger_problems import WORDS, title_of
from beneficiaries.models import Beneficiary, ImportRule, LedgerImport, StagedRow
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.rules import set_import_rule
from beneficiaries.services.ledgers.staging import stage_rows
from beneficiaries.services.people import change_beneficiary
from relief.codes.services import codes_folder, load_codes
from relief.jobs.models import Job
from relief.jobs.tasks import run_job
from relief.lib.workbooks import read_rows
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import contents, laid_out, rows_of, staged, xlsx
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ZHANG, LI, WANG = id_number(401), id_number(402), id_number(405)
BROKEN = f"{ZHANG[:-1]}{(int(ZHANG[-1], 36) + 1) % 10}"
HEADINGS = ["姓名", "身份证号", "手机", "困难类别", "慰问金", "备注"]
ROWS: list[list[Any]] = [
    HEADINGS,
    ["张三", BROKEN, "13800001234", "深度困难", 500, "每周透析"],
    ["李四", LI, "13800004321", "特别困难户", 300, ""],
    ["王五", WANG, "", "深度困难", 200, ""],
    ["合计", "", "", "", 1000, ""],
]
#: Nobody reads these by the way.
SECRETS = (BROKEN, LI, WANG, "13800001234", "13800004321", "每周透析")


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    return Path(settings.MEDIA_ROOT)


@pytest.fixture(autouse=True)
def codes(db: None) -> None:
    load_codes(codes_folder())


@pytest.fixture
def ben(client: Client, cast: Cast) -> Client:
    cast.sign_in(client, "ben")
    return client


@pytest.fixture
def ledger(cast: Cast) -> LedgerImport:
    return staged(cast, ROWS)


def at(name: str, ledger: LedgerImport, **query: str) -> str:
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(name, args=[ledger.pk]) + (f"?{words}" if words else "")


def now(ledger: LedgerImport) -> LedgerImport:
    return LedgerImport.objects.select_related("union").get(pk=ledger.pk)


def work(ledger: LedgerImport) -> LedgerImport:
    """The worker takes the job of the import."""
    run_job.call(job_id=str(now(ledger).job))
    return now(ledger)


def said(response: Any) -> str:
    """The words of the page, without its marks."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"<[^>]+>|\s+", "", main)


def version_on(response: Any) -> int:
    """What the first form of the page would post."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', response.content.decode())
    assert found is not None
    return int(found[1])


def decide(client: Client, ledger: LedgerImport, decision: str) -> Any:
    data = {"version": now(ledger).version, "decision": decision}
    return client.post(at("ledger-decide", ledger), data, follow=True)


# --- Step 1 -------------------------------------------------------------------------------------


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


# --- Step 3 -------------------------------------------------------------------------------------


def test_every_problem_has_a_title_and_says_what_to_do() -> None:
    assert set(WORDS) == set(CATALOGUE)
    for code in CATALOGUE:
        assert "{" not in title_of(code, "id_number")


def test_the_page_adds_up_and_shows_nothing_whole(ben: Client, ledger: LedgerImport):
    page = ben.get(at("ledger-check", ledger))
    words = said(page)
    assert "还没有写入任何数据" in words
    numbers = [int(one) for one in re.findall(r'equation-number">(\d+)<', page.content.decode())]
    assert numbers[0] == sum(numbers[1:]) == 4
    assert "身份证号末位校验不对" in words
    assert "困难类别里有没见过的写法" in words
    assert "合计行1行" in words
    assert "将写入1人" in words
    for secret in SECRETS:
        assert secret not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"outcome": "new"}, ["4"]),
        ({"outcome": "mend"}, ["2", "3"]),
        ({"outcome": "nonsense"}, ["2", "3", "4", "5"]),
        ({"reason": "合计行"}, ["5"]),
        ({"problem": "id_checksum:id_number"}, ["2"]),
        ({"problem": "id_checksum:name"}, []),
    ],
)
def test_every_term_leads_to_its_rows(
    ben: Client, ledger: LedgerImport, query: dict[str, str], numbers: list[str]
):
    markup = ben.get(at("ledger-check", ledger, **query)).content.decode()
    assert re.findall(r'ledger-number">\s*(\d+)<', markup) == numbers


def mend(client: Client, ledger: LedgerImport, text: Any, **details: Any) -> Any:
    row = rows_of(ledger)[0]
    data = {"version": now(ledger).version, "field": "id_number", "text": text}
    url = f"{reverse('ledger-mend', args=[row.pk])}?problem=id_checksum:id_number"
    return client.post(url, data | details)


def test_one_cell_is_shown_whole_and_mended_in_place(ben: Client, ledger: LedgerImport):
    row = rows_of(ledger)[0]
    query = {"problem": "id_checksum:id_number", "row": str(row.pk), "cell": "id_number"}
    page = ben.get(at("ledger-check", ledger, **query)).content.decode()
    assert page.count(BROKEN) == 1
    assert LI not in page
    answer = mend(ben, ledger, ZHANG)
    assert answer["Location"] == at("ledger-check", ledger, problem="id_checksum%3Aid_number")
    assert rows_of(ledger)[0].outcome == "new"


def test_with_htmx_only_the_region_comes_back(ben: Client, ledger: LedgerImport):
    row = rows_of(ledger)[0]
    data = {"version": ledger.version, "field": "id_number", "text": ZHANG}
    answer = ben.post(reverse("ledger-mend", args=[row.pk]), data, HTTP_HX_REQUEST="true")
    markup = answer.content.decode()
    assert markup.lstrip().startswith('<div class="stack" id="check">')
    assert "第 2 行已改好" in markup
    assert version_on(answer) == now(ledger).version


def test_a_stale_cell_shows_both_and_can_be_sent_again(ben: Client, ledger: LedgerImport):
    typed, stale = f"{ZHANG[:-2]}99", ledger.version
    mend(ben, ledger, f"{ZHANG[:-2]}88")
    answer = mend(ben, ledger, typed, version=stale)
    markup = answer.content.decode()
    assert "别人刚改过这一格" in markup
    assert f"{ZHANG[:-2]}88" in markup
    assert f'value="{typed}"' in markup
    assert version_on(answer) == now(ledger).version
    assert mend(ben, ledger, ZHANG).status_code == 302


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"text": "长" * 2_001}, "2000"),
        ({"text": "张\u202e三"}, "看不见"),
        ({"field": "nothing"}, "没有这一栏"),
        ({"field": "member0.name"}, "没有这一栏"),
        ({"version": "x"}, ""),
    ],
)
def test_a_cell_that_cannot_be_is_refused_and_stays(
    ben: Client, ledger: LedgerImport, details: dict[str, str], words: str
):
    answer = mend(ben, ledger, **({"text": ZHANG} | details))
    assert answer.status_code == 200
    assert words in said(answer)
    assert contents(ledger)[0].raw("id_number") == BROKEN


def test_who_may_not_enter_records_sees_no_button(client: Client, cast: Cast, ledger: LedgerImport):
    cast.sign_in(client, "kay")
    page = client.get(at("ledger-check", ledger)).content.decode()
    assert 'name="decision"' not in page
    assert "ledger-editor" not in page
    row = rows_of(ledger)[0]
    query = {"row": str(row.pk), "cell": "id_number"}
    assert BROKEN not in client.get(at("ledger-check", ledger, **query)).content.decode()
    data = {"version": ledger.version, "decision": "accept|code_unknown:hardship_type|"}
    assert client.post(at("ledger-decide", ledger), data).status_code == 403


def test_a_word_is_explained_once_and_learnt(ben: Client, cast: Cast, ledger: LedgerImport):
    url = reverse("ledger-words", args=[ledger.pk, "code_unknown", "hardship_type"])
    assert "“特别困难户”" in said(ben.get(url))
    data = {"version": ledger.version, "word0": "特别困难户", "meaning0": ""}
    assert "请至少为一种写法选好" in said(ben.post(url, data))
    data["meaning0"] = "hardship_class:深度困难"
    stale = ben.post(url, data | {"version": ledger.version - 1})
    assert "别人已经改过" in said(stale)
    assert 'value="hardship_class:深度困难" selected' in stale.content.decode()
    assert ben.post(url, data)["Location"] == at("ledger-check", ledger)
    assert rows_of(ledger)[1].outcome == "new"
    assert ben.get(url)["Location"] == at("ledger-check", ledger)  # nothing is open any more
    again = staged(cast, ROWS, year=2025)
    assert "code_unknown:hardship_type" not in rows_of(again)[1].open_problems


def test_a_name_of_a_union_is_chosen_from_the_own_ones(ben: Client, cast: Cast):
    rows = [["姓名", "身份证号", "所属工会"], ["张三", ZHANG, "东一厂子"]]
    ledger = staged(cast, rows)
    url = reverse("ledger-words", args=[ledger.pk, "union_unknown", "union"])
    data = {"version": ledger.version, "word0": "东一厂子", "meaning0": cast.unions["west-1"].pk}
    assert "请从列表里选一个机构" in said(ben.post(url, data))
    ben.post(url, data | {"meaning0": cast.unions["cell"].pk})
    assert rows_of(ledger)[0].union == cast.unions["cell"]


def test_a_group_is_accepted_at_once(ben: Client, ledger: LedgerImport):
    page = decide(ben, ledger, "accept|code_unknown:hardship_type|")
    assert "1行已处理" in said(page)
    assert rows_of(ledger)[1].outcome == "new"
    again = decide(ben, ledger, "accept|code_unknown:hardship_type|")
    assert "已经处理过" in said(again)


@pytest.mark.parametrize(
    "decision",
    [
        "",
        "destroy||",
        "accept|id_checksum:id_number|",
        "id|id_checksum:id_number|",
        "accept|code_unknown:hardship_type|not-a-row",
        "same|not-a-person|00000000-0000-0000-0000-000000000001",
        "include||00000000-0000-0000-0000-000000000001",
    ],
)
def test_a_decision_that_cannot_be_is_refused(ben: Client, ledger: LedgerImport, decision: str):
    before = ledger.version
    assert decide(ben, ledger, decision).status_code == 200
    assert now(ledger).version == before


def test_a_row_of_another_import_is_none_of_this_one(ben: Client, cast: Cast, ledger: LedgerImport):
    other = staged(cast, [HEADINGS, ["李四", LI, "", "特别困难户", 300, ""]], year=2025)
    row = rows_of(other)[0]
    page = decide(ben, ledger, f"accept|code_unknown:hardship_type|{row.pk}")
    assert "没有这一行" in said(page)
    assert rows_of(other)[0].outcome == "mend"


def test_sides_of_one_row_and_of_all(ben: Client, cast: Cast):
    rows = [["姓名", "身份证号", "性别"], ["张三", ZHANG, "女"], ["王五", WANG, "女"]]
    ledger = staged(cast, rows)
    first = rows_of(ledger)[0]
    decide(ben, ledger, f"sheet|sex_mismatch:sex|{first.pk}")
    decide(ben, ledger, "id|sex_mismatch:sex|")
    assert [one.settled_values()["sex"] for one in contents(ledger)] == ["女", "男"]


def test_candidates_stand_behind_masks_and_are_told_apart(
    ben: Client, cast: Cast, register: Register
):
    known = register("张三", id_number=LI, phone="13800001234")
    rows = [["姓名", "手机"], ["张三", "13800001234"]]
    ledger = staged(cast, rows)
    page = ben.get(at("ledger-check", ledger, outcome="mend"))
    assert "是同一个人" in said(page)
    assert f"****{LI[-4:]}" in said(page)
    assert LI not in page.content.decode()
    row = rows_of(ledger)[0]
    page = ben.get(reverse("ledger-row", args=[row.pk]))
    assert "都不是，是另一个人" in said(page)
    decide(ben, ledger, f"other||{row.pk}")
    assert "alike_phone:name" not in rows_of(ledger)[0].open_problems
    again = staged(cast, rows, year=2025)
    decide(ben, again, f"same|{known.pk}|{rows_of(again)[0].pk}")
    assert rows_of(again)[0].person == known


def test_rows_are_left_out_with_a_reason_and_come_back(ben: Client, ledger: LedgerImport):
    row = rows_of(ledger)[0]
    url = at("ledger-skip", ledger)
    assert "请先勾选" in said(ben.post(url, {"version": ledger.version}, follow=True))
    asked = ben.post(url, {"version": ledger.version, "rows": [str(row.pk)]})
    assert "跳过1行" in said(asked)
    data = {"version": ledger.version, "rows": [str(row.pk)], "reason": " "}
    assert "请填写为什么跳过" in said(ben.post(url, data))
    stale = ben.post(url, data | {"reason": "去世了", "version": 0})
    assert "别人已经改过" in said(stale)
    assert "去世了" in stale.content.decode()
    ben.post(url, data | {"reason": "去世了"})
    assert rows_of(ledger)[0].outcome == "skipped"
    page = said(ben.get(at("ledger-check", ledger, outcome="skipped")))
    assert "人工跳过：去世了" in page
    decide(ben, ledger, f"include||{row.pk}")
    assert rows_of(ledger)[0].outcome == "mend"
    total = rows_of(ledger)[-1]
    assert "不是一个人" in said(decide(ben, ledger, f"include||{total.pk}"))


def test_a_row_shows_everything_behind_masks(ben: Client, ledger: LedgerImport):
    page = ben.get(reverse("ledger-row", args=[rows_of(ledger)[0].pk]))
    words = said(page)
    assert "138****1234" in words
    assert "保密内容" in words
    for secret in SECRETS:
        assert secret not in page.content.decode()


def test_differences_are_old_and_new_and_hidden_ones_say_that_they_change(
    ben: Client, cast: Cast, register: Register
):
    register("张三", id_number=ZHANG, phone="13811111234", address="东街 1 号")
    rows = [["姓名", "身份证号", "手机"], ["张三", ZHANG, "13822221234"]]
    ledger = staged(cast, rows)
    page = ben.get(at("ledger-check", ledger))
    assert "手机号码内容有变化" in said(page)
    assert "2026年在档" in said(page)
    assert "13822221234" not in page.content.decode()


def test_people_who_are_not_in_the_file_are_listed(ben: Client, cast: Cast, ledger: LedgerImport):
    written = write(ben, staged(cast, [HEADINGS, ["赵六", id_number(407), "", "", "", ""]]))
    assert written.status == "applied"
    page = ben.get(at("ledger-check", ledger))
    assert "1人库里有、表里没有：不会删除" in said(page)
    assert "赵六" in said(ben.get(at("ledger-missing", ledger)))


def test_the_problem_rows_come_as_a_workbook_after_the_password(
    client: Client, cast: Cast, ledger: LedgerImport
):
    cast.sign_in(client, "ben", is_confirmed=False)
    assert "密码" in said(client.post(at("ledger-problems", ledger)))
    cast.sign_in(client, "ben")
    answer = client.post(at("ledger-problems", ledger))
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(read_rows(answer.content))
    assert rows[0][:3] == ["问题说明", "姓名", "身份证号"]
    assert [row[1] for row in rows[1:3]] == ["张三", "李四"]
    assert Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_a_long_file_has_its_problem_rows_written_by_a_job(
    ben: Client, ledger: LedgerImport, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("beneficiaries.services.ledgers.problem_book.ROWS_AT_ONCE", 1)
    answer = ben.post(at("ledger-problems", ledger))
    job = Job.objects.get(kind="ledger-problems")
    assert answer["Location"] == reverse("job-progress", args=[job.pk])
    run_job.call(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.message) == ("done", "2 行要处理，一天内可以下载。")
    assert job.result_path.is_file()


# --- Step 4 -------------------------------------------------------------------------------------


def answer_all(client: Client, ledger: LedgerImport) -> None:
    for name in ("brake", "sums"):
        decide(client, ledger, f"{name}||")


def write(client: Client, ledger: LedgerImport) -> LedgerImport:
    answer_all(client, ledger)
    client.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    return work(ledger)


def test_open_questions_stand_before_writing(ben: Client, ledger: LedgerImport):
    page = said(ben.get(at("ledger-check", ledger)))
    assert "合计对得上" in page
    assert "第5行1,000.00" in page
    refused = ben.post(at("ledger-apply", ledger), {"version": ledger.version})
    assert refused.status_code == 200
    assert "慰问金1000元" in said(refused)
    answer_all(ben, ledger)
    assert "写入1人" in said(ben.get(at("ledger-apply", ledger)))


def test_what_is_written_equals_what_was_seen(ben: Client, ledger: LedgerImport):
    ledger = write(ben, ledger)
    assert ledger.status == "partly"
    page = ben.get(at("ledger-detail", ledger))
    words = said(page)
    assert "写入1人" in words
    assert "还有2行没有写入" in words
    person = Beneficiary.objects.get()
    assert reverse("person-detail", args=[person.pk]) in page.content.decode()
    mend(ben, ledger, ZHANG)
    ledger = write(ben, ledger)
    assert ledger.counts["written"] == 2
    assert ledger.status == "partly"


def test_a_second_look_that_is_stale_shows_the_new_counts(
    ben: Client, cast: Cast, ledger: LedgerImport
):
    answer_all(ben, ledger)
    old = now(ledger).version
    mend(ben, ledger, ZHANG)
    answer = ben.post(at("ledger-apply", ledger), {"version": old})
    assert "别人已经改过" in said(answer)
    assert "写入2人" in said(answer)
    assert version_on(answer) == now(ledger).version


def test_somebody_who_was_changed_since_stops_the_writing_and_is_named(
    ben: Client, cast: Cast, register: Register
):
    person = register("张三", id_number=ZHANG)
    ledger = staged(cast, [["姓名", "身份证号", "家庭住址"], ["张三", ZHANG, "西街"]])
    answer_all(ben, ledger)
    ben.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    change_beneficiary(
        by=cast.people["ben"], person=person, version=person.version, other_contact="邻居"
    )
    ledger = work(ledger)
    assert not ledger.is_written
    page = said(ben.get(at("ledger-detail", ledger), follow=True))
    assert "上次没有写入" in page
    assert "第2行" in page
    assert "核对以后资料又变了" in page


def test_undo_takes_back_and_names_who_stays(ben: Client, cast: Cast):
    rows = [["姓名", "身份证号"], ["张三", ZHANG], ["李四", LI]]
    ledger = write(ben, staged(cast, rows))
    person = Beneficiary.objects.with_id_number(LI).get()
    change_beneficiary(
        by=cast.people["ben"], person=person, version=person.version, other_contact="邻居"
    )
    assert "撤销2行" in said(ben.get(at("ledger-undo", ledger)))
    data = {"version": now(ledger).version, "reason": ""}
    assert "请填写理由" in said(ben.post(at("ledger-undo", ledger), data))
    stale = ben.post(at("ledger-undo", ledger), {"version": 0, "reason": "传错了文件"})
    assert "传错了文件" in stale.content.decode()
    ben.post(at("ledger-undo", ledger), data | {"reason": "传错了文件"})
    page = said(ben.get(at("ledger-detail", ledger)))
    assert "1行已还原" in page
    assert "李四" in page
    assert "有人改过这个人的资料" in page
    assert "张三" not in page
    again = ben.get(at("ledger-undo", ledger), follow=True)
    assert "24小时以内" in said(again)


def test_where_a_union_demands_it_a_reviewer_releases(
    client: Client, cast: Cast, ledger: LedgerImport
):
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=True)
    cast.sign_in(client, "ben")
    answer_all(client, ledger)
    assert "提交复核放行" in said(client.get(at("ledger-check", ledger)))
    assert client.get(at("ledger-apply", ledger))["Location"] == at("ledger-check", ledger)
    client.post(at("ledger-submit", ledger), {"version": now(ledger).version})
    assert now(ledger).status == "submitted"
    assert "等复核放行" in said(client.get(at("ledger-check", ledger)))
    assert client.get(at("ledger-return", ledger)).status_code == 403

    cast.sign_in(client, "kay")
    assert "1待复核放行" in said(client.get(reverse("ledger-list")))
    data = {"version": now(ledger).version, "reason": "少一页"}
    client.post(at("ledger-return", ledger), data)
    cast.sign_in(client, "ben")
    assert "复核退回：少一页（柯复核）" in said(client.get(at("ledger-check", ledger)))
    client.post(at("ledger-submit", ledger), {"version": now(ledger).version})

    cast.sign_in(client, "kay")
    assert "放行并写入1人" in said(client.get(at("ledger-check", ledger)))
    client.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    ledger = work(ledger)
    assert (ledger.status, ledger.released_by) == ("partly", cast.people["kay"])


def test_the_rule_is_switched_on_the_page_of_the_union(client: Client, cast: Cast):
    cast.sign_in(client, "ann")
    union = cast.unions["east-1"]
    page = client.get(reverse("union-detail", args=[union.code]))
    assert "经办核对好就可以写入" in said(page)
    url = reverse("import-rule-change", args=[union.code])
    assert "请选择写入前" in said(client.post(url, {"needs_release": ""}))
    client.post(url, {"needs_release": "yes"})
    assert ImportRule.objects.for_union(union).needs_release
    page = client.get(reverse("union-detail", args=[union.code]))
    assert "由复核放行才写入" in said(page)


# --- Sizes --------------------------------------------------------------------------------------


def many(number: int) -> list[list[Any]]:
    """Rows in which as much is wrong as can be."""
    wrong = ["不", "123", "abc", "没有这种", "很多", "备注" * 200]
    extra = ["民族", "政治面貌", "致困原因", "残疾类别", "住房类型", "婚姻状况", "建档日期"]
    return [[*HEADINGS, *extra], *[[*wrong, *(["没有这种写法" * 9] * 7)] for _ in range(number)]]


def test_the_page_stays_small_and_asks_the_same_whatever_the_file(ben: Client, cast: Cast):
    few, lots = staged(cast, many(3)), staged(cast, many(60), year=2025)
    counted = []
    for ledger in (few, lots):
        with CaptureQueriesContext(connection) as captured:
            page = ben.get(at("ledger-check", ledger))
        counted.append(len(captured))
    assert counted[0] == counted[1]
    assert len(page.content) < 200_000
    assert len(rows_of(lots)) > 20
