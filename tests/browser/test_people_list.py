"""The list of people in a browser: a whole number never gets into the address; the keys."""

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from beneficiaries.models import Beneficiary
from tests.beneficiaries.access_files import file_of
from tests.beneficiaries.access_people import person_of
from tests.browser.conftest import Visitor
from tests.cast import Cast

pytestmark = pytest.mark.browser
PHONE = "13912345678"


def keyword(page: Page) -> Locator:
    return page.get_by_label("姓名、拼音、证件尾号")


def test_a_whole_number_in_the_keyword_goes_by_post(visit: Visitor, cast: Cast) -> None:
    person = person_of(cast.unions["east-1"])
    known = Beneficiary.objects.get(pk=person.pk)
    page = visit("ben").open("/people/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    keyword(page).fill(f"139 0000 {known.phone_tail}")
    page.wait_for_timeout(800)  # longer than the list waits for more letters
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('person-detail', args=[person.pk])}")
    assert asked
    assert not [url for url in asked if "q=" in url]


def test_without_scripts_the_browser_keeps_a_whole_number_back(visit: Visitor, cast: Cast) -> None:
    page = visit("ben", has_scripts=False).open("/people/")
    keyword(page).fill(PHONE)
    page.get_by_role("button", name="查询").click()
    expect(page).to_have_url(page.url.split("?")[0])
    assert PHONE not in page.url


def test_keys_walk_open_search_and_register(visit: Visitor, cast: Cast) -> None:
    person = person_of(cast.unions["east-1"])
    page = visit("ben").open("/people/")
    page.keyboard.press("/")
    expect(keyword(page)).to_be_focused()
    keyword(page).blur()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('person-detail', args=[person.pk])}")
    page.go_back()
    page.keyboard.press("n")
    page.wait_for_url(f"**{reverse('person-create')}")


def test_the_key_x_ticks_rows_and_what_is_ticked_goes_out(visit: Visitor, cast: Cast) -> None:
    for _ in range(3):
        person_of(cast.unions["east-1"])
    browsing = visit("ben")
    page = browsing.open("/people/")
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-relief-bulk-count]")).to_have_text("2")
    expect(page.locator("tr.is-selected")).to_have_count(2)
    page.locator(".bulk").get_by_role("button", name="导出").click()
    expect(page.locator("main")).to_contain_text("2 人，名单上勾选的")


def test_files_are_ticked_by_keys_without_scripts_by_hand(visit: Visitor, cast: Cast) -> None:
    file_of(cast.unions["east-1"])
    page = visit("kay").open("/files/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="一起公示").click()
    expect(page.locator("main")).to_contain_text("现在都不能公示")
    plain = visit("kay", has_scripts=False).open("/files/")
    plain.locator("[name=picked]").first.check()
    plain.locator(".bulk").get_by_role("button", name="公示单").click()
    expect(plain.locator("main")).to_contain_text("没有要张贴的公示")


def test_after_a_swap_the_ticked_rows_are_meant(visit: Visitor, cast: Cast) -> None:
    for _ in range(3):
        file_of(cast.unions["east-1"])
    page = visit("ben").open("/people/")
    ticked = page.locator(".bulk [name=scope][value=page]")
    page.locator(".bulk [name=scope][value=all]").check()
    page.locator("#rows th a", has_text="姓名").click()
    page.wait_for_url("**sort=**")
    expect(ticked).to_be_checked()
    page.locator("#rows [name=picked]").first.check()
    page.locator(".bulk").get_by_role("button", name="导出").click()
    expect(page.locator("main")).to_contain_text("1 人，名单上勾选的")
    files = visit("ben").open("/files/")
    files.locator("#rows th a", has_text="年度").click()
    files.wait_for_url("**sort=**")
    expect(files.locator(".bulk [name=scope][value=page]")).to_be_checked()
