"""A hardship file from the draft to 在档 by three people, at the desk and on the phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, FilePublicity, HardshipFile, LivingStandard
from beneficiaries.models.hardship_file import CODED
from beneficiaries.services.people import create_beneficiary
from relief.codes.models import Code, CodeList
from tests.audit.attacker import as_superuser
from tests.beneficiaries.numbers import id_number
from tests.browser.conftest import DESK, PHONE, Visit, Visitor
from tests.browser.test_pages import faults_of
from tests.cast import Cast
from unions.models import Staff, User

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
MONEY = {
    "own_monthly_income": "2000",
    "other_yearly_income": "0",
    "yearly_income": "42000",
    "rigid_spending": "18000",
}


@pytest.fixture
def codes(cast: Cast) -> None:
    """One value of every list that the form asks for, and the classes of the present standard."""
    keys = {f"{key}:甲" for key in CODED.values()} - {"hardship_class:甲", "region:甲"}
    keys |= {"hardship_class:深度困难", "region:110101", "health:终末期肾病", "relationship:配偶"}
    for key in sorted(keys):
        list_key, code = key.split(":")
        CodeList.objects.get_or_create(key=list_key, defaults={"name": list_key})
        Code.objects.create(key=key, list_id=list_key, code=code, name=code)
    LivingStandard.objects.create(
        region_id="region:110101", starts_on="2025-07-01", amount=1450, document="〔2025〕8号"
    )


@pytest.fixture
def person(cast: Cast) -> Beneficiary:
    return create_beneficiary(
        by=cast.people["ben"],
        union=cast.unions["east-1"],
        name="阿卜杜热西提·买买提依明江",
        id_kind="resident",
        id_number=id_number(22),
        phone="13800001234",
    )


@pytest.fixture
def second_checker(cast: Cast) -> str:
    """So that checking and deciding are done by two."""
    user = User.objects.create(username="kim", full_name="金审批")
    cast.accounts["kim"] = user
    cast.people["kim"] = Staff.objects.create(user=user, union=cast.unions["east"], role="checker")
    return "kim"


def _fill(page: Page) -> None:
    for name, list_key in CODED.items():
        select = page.locator(f"select[name={name}]")
        wanted = {"hardship_class": "深度困难", "region": "110101"}.get(list_key, "甲")
        select.select_option(f"{list_key}:{wanted}")
    page.locator("select[name=health]").select_option("终末期肾病")
    page.locator("textarea[name=hardship]").fill("每周透析三次，丈夫下岗。")
    page.locator("input[name=working_since]").fill("1996-07-01")
    page.locator("input[name=household_size]").fill("2")
    for name, amount in MONEY.items():
        page.locator(f"input[name={name}]").fill(amount)


def _press(page: Page, text: str) -> None:
    page.locator("main").get_by_role("button", name=text, exact=True).click()


def _go(page: Page, text: str) -> None:
    page.locator("main").get_by_role("link", name=text, exact=True).first.click()


@SIZES
def test_from_the_draft_to_in_force_by_three_people(
    visit: Visitor,
    cast: Cast,
    codes: None,
    person: Beneficiary,
    second_checker: str,
    size: ViewportSize,
) -> None:
    look = _looker()
    ben = _open(visit, "ben", size)
    page = ben.open(reverse("file-create", args=[person.pk]))
    look(page)
    _press(page, "建草稿，接着填写")
    look(page)
    _press(page, "保存")
    file = HardshipFile.objects.get()
    _go(page, "提交申报")
    expect(page.locator("main")).to_contain_text("还差这些")
    look(page)
    _go(page, "困难类别")
    _fill(page)
    _press(page, "保存")
    _go(page, "添加成员")
    look(page)
    page.locator("input[name=name]").fill("张卫东")
    page.locator("select[name=relationship]").select_option("relationship:配偶")
    page.locator("input[name=monthly_income]").fill("1500")
    _press(page, "加上")
    _go(page, "核算")
    _press(page, "核算并留存")
    expect(page.locator("main")).to_contain_text("认定为深度困难")
    look(page)
    page.goto(f"{ben.address}{reverse('file-exclusions', args=[file.pk])}")
    look(page)
    page.locator("label", has_text="不存在").first.click()
    page.locator("input[name=houses-evidence]").fill("不动产查询单")
    _press(page, "保存")
    _go(page, "提交申报")
    _press(page, "提交申报")
    look(page)
    assert HardshipFile.objects.get().status == Status.APPLIED

    kay = _open(visit, "kay", size)
    page = kay.open(reverse("file-list"))
    expect(page.locator(".worklist")).to_contain_text("1 待初审")
    look(page)
    page.locator("main").get_by_role("link", name=person.name).click()
    _go(page, "初审")
    look(page)
    page.locator("input[name=place]").fill("东一街道公示栏")
    _press(page, "初审")
    _go(page, "单位内公示")
    expect(page.locator(".form-a4")).to_contain_text(person.name)
    look(page)
    _let_the_posting_run_out()
    page = kay.open(reverse("file-detail", args=[file.pk]))
    _go(page, "结束公示")
    page.locator("label", has_text="无异议").click()
    look(page)
    _press(page, "结束公示")
    for step in ("复核", "核对"):
        _go(page, step)
        look(page)
        _press(page, step)

    kim = _open(visit, second_checker, size)
    page = kim.open(reverse("file-detail", args=[file.pk]))
    _go(page, "审批")
    _press(page, "审批")
    expect(page.locator("[aria-current=step]")).to_contain_text("在档")
    look(page)
    done = HardshipFile.objects.get()
    assert done.status == Status.ACTIVE
    assert {done.applied_by, done.approved_by} == {cast.accounts["ben"], cast.accounts["kim"]}
    page = ben.open(reverse("file-look", args=[file.pk]))
    look(page)


def _open(visit: Visitor, who: str, size: ViewportSize) -> Visit:
    browsing = visit(who)
    browsing.page.set_viewport_size(size)
    return browsing


def _let_the_posting_run_out() -> None:
    """The browser's server has the real clock: so the period is moved, past the guards."""
    today = timezone.localdate()
    with as_superuser(silent=True):
        FilePublicity.objects.update(starts_on=today - timedelta(10), ends_on=today - timedelta(1))


def _looker() -> Callable[[Page], None]:
    """At every stop of the walk what axe and the ruler find: nothing."""

    def look(page: Page) -> None:
        size: Any = page.viewport_size
        assert faults_of(page) == [], page.url
        page.set_viewport_size(size)

    return look


def test_a_draft_is_filled_in_without_scripts(
    visit: Visitor, cast: Cast, codes: None, person: Beneficiary
) -> None:
    browsing = visit("ben", has_scripts=False)
    page = browsing.open(reverse("file-create", args=[person.pk]))
    _press(page, "建草稿，接着填写")
    _fill(page)
    _press(page, "保存")
    file = HardshipFile.objects.get()
    assert file.main_cause_id == "hardship_cause:甲"
    page = browsing.open(reverse("member-create", args=[file.pk]))
    page.locator("input[name=name]").fill("张卫东")
    _press(page, "加上")
    page = browsing.open(reverse("file-submit", args=[file.pk]))
    _press(page, "提交申报")
    assert HardshipFile.objects.get().status == Status.APPLIED
