"""Two rows of one person, from the list to the kept page, and a person asked for across unions."""

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from beneficiaries.models import Beneficiary, Transfer
from beneficiaries.services.people import create_beneficiary
from tests.beneficiaries.numbers import id_number
from tests.browser.conftest import DESK, PHONE, Visitor
from tests.browser.test_pages import faults_of
from tests.cast import Cast

pytestmark = pytest.mark.browser
NAME = "阿卜杜拉赫曼·买买提明·艾合麦提江"
SUBMIT = "main form.form button[class*=is-]"


def register(cast: Cast, **details: Any) -> Beneficiary:
    given: dict[str, Any] = {"name": NAME, "phone": "13811112222"} | details
    return create_beneficiary(by=cast.people["ben"], union=cast.unions["east-1"], **given)


def sound(page: Page, size: ViewportSize, has_scripts: bool) -> None:
    """Axe is a script, so it looks where scripts run."""
    if has_scripts:
        assert faults_of(page) == []
        page.set_viewport_size(size)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_rows_become_one_and_the_person_moves(
    visit: Visitor, cast: Cast, size: ViewportSize, has_scripts: bool
) -> None:
    kept = register(cast, id_kind="resident", id_number=id_number(22))
    old = register(cast, health="糖尿病")
    _merge(visit, size, has_scripts)
    assert Beneficiary.objects.get(pk=old.pk).merged_into == kept
    _ask(visit, size, has_scripts)
    _accept(visit, size, has_scripts)
    assert Beneficiary.objects.get(pk=kept.pk).union == cast.unions["west-1"]


def _merge(visit: Visitor, size: ViewportSize, has_scripts: bool) -> None:
    visiting = visit("ben", has_scripts=has_scripts)
    visiting.page.set_viewport_size(size)
    page = visiting.open("/doubles/")
    sound(page, size, has_scripts)
    page.get_by_role("link", name=NAME).first.click()
    sound(page, size, has_scripts)
    page.get_by_role("link", name="是同一人，保留甲").click()
    sound(page, size, has_scripts)
    page.locator(SUBMIT).first.click()
    expect(page.locator(".error-summary")).to_contain_text("合并理由")
    page.locator("[name=reason]").fill("核对证件，是同一人")
    page.locator(SUBMIT).first.click()
    expect(page.locator("main")).to_contain_text("合并进来的旧记录")
    sound(page, size, has_scripts)


def _ask(visit: Visitor, size: ViewportSize, has_scripts: bool) -> None:
    visiting = visit("wes", has_scripts=has_scripts)
    visiting.page.set_viewport_size(size)
    page = visiting.open("/people/find/")
    page.locator("[name=number]").last.fill(id_number(22))
    page.locator("main form.form button.is-primary").click()
    page.get_by_role("link", name="关联或申请转入").click()
    expect(page.locator("[name=id_number]")).to_have_value(id_number(22))
    sound(page, size, has_scripts)
    page.locator("[name=wanted][value=transfer]").check()
    page.locator("[name=reason]").fill("已调入本街道")
    page.locator("main form.form button.is-primary").click()
    expect(page.locator("main")).to_contain_text("待对方同意")
    sound(page, size, has_scripts)


def _accept(visit: Visitor, size: ViewportSize, has_scripts: bool) -> None:
    visiting = visit("ben", has_scripts=has_scripts)
    visiting.page.set_viewport_size(size)
    page = visiting.open("/")
    page.get_by_role("link", name="转移申请：等您答复").first.click()
    page.get_by_role("link", name=NAME).first.click()
    page.get_by_role("link", name="同意转移").click()
    sound(page, size, has_scripts)
    page.locator(SUBMIT).first.click()
    expect(page.locator("main")).to_contain_text("已转移")
    assert Transfer.objects.get().status == "accepted"
