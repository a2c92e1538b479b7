"""Step 3 of an import: the equation, groups of problems, one cell, one row; and refusals."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from beneficiaries.importing.problems import CATALOGUE
from beneficiaries.ledger_masks import HIDDEN, shown_cell
from beneficiaries.ledger_problems import WORDS, title_of
from beneficiaries.models import Beneficiary, HardshipFile, HouseholdMember, LedgerImport
from relief.jobs.models import Job
from relief.jobs.tasks import run_job
from relief.lib.crypto.fields import sealed_names
from relief.lib.masks import mask_id
from relief.lib.workbooks import read_rows
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledger_pages import (
    BROKEN,
    HEADINGS,
    LI,
    ROWS,
    SECRETS,
    WANG,
    ZHANG,
    at,
    decide,
    mend,
    now,
    said,
    version_on,
    write,
)
from tests.beneficiaries.ledgers import contents, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "codes")]


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


def look(client: Client, ledger: LedgerImport, field: str) -> Any:
    url = f"{reverse('ledger-look', args=[rows_of(ledger)[0].pk])}?problem=id_checksum:id_number"
    return client.post(url, {"field": field}, follow=True)


def test_one_cell_is_shown_whole_to_who_asks_and_mended_in_place(ben: Client, ledger: LedgerImport):
    page = look(ben, ledger, "id_number").content.decode()
    assert page.count(BROKEN) == 1
    assert LI not in page
    event = Event.objects.get(action=Event.Action.REVEAL)
    assert (event.object_id, event.details["field"]) == (str(ledger.pk), "id_number")
    assert BROKEN not in str(event.details)
    answer = mend(ben, ledger, ZHANG)
    assert answer["Location"] == at("ledger-check", ledger, problem="id_checksum%3Aid_number")
    assert rows_of(ledger)[0].outcome == "new"


@pytest.mark.parametrize("cell", ["id_number", "phone", "remark"])
def test_no_address_opens_a_masked_cell(ben: Client, ledger: LedgerImport, cell: str):
    """What it held stays where nothing is typed; 无 empties it."""
    row, before = rows_of(ledger)[0], contents(ledger)[0].raw(cell)
    query = {"row": str(row.pk), "cell": cell}
    page = ben.get(at("ledger-check", ledger, **query)).content.decode()
    assert "ledger-editor" in page
    assert not any(secret in page for secret in SECRETS)
    assert ("看原来的内容" in page) is (cell == "id_number")
    refused = mend(ben, ledger, "", field=cell, unseen="on")
    assert "要清空这一格" in said(refused)
    assert not any(secret in refused.content.decode() for secret in SECRETS)
    assert contents(ledger)[0].raw(cell) == before
    mend(ben, ledger, "无", field=cell, unseen="on")
    assert cell not in contents(ledger)[0].values


def test_nothing_is_looked_at_that_is_in_order(ben: Client, ledger: LedgerImport):
    for field in ("phone", "remark", "nothing", ""):
        answer = look(ben, ledger, field)
        assert not any(secret in answer.content.decode() for secret in SECRETS)
    assert not Event.objects.filter(action=Event.Action.REVEAL).exists()


def test_with_htmx_only_the_region_comes_back(ben: Client, ledger: LedgerImport):
    row = rows_of(ledger)[0]
    data = {"version": ledger.version, "field": "id_number", "text": ZHANG}
    answer = ben.post(reverse("ledger-mend", args=[row.pk]), data, HTTP_HX_REQUEST="true")
    markup = answer.content.decode()
    assert markup.lstrip().startswith('<div class="stack" id="check">')
    assert "第 2 行已改好" in markup
    assert version_on(answer) == now(ledger).version


def test_a_stale_cell_shows_both_and_can_be_sent_again(ben: Client, ledger: LedgerImport):
    typed, stale, theirs = f"{ZHANG[:-2]}99", ledger.version, f"{ZHANG[:-2]}88"
    mend(ben, ledger, theirs)
    answer = mend(ben, ledger, typed, version=stale)
    markup = answer.content.decode()
    assert "别人刚改过这一格" in markup
    assert mask_id(theirs) in markup
    assert theirs not in markup
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


def test_a_cell_mended_wrongly_says_what_the_row_still_has(ben: Client, ledger: LedgerImport):
    data = {"version": now(ledger).version, "field": "id_number", "text": "110101"}
    url = f"{reverse('ledger-mend', args=[rows_of(ledger)[0].pk])}?problem=id_checksum:id_number"
    words = said(ben.post(url, data, follow=True))
    assert "已改，但还有要处理的：身份证号位数不对" in words
    assert "都处理完了" not in words
    assert "还有别的问题要处理" in words


def test_every_sealed_text_is_hidden_or_masked():
    shown_whole = {"name", "bank_name", "workplace_or_school"}
    for model in (Beneficiary, HardshipFile, HouseholdMember):
        for name in set(sealed_names(model)) - shown_whole:
            text = {"address": "和平路1号院2号楼301"}.get(name, "13800001234")
            assert shown_cell(name, text) != text, name
    assert shown_cell("other_contact", "邻居王婶") == HIDDEN
