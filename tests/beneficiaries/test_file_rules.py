"""Income, standards, the negative list, publicity, spot checks and work lists, by their pages."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from beneficiaries.file_papers import band
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    FileExclusion,
    HardshipFile,
    IncomeCalculation,
    LivingStandard,
    PublicityRule,
    SpotCheck,
)
from beneficiaries.services import file_steps, files
from tests.audit.attacker import as_superuser
from tests.beneficiaries.conftest import TODAY, Coded, Register
from tests.beneficiaries.files_at import put
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def standard(full: HardshipFile) -> LivingStandard:
    assert full.region
    return LivingStandard.objects.create(
        region=full.region, starts_on=date(2025, 7, 1), amount=1450, document="〔2025〕8号"
    )


def test_income_is_worked_out_with_its_standard(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded, standard: LivingStandard
):
    coded("hardship_class:深度困难")
    cast.sign_in(client, "ben")
    address = reverse("file-income", args=[full.pk])
    page = client.get(address).content.decode()
    assert "1,450.00" in page
    assert "〔2025〕8号" in page
    assert "500.00 元" in page  # (24000 - 18000) / 1 / 12
    assert client.post(address, {"kind": "urban", "multiplier": "2"}).status_code == 302
    made = IncomeCalculation.objects.get(file=full)
    assert (made.net_monthly, made.decided_class_id) == (Decimal(500), "hardship_class:深度困难")


def test_another_class_needs_a_reason(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded, standard: LivingStandard
):
    coded("hardship_class:深度困难")
    accident = coded("hardship_class:意外致困")
    cast.sign_in(client, "ben")
    address = reverse("file-income", args=[full.pk])
    posted = {"kind": "urban", "multiplier": "2", "decided_class": accident.pk}
    assert "请写明理由" in client.post(address, posted).content.decode()
    assert not IncomeCalculation.objects.exists()
    assert client.post(address, posted | {"override_reason": "火灾"}).status_code == 302
    assert "火灾" in client.get(address).content.decode()


def test_income_without_a_standard_says_who_keeps_them(
    client: Client, cast: Cast, full: HardshipFile
):
    cast.sign_in(client, "ben")
    answer = client.post(
        reverse("file-income", args=[full.pk]), {"kind": "rural", "multiplier": "2"}
    )
    assert "没有这个地区当天的低保标准" in answer.content.decode()


def test_the_negative_list_wants_evidence(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ben")
    address = reverse("file-exclusions", args=[full.pk])
    answer = client.post(address, {"vehicle-answer": "yes"})
    assert "请写明核查依据" in answer.content.decode()
    assert not FileExclusion.objects.exists()
    posted = {
        "vehicle-answer": "yes",
        "vehicle-evidence": "车管所查询单",
        "houses-answer": "no",
        "houses-evidence": "不动产查询单",
    }
    assert client.post(address, posted).status_code == 302
    found = {row.kind: row.is_found for row in FileExclusion.objects.all()}
    assert found == {"vehicle": True, "houses": False}


def test_standards_are_kept_by_the_district_and_the_system_administrator(
    client: Client, cast: Cast, coded: Coded
):
    region = coded("region:110000")
    posted = {
        "region": region.pk,
        "kind": "urban",
        "starts_on": "2026-07-01",
        "amount": "1500",
        "document": "〔2026〕9号",
    }
    for who, status in (("ben", 403), ("kay", 403), ("sam", 302)):
        cast.sign_in(client, who)
        assert client.post(reverse("standard-create"), posted).status_code == status
    cast.sign_in(client, "ann")
    again = client.post(reverse("standard-create"), posted)
    assert "已经有一个标准" in again.content.decode()
    standard = LivingStandard.objects.get()
    change = reverse("standard-change", args=[standard.pk])
    assert client.post(change, {"amount": "1510", "document": "〔2026〕9号"}).status_code == 302
    assert "还没生效" in client.get(reverse("standard-list")).content.decode()


def test_a_standard_that_was_used_keeps_its_amount(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded, standard: LivingStandard
):
    coded("hardship_class:深度困难")
    cast.sign_in(client, "ben")
    client.post(reverse("file-income", args=[full.pk]), {"kind": "urban", "multiplier": "2"})
    cast.sign_in(client, "ann")
    change = reverse("standard-change", args=[standard.pk])
    answer = client.post(change, {"amount": "1", "document": "x"})
    assert "请登记新的生效日期" in answer.content.decode()
    assert client.post(change, {"amount": "1450", "document": "更正文号"}).status_code == 302


def test_the_rule_of_publicity_is_set_and_followed(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ann")
    address = reverse("publicity-rule-change", args=[cast.unions["east-1"].code])
    assert "5 " in client.post(address, {"working_days": "4"}).content.decode()
    posted = {"after_comparison": "on", "working_days": "7"}
    assert client.post(address, posted).status_code == 302
    rule = PublicityRule.objects.get(union=cast.unions["east-1"])
    assert (rule.after_first_review, rule.after_comparison) == (False, True)
    assert "东一街道" in client.get(reverse("publicity-rule-list")).content.decode()
    panel = client.get(reverse("union-detail", args=[cast.unions["east-1"].code]))
    assert "7 个工作日" in panel.content.decode()
    file = put(full, Status.APPLIED)
    cast.sign_in(client, "kay")
    step = reverse("file-step", args=[file.pk, "first-review"])
    assert client.post(step, {"confirm": "1"}).status_code == 302
    assert HardshipFile.objects.get(pk=file.pk).status == Status.REVIEW


def _posted(cast: Cast, full: HardshipFile) -> HardshipFile:
    file_steps.submit_file(by=cast.people["ben"], file=full)
    return file_steps.pass_first_review(by=cast.people["kay"], file=full, place="公示栏")


@pytest.mark.parametrize(("kind", "name"), [("inside", "王桂兰"), ("outside", "王*兰")])
def test_notices_show_only_what_they_may(
    client: Client, cast: Cast, full: HardshipFile, kind: str, name: str
):
    file = _posted(cast, full)
    files_number = id_number(22)
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-notice", args=[file.pk, kind])).content.decode()
    notice = page[page.index('class="form-a4"') :]
    assert name in notice
    for secret in (files_number, files_number[-4:], "1380000", "终末期肾病", "2,000.00"):
        assert secret not in notice
    assert ("就业情况" in notice) == (kind == "inside")
    with time_machine.travel(TODAY + timedelta(30), tick=False):
        cast.sign_in(client, "ben")
        page = client.get(reverse("file-notice", args=[file.pk, kind])).content.decode()
    assert "已撤下" in page
    assert 'class="form-a4"' not in page


def test_namesakes_at_one_union_are_told_apart(
    client: Client, cast: Cast, full: HardshipFile, register: Register
):
    file = _posted(cast, full)
    namesake = files.open_file(by=cast.people["ben"], person=register("王桂兰"), year=2026)
    put(namesake, Status.PUBLICITY)
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-notice", args=[file.pk, "inside"])).content.decode()
    assert f"证件尾号 {id_number(22)[-4:]}" in page


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0", "500 元以下"), ("499.99", "500 元以下"), ("500", "500 至 1,000 元")],
)
def test_income_is_told_as_a_band(amount: str, words: str):
    assert band(Decimal(amount)) == words


def _active(cast: Cast, register: Register, number: int) -> list[HardshipFile]:
    found = []
    for index in range(number):
        person: Beneficiary = register(f"在档{index}")
        file = files.open_file(by=cast.people["ben"], person=person, year=2026)
        found.append(put(file, Status.ACTIVE))
    return found


def test_spot_checks_are_drawn_by_lot_up_to_the_share(
    client: Client, cast: Cast, register: Register
):
    known = _active(cast, register, 7)
    cast.sign_in(client, "kay")
    address = reverse("spot-check-draw")
    assert client.post(address, {"share": "30"}).status_code == 302
    drawn = {check.file_id for check in SpotCheck.objects.all()}
    assert len(drawn) == 3  # 30 % of 7, rounded up
    assert drawn <= {file.pk for file in known}
    assert "不用再抽" in client.post(address, {"share": "30"}).content.decode()
    assert client.post(address, {"share": "50"}).status_code == 302
    assert SpotCheck.objects.count() == 4
    work = client.get(reverse("file-list"), {"work": "spot_check"})
    assert work.context["list"].page.count == 4
    picked = next(file for file in known if file.pk in drawn)
    cast.sign_in(client, "ben")
    look = {"kind": "spot", "finding": "unchanged"}
    client.post(reverse("file-look", args=[picked.pk]), look)
    work = client.get(reverse("file-list"), {"work": "spot_check"})
    assert work.context["list"].page.count == 3


def _listed(client: Client, work: str) -> set[Any]:
    page = client.get(reverse("file-list"), {"work": work}).context["list"].page
    return {row.object.pk for row in page.rows}


def test_work_lists_hold_what_is_due(
    client: Client, cast: Cast, register: Register, full: HardshipFile
):
    fresh, old, asked = _active(cast, register, 3)
    year = timedelta(days=366)
    files_ = HardshipFile.objects
    files_.filter(pk=fresh.pk).update(reviewed_on=TODAY)
    files_.filter(pk=old.pk).update(reviewed_on=TODAY - year, changed_at=timezone.now() - year)
    files_.filter(pk=asked.pk).update(
        status=Status.RELIEVED,
        exit_reason="relieved",
        ended_on=TODAY - timedelta(200),
        reviewed_on=TODAY - timedelta(200),
    )
    cast.sign_in(client, "ben")
    assert _listed(client, "yearly") == {old.pk}
    assert _listed(client, "unchanged") == {old.pk}
    assert _listed(client, "look_back") == {asked.pk}
    assert _listed(client, "unhelped") == {fresh.pk, old.pk}
    assert _listed(client, "waiting") == {full.pk}


def test_what_waits_is_counted_for_who_can_do_it(client: Client, cast: Cast, full: HardshipFile):
    file = put(full, Status.APPLIED)
    for who, number in (("kay", 1), ("ben", 0), ("leo", 0)):
        cast.sign_in(client, who)
        waiting = client.get(reverse("file-list")).context["waiting"]
        assert sum(entry.number for entry in waiting) == number, who
    with as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(applied_by=cast.accounts["kay"])
    cast.sign_in(client, "kay")
    assert client.get(reverse("file-list")).context["waiting"] == []


def test_a_file_that_came_back_says_why(client: Client, cast: Cast, full: HardshipFile):
    file_steps.submit_file(by=cast.people["ben"], file=full)
    file_steps.return_file(by=cast.people["kay"], file=full, reason="收入证明没有盖章")
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-detail", args=[full.pk])).content.decode()
    assert "退回补正：" in page
    assert page.count("收入证明没有盖章") == 2  # on top, and in the course of things


def test_the_landing_page_says_what_waits(
    client: Client, cast: Cast, register: Register, full: HardshipFile
):
    old = _active(cast, register, 1)[0]
    HardshipFile.objects.filter(pk=old.pk).update(reviewed_on=TODAY - timedelta(400))
    cast.sign_in(client, "ben")
    page = client.get("/").content.decode()
    assert "困难档案：草稿" in page
    assert "困难档案：年审到期" in page
    put(full, Status.APPLIED)
    cast.sign_in(client, "kay")
    page = client.get("/").content.decode()
    assert "困难档案：待初审" in page
    assert "年审到期" not in page
    address = f"{reverse('file-list')}?work=waiting&status=applied"
    assert address.replace("&", "&amp;") in page
    assert client.get(address).context["list"].page.count == 1


def test_closing_a_union_tells_of_its_files(client: Client, cast: Cast, register: Register):
    person = register("郑小满", union="cell")
    files.open_file(by=cast.people["ben"], person=person, year=2026)
    cast.sign_in(client, "ann")
    address = reverse("union-close", args=[cast.unions["cell"].code])
    asked = client.post(address, {"closed_on": "2026-03-09", "reason": "企业注销"})
    assert "困难档案 1 条" in asked.content.decode()


def test_another_class_than_the_calculation_is_pointed_out(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded, standard: LivingStandard
):
    decided = coded("hardship_class:深度困难")
    cast.sign_in(client, "ben")
    client.post(reverse("file-income", args=[full.pk]), {"kind": "urban", "multiplier": "2"})
    address = reverse("file-detail", args=[full.pk])
    assert "类别不同" in client.get(address).content.decode()
    HardshipFile.objects.filter(pk=full.pk).update(hardship_class=decided)
    assert "类别不同" not in client.get(address).content.decode()
