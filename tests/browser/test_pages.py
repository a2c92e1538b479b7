"""Every page of the shell: axe finds nothing, no page is wider than the screen or complains."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize

from tests import access_cases as matrix
from tests.access_cases import Case
from tests.access_rows import Scoped
from tests.access_table import TABLE
from tests.browser.axe import violations
from tests.browser.conftest import DESK, PHONE, Visit, Visitor
from tests.cast import Cast

pytestmark = pytest.mark.browser

#: No pages: a file, a fragment for a script, words for a machine.
NO_PAGES = {
    "union-template",
    "people-template",
    "standard-template",
    "union-search",
    "workplace-search",
    "person-reveal",
    "attachment-download",
    "components-search",
    "components-progress",
    "healthz",
    "readyz",
}
#: So that several workers look at the pages of one person.
PARTS = 6
NARROW = ViewportSize(width=320, height=640)


def names_for(who: str) -> list[str]:
    """Every page this person may open, by what the views declare."""
    policies = matrix.policies()
    return [
        name
        for name, row in TABLE.items()
        if "GET" in row.methods
        and name not in NO_PAGES
        and "GET" not in row.answers
        and 200
        in matrix.expected(Case(name, who, "GET", {}, "east-1", is_mine=True), policies[name])
    ]


def address_of(cast: Cast, name: str, who: str) -> str:
    row = TABLE[name]
    if isinstance(row.target, Scoped):
        return reverse(name, kwargs=row.target.make(cast.unions["east-1"]))
    if row.target is not None:
        return reverse(name, kwargs=row.target.make(cast.accounts[who]))
    return reverse(name, kwargs=row.arguments)


def faults_of(page: Page) -> list[str]:
    """At both sizes what axe finds, and at the small ones whether the page scrolls sideways."""
    faults = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        faults += [
            f"{size['width']}: {violation['id']} {node['target']}"
            for violation in violations(page)
            for node in violation["nodes"]
        ]
    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append(f"{size['width']}: {width} wide")
    page.set_viewport_size(DESK)
    return faults


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_a_district_administrator(visit: Visitor, cast: Cast, part: int) -> None:
    found = _look_at(visit("ann"), cast, "ann", names_for("ann")[part::PARTS])
    assert found == {}


@pytest.mark.parametrize("who", ["mia", "sam", "ada"], ids=["clerk", "system", "auditor"])
def test_every_page_that_the_district_does_not_have(visit: Visitor, cast: Cast, who: str) -> None:
    """And the landing page, the lists and one object, where the navigation differs by role."""
    shared = {"home", "staff-list", "union-detail", "staff-detail"}
    names = [name for name in names_for(who) if name in shared or name not in names_for("ann")]
    assert len(names) >= 3
    assert _look_at(visit(who), cast, who, names) == {}


def _look_at(browsing: Visit, cast: Cast, who: str, names: list[str]) -> dict[str, list[str]]:
    found = {}
    for name in names:
        page = browsing.open(address_of(cast, name, who))
        assert page.locator("h1").count() == 1, name
        if faults := faults_of(page):
            found[name] = faults
    return found


@pytest.mark.parametrize("name", ["login", "activation"])
def test_pages_before_the_log_in(visit: Visitor, name: str) -> None:
    assert faults_of(visit().open(reverse(name))) == []


def test_form_with_errors(visit: Visitor) -> None:
    page = visit("ann").open(reverse("union-create"))
    page.locator("main form button.is-primary").click()
    page.locator(".error-summary").wait_for()
    assert faults_of(page) == []


def test_error_pages(visit: Visitor) -> None:
    """A refusal is no fault of the page: the browser's own line about its status is expected."""
    browsing = visit("leo")
    for address in ("/staff/", "/unions/NOSUCH/"):
        page = browsing.open(address)
        assert faults_of(page) == []
    browsing.complaints[:] = [
        line for line in browsing.complaints if "the server responded with a status of" not in line
    ]
