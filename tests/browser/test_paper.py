"""What the printer gets of a list: every sheet full, nothing cut off, and who printed it when."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from audit.models import Event
from tests.browser.conftest import Visitor
from tests.cast import Cast
from unions.services.preferences import choose_columns
from unions.services.trail import record
from unions.views.staff_table import STAFF_LIST

pytestmark = pytest.mark.browser

#: CSS pixels between the margins of an upright A4 sheet.
SHEET = 694
CUT_OFF = """() => {
    const edge = document.querySelector('main').getBoundingClientRect().right;
    const cells = [...document.querySelectorAll('.table th, .table td')];
    return cells.filter((cell) => cell.getBoundingClientRect().right > edge).length;
}"""
BROKEN = """() => [...document.querySelectorAll('.table tbody th.is-short, .table .is-code')]
    .filter((cell) => cell.getClientRects().length && cell.scrollHeight > 40)
    .map((cell) => cell.textContent.trim())"""


def _on_paper(page: Page) -> Page:
    page.set_viewport_size({"width": SHEET, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    return page


def test_a_long_log_begins_below_its_title_and_ends_with_a_row(visit: Visitor, cast: Cast) -> None:
    for _ in range(70):
        record(cast.people["ann"], Event.Action.EXPORT, cast.unions["east"])
    page = _on_paper(visit("ann").open(f"{reverse('log-list')}?size=200"))
    by = page.locator(".print-by")
    expect(by).to_contain_text("打印人：安宁（东片区总工会 · 区级管理员）")
    expect(by).to_contain_text("打印时间：")
    expect(page.locator(".card.is-list .pager")).to_be_hidden()
    assert page.evaluate(CUT_OFF) == 0
    assert page.evaluate(BROKEN) == []


def test_part_of_a_list_says_which_part_it_is(visit: Visitor, cast: Cast) -> None:
    for _ in range(70):
        record(cast.people["ann"], Event.Action.EXPORT, cast.unions["east"])
    page = _on_paper(visit("ann").open(reverse("log-list")))
    expect(page.locator(".card-hint")).to_have_text("共 70 条，这是第 1–50 条")


def test_a_list_with_all_its_columns_lies_across(visit: Visitor, cast: Cast) -> None:
    choose_columns(
        by=cast.accounts["ann"],
        table="staff",
        columns=[column.key for column in STAFF_LIST.table.columns],
    )
    page = _on_paper(visit("ann").open(reverse("staff-list")))
    assert page.evaluate("getComputedStyle(document.body).page") == "wide"
    page.set_viewport_size({"width": 1024, "height": 700})
    assert page.evaluate(CUT_OFF) == 0
    assert page.evaluate(BROKEN) == []


def test_the_moment_is_that_of_the_server_whatever_the_browser_calls_its_zone(
    visit: Visitor, cast: Cast
) -> None:
    page = _on_paper(visit("ann").open(reverse("help")))
    made = page.locator("[data-relief-printed]").get_attribute("data-relief-printed") or ""
    shown = page.locator("[data-relief-printed]").text_content() or ""
    assert shown.split(" ")[1][:2] == made[11:13]


def test_a_phone_shows_one_condition_until_more_are_asked_for(visit: Visitor, cast: Cast) -> None:
    browsing = visit("ann", has_scripts=False)
    browsing.page.set_viewport_size({"width": 320, "height": 640})
    page = browsing.open(reverse("log-list"))
    expect(page.locator("select[name=action]")).to_be_hidden()
    page.get_by_text("更多条件").click()
    expect(page.locator("select[name=action]")).to_be_visible()
    page = browsing.open(f"{reverse('log-list')}?action=export")
    expect(page.locator("select[name=action]")).to_be_visible()
