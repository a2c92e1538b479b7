"""Whole errands: by keyboard alone, and with JavaScript off."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests import cast as casting
from tests.browser.conftest import Visitor
from tests.cast import PASSWORD, Cast
from unions.models import Union

pytestmark = pytest.mark.browser

#: More stops than any page of ours has before its form.
STOPS = 80


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; every stop on the way must be visible."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            outline = page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle"
                " + getComputedStyle(document.activeElement).boxShadow"
            )
            assert outline != "nonenone", f"{selector} has the focus and does not show it"
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def test_logging_in_by_keyboard(visit: Visitor, cast: Cast) -> None:
    casting.set_password(cast.accounts["ann"])
    browsing = visit()
    page = browsing.open(reverse("login"))
    tab_to(page, "input[name=username]")
    page.keyboard.type("ann")
    tab_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{browsing.address}/")
    expect(page.locator(".topbar")).to_contain_text("安宁")


def test_wrong_password_keeps_the_name(visit: Visitor, cast: Cast) -> None:
    casting.set_password(cast.accounts["ann"])
    page = visit().open(reverse("login"))
    page.locator("input[name=username]").fill("ann")
    page.locator("input[name=password]").fill("not the password at all")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("input[name=username]")).to_have_value("ann")
    expect(page.locator("input[name=password]")).to_have_value("")


def test_creating_a_union_by_keyboard(visit: Visitor, cast: Cast) -> None:
    browsing = visit("ann")
    page = browsing.open(reverse("union-create"))
    tab_to(page, "input[name=name]")
    page.keyboard.type("东三街道总工会")
    tab_to(page, "input[name=code]")
    page.keyboard.type("110101003")
    tab_to(page, "select[name=kind]")
    street = "list => [...list.options].findIndex(option => option.value === 'street')"
    for _ in range(page.locator("select[name=kind]").evaluate(street)):
        page.keyboard.press("ArrowDown")
    tab_to(page, "main button.is-primary")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/unions/110101003/$"))
    assert Union.objects.get(code="110101003").parent == cast.unions["east"]


def test_the_first_stop_skips_the_navigation(visit: Visitor) -> None:
    page = visit("ann").open(reverse("home"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_everything_works_without_scripts(visit: Visitor, cast: Cast) -> None:
    """Log in, make a union, find it, look at the staff, log out."""
    casting.set_password(cast.accounts["ann"])
    browsing = visit(has_scripts=False)
    page = browsing.open(reverse("login"))
    page.locator("input[name=username]").fill("ann")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button.is-primary").click()
    expect(page).to_have_url(f"{browsing.address}/")
    browsing.open(reverse("union-create"))
    page.locator("[name=name]").fill("东四街道总工会")
    page.locator("[name=code]").fill("110101004")
    page.locator("[name=kind]").select_option("street")
    page.locator("select[name=parent]").select_option(str(cast.unions["east-1"].pk))
    page.locator("main button.is-primary").click()
    expect(page.locator("h1")).to_contain_text("东四街道总工会")
    assert Union.objects.get(code="110101004").parent == cast.unions["east-1"]
    browsing.open(f"{reverse('union-list')}?q=东四")
    expect(page.locator("main")).to_contain_text("110101004")
    browsing.open(f"{reverse('staff-list')}?role=maker")
    expect(page.locator("main")).to_contain_text("米经办")
    page.locator("details.menu:has(form[action='/logout/']) > summary").click()
    page.locator("form[action='/logout/'] button").click()
    expect(page).to_have_url(re.compile(r"/login/"))
