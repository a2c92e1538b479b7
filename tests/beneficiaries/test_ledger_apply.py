"""Step 4 of an import: second look, writing, release, undoing; and refusals."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries.models import Beneficiary, HardshipFile, ImportRule, LedgerImport, Workplace
from beneficiaries.services.ledgers import questions
from beneficiaries.services.ledgers.rules import set_import_rule
from beneficiaries.services.ledgers.undoing import undo_ledger
from beneficiaries.services.people import change_beneficiary
from relief.jobs.models import Job
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledger_pages import (
    LI,
    ZHANG,
    answer_all,
    at,
    mend,
    now,
    said,
    version_on,
    work,
    write,
)
from tests.beneficiaries.ledgers import staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "codes")]


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


def test_nobody_has_a_broken_writing_begin_anew_in_anothers_name(
    client: Client, cast: Cast, ledger: LedgerImport
):
    cast.sign_in(client, "ben")
    answer_all(client, ledger)
    client.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    job = Job.objects.get()
    Job.objects.update(status=Job.Status.INTERRUPTED)
    cast.sign_in(client, "mia")
    answer = client.post(at("ledger-restart", ledger), follow=True)
    assert "不能替他重新开始" in said(answer)
    job.refresh_from_db()
    assert job.status == "interrupted"
    client.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    assert work(ledger).applied_by == cast.people["mia"]


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


def test_a_file_from_a_ledger_claims_no_review(ben: Client, ledger: LedgerImport):
    answer_all(ben, ledger)
    assert "不经过本系统的初审、公示、复核、核对和审批" in said(ben.get(at("ledger-apply", ledger)))
    write(ben, ledger)
    file = HardshipFile.objects.get()
    words = said(ben.get(reverse("file-detail", args=[file.pk])))
    assert "来自台账未经本系统审核" in words
    for stop in ("初审", "公示", "审批"):
        assert f"已完成：{stop}" not in words
    assert "还没有提交过" not in words
    home = said(ben.get(reverse("home")))
    assert "其中1户来自台账，未经本系统审核" in home
    assert "审批通过" not in home


def test_own_people_of_the_import_are_no_sign_of_a_wrong_file(ben: Client, cast: Cast):
    heads = ["姓名", "身份证号"]
    rows = [["张三", ZHANG], ["李四", LI], ["王五", "110101"]]
    ledger = write(ben, staged(cast, [heads, *rows]))
    assert (ledger.counts["written"], ledger.counts["known"]) == (2, 0)
    assert questions.open_questions(ledger) == []


def test_an_undone_import_is_not_shown_as_done(ben: Client, cast: Cast):
    ledger = write(ben, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    undo_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version, reason="传错了")
    page = ben.get(at("ledger-detail", ledger))
    words = said(page)
    assert "已完成" not in words
    assert "与核对时看到的一样" not in words
    assert "重新导入" in words
    assert reverse("ledger-upload") in page.content.decode()


def test_workplaces_are_made_where_needed_told_and_taken_back(ben: Client, cast: Cast):
    heads = ["姓名", "身份证号", "工作单位"]
    rows = [["张三", ZHANG, "安泰保安"], ["李四", LI, "和平印刷厂"]]
    ledger = write(ben, staged(cast, [heads, *rows]))
    assert [one.name for one in Workplace.objects.open().order_by("pk")] == [
        "安泰保安",
        "和平印刷厂",
    ]
    assert "新登记了2家工作单位" in said(ben.get(at("ledger-detail", ledger)))
    person = Beneficiary.objects.get(name="李四")
    change_beneficiary(
        by=cast.people["ben"], person=person, version=person.version, phone="13911110000"
    )
    undo_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version, reason="传错了")
    assert [one.name for one in Workplace.objects.open()] == ["和平印刷厂"]
    closed = Event.objects.get(action=Event.Action.CLOSE)
    assert closed.reason == "撤销台账导入"
    again = write(ben, staged(cast, [heads, ["王五", id_number(405), "和平印刷厂"]]))
    assert again.counts["workplaces"] == []
