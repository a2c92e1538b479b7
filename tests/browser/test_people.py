"""One person from the first entry to the papers, at both sizes, as a clerk does it."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from beneficiaries.models import Attachment, Beneficiary
from beneficiaries.models.person_key import key_of
from beneficiaries.services.people import change_beneficiary
from tests.beneficiaries.access_people import code
from tests.beneficiaries.numbers import id_number
from tests.browser.conftest import DESK, PHONE, Visitor
from tests.browser.test_pages import faults_of
from tests.cast import Cast

pytestmark = pytest.mark.browser
MOBILE = "13912345678"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "王桂兰家.png"
    written = io.BytesIO()
    Image.new("RGB", (400, 300), "red").save(written, "PNG")
    path.write_bytes(written.getvalue())
    return path


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_person_is_registered_changed_looked_up_and_given_papers(
    visit: Visitor, cast: Cast, picture: Path, size: ViewportSize, has_scripts: bool
) -> None:
    code("evidence:入户照片")
    browsing = visit("ben", has_scripts=has_scripts)
    page = browsing.page
    page.set_viewport_size(size)
    _register(browsing.open(reverse("person-create")))
    person = Beneficiary.objects.get()
    _change_against_somebody_else(page, cast, person)
    _look_at_a_number(page)
    page.locator("#papers .card-actions a").click()
    page.locator("[name=kind]").select_option("evidence:入户照片")
    page.locator("[name=uploads]").set_input_files(picture)
    page.locator("main form button.is-primary").click()
    expect(page.locator("#papers")).to_contain_text("王桂兰家.jpg")
    assert Attachment.objects.get().person_id == person.pk
    if has_scripts:
        assert faults_of(page) == []


def _register(page: Page) -> None:
    page.locator("[name=name]").fill("王桂兰")
    page.locator("[name=id_number]").fill(id_number(22)[:-1])
    page.locator("[name=phone]").fill(MOBILE)
    page.locator("main form button.is-primary").click()
    expect(page.locator(".error-summary")).to_contain_text("证件号码")
    expect(page.locator("[name=phone]")).to_have_value(MOBILE)
    page.locator("[name=id_number]").fill(id_number(22))
    page.locator("main form button.is-primary").click()
    expect(page.locator("h1")).to_have_text("王桂兰")
    expect(page.locator("#who")).to_contain_text("139****5678")
    expect(page.locator("main")).not_to_contain_text(MOBILE)


def _change_against_somebody_else(page: Page, cast: Cast, person: Beneficiary) -> None:
    page.locator(".page-actions a.is-primary").click()
    page.locator("[name=address]").fill("北京市东城区建国门街道甲一号")
    change_beneficiary(by=cast.people["ann"], person=person, version=1, name="王桂芝")
    page.locator("main form button.is-primary").click()
    expect(page.locator(".error-summary")).to_contain_text("别人已经改过")
    expect(page.locator("[name=address]")).to_have_value("北京市东城区建国门街道甲一号")
    expect(page.locator("[name=name]")).to_have_value("王桂芝")
    row = page.locator("tr", has_text="家庭住址")
    expect(row).to_contain_text("甲一号")
    page.locator("main form button.is-primary").click()
    expect(page.locator("h1")).to_have_text("王桂芝")
    person.refresh_from_db()
    assert person.unseal(key_of(person), "address").endswith("甲一号")


def _look_at_a_number(page: Page) -> None:
    page.locator("summary", has_text="显示全号").click()
    page.locator("label.chip", has_text="手机号码").click()
    page.locator("label.chip", has_text="联系本人").click()
    page.get_by_role("button", name="显示一次").click()
    expect(page.locator(".revealed")).to_have_text(MOBILE)
    assert MOBILE not in page.url
    page.reload()
    expect(page.locator(".revealed")).to_have_count(0)
    expect(page.locator("#who")).to_contain_text(re.compile(r"139\*{4}5678"))
