"""A ledger through all four steps: at the desk, on the phone, and without any script."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect

from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from relief.codes.services import codes_folder, load_codes
from relief.jobs.tasks import run_job
from tests.beneficiaries.ledgers import xlsx
from tests.beneficiaries.numbers import id_number
from tests.browser.conftest import DESK, PHONE, Visit, Visitor
from tests.browser.test_pages import faults_of
from tests.cast import Cast

pytestmark = pytest.mark.browser

ZHANG, LI, WANG = id_number(401), id_number(402), id_number(405)
LONG = "阿卜杜热西提·买买提依明江"
SHEET: list[list[Any]] = [
    ["东一街道困难职工台账（2026年）"],
    ["姓名", "身份证号", "性别", "手机", "困难类别", "慰问金", "外号"],
    [LONG, f"{ZHANG[:-1]}{(int(ZHANG[-1], 36) + 1) % 10}", "", "13800001234", "深度困难", 500, ""],
    ["李四", LI, "女", "13800004321", "特别困难户", 300, "老李"],
    ["王五", WANG, "女", "", "深度困难", 200, ""],
    ["赵六", "", "", "", "相对困难", 100, ""],
    ["合计", "", "", "", "", 1100, ""],
]
WALKS = pytest.mark.parametrize(
    ("size", "has_scripts"),
    [(DESK, True), (PHONE, True), (DESK, False)],
    ids=["desk", "phone", "without scripts"],
)


@pytest.fixture
def file(cast: Cast, tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    load_codes(codes_folder())
    path = tmp_path / "东一街道困难职工台账（2026年）.xlsx"
    path.write_bytes(xlsx(SHEET).getvalue())
    return path


def _open(visit: Visitor, size: ViewportSize, *, has_scripts: bool) -> Visit:
    browsing = visit("ben", has_scripts=has_scripts)
    browsing.page.set_viewport_size(size)
    return browsing


def _press(page: Page, text: str) -> None:
    page.locator("main").get_by_role("button", name=text, exact=True).first.click()


def _worked(page: Page, name: str, *, has_scripts: bool) -> LedgerImport:
    """The worker does its part; the page leads on by itself, or when it is loaded again."""
    ledger = LedgerImport.objects.get()
    expect(page.locator(".job")).to_contain_text("可以关掉本页")
    run_job.call(job_id=str(ledger.job))
    if not has_scripts:
        page.get_by_role("link", name="刷新").click()
    page.wait_for_url(f"**{reverse(name, args=[ledger.pk])}")
    return LedgerImport.objects.get()


@WALKS
def test_a_ledger_from_the_upload_to_the_undoing(
    visit: Visitor, file: Path, size: ViewportSize, has_scripts: bool
) -> None:
    browsing = _open(visit, size, has_scripts=has_scripts)
    page = browsing.open(reverse("ledger-list"))
    page.locator("main").get_by_role("link", name="导入台账").click()
    page.locator("input[type=file]").set_input_files(file)
    _press(page, "上传并读取")
    _worked(page, "ledger-columns", has_scripts=has_scripts)
    _columns(page)
    ledger = _worked(page, "ledger-check", has_scripts=has_scripts)
    assert ledger.status == "staged"
    _check(page)
    page.locator(".ledger-end").get_by_role("link", name="写入 3 人").click()
    expect(page.locator("h1")).to_have_text("写入 3 人")
    _press(page, "写入 3 人")
    ledger = _worked(page, "ledger-detail", has_scripts=has_scripts)
    expect(page.locator("h1")).to_have_text("写入结果")
    assert (ledger.status, ledger.counts["written"]) == ("applied", 3)
    assert Beneficiary.objects.count() == 3
    page.locator("main").get_by_role("link", name=LONG).click()
    expect(page.locator("h1")).to_contain_text(LONG)
    page.go_back()
    _undo(page)
    assert Beneficiary.objects.filter(erased_at__isnull=True).count() == 0


def _columns(page: Page) -> None:
    """The heading below the title was found; one column is said to be something else."""
    expect(page.locator("main")).to_contain_text("第 2 行是表头")
    page.get_by_text("表头认错了？").click()
    expect(page.get_by_label("第 2 行是表头")).to_be_checked()
    page.get_by_label("G 列“外号”是什么").select_option(label="备注")
    _press(page, "下一步：核对问题与变化")


def _check(page: Page) -> None:
    """Each kind of problem is mended as it is meant to be; nothing is shown whole on the way."""
    expect(page.locator("main")).to_contain_text("还没有写入任何数据")
    assert LI not in page.content()
    _press(page, "合计对得上")
    expect(page.locator("main")).to_contain_text("已确认金额合计")

    page.locator(".ledger-groups").get_by_role("link", name="逐种指定").click()
    page.get_by_label("“特别困难户”").select_option(label="深度困难")
    _press(page, "采用")
    expect(page.locator("main")).to_contain_text("已采用")

    _press(page, "全部按身份证号")
    expect(page.locator("main")).to_contain_text("1 行已处理")

    page.locator("tr", has_text=LONG).locator(".ledger-problem a").click()
    cell = page.locator(".ledger-editor input[name=text]")
    expect(cell).to_be_visible()
    cell.fill(ZHANG)
    _press(page, "改好，重新核对")
    expect(page.locator("main")).to_contain_text("第 3 行已改好")
    expect(page.locator(".ledger-editor")).to_have_count(0)

    page.locator("tr", has_text="赵六").locator("input[name=rows]").check()
    _press(page, "跳过勾选的行")
    page.get_by_label("为什么跳过").fill("不归我们管")
    _press(page, "跳过")
    expect(page.locator("main")).to_contain_text("1 行已跳过")
    # Who was left out counts for nothing any more: the sums are asked anew.
    _press(page, "合计对得上")
    expect(page.locator(".ledger-end")).to_contain_text("将写入 3 人")
    assert StagedRow.objects.filter(outcome="new").count() == 3


def _undo(page: Page) -> None:
    page.get_by_role("link", name="撤销本次导入").click()
    page.get_by_label("理由").fill("传错了文件")
    _press(page, "撤销 3 行")
    expect(page.locator("main")).to_contain_text("3 行已还原")


def test_the_pages_on_the_way_have_no_faults(visit: Visitor, file: Path) -> None:
    """With problems of every kind on the page, a cell open, and a form refused."""
    page = _open(visit, DESK, has_scripts=True).open(reverse("ledger-upload"))
    page.locator("input[type=file]").set_input_files(file)
    _press(page, "上传并读取")
    faults = {"progress": faults_of(page)}
    _worked(page, "ledger-columns", has_scripts=True)
    page.get_by_text("表头认错了？").click()
    page.get_by_label("A 列“姓名”是什么").select_option(label="不导入")
    page.get_by_label("B 列“身份证号”是什么").select_option(label="不导入")
    _press(page, "下一步：核对问题与变化")
    expect(page.locator(".error-summary")).to_contain_text("要有一列是姓名或身份证号")
    faults["columns"] = faults_of(page)
    page.get_by_label("A 列“姓名”是什么").select_option(label="姓名")
    page.get_by_label("B 列“身份证号”是什么").select_option(label="身份证号")
    _press(page, "下一步：核对问题与变化")
    _worked(page, "ledger-check", has_scripts=True)
    page.locator(".ledger-problem a").first.click()
    expect(page.locator(".ledger-editor")).to_be_visible()
    faults["check"] = faults_of(page)
    page.locator(".ledger-rows tbody th a").first.click()
    faults["row"] = faults_of(page)
    assert faults == {name: [] for name in faults}
