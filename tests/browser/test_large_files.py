"""A file that is too large is told before it travels: nothing that was typed is lost."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from beneficiaries.models import Attachment, LedgerImport
from tests.beneficiaries.access_people import code, person_of
from tests.browser.conftest import Visitor
from tests.cast import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "扫描件.pdf"
    with path.open("wb") as target:
        target.truncate(25 * 1024 * 1024)
    return path


def test_a_large_paper_stays_on_the_page_with_what_was_chosen(
    visit: Visitor, cast: Cast, large: Path
) -> None:
    code("evidence:入户照片")
    person = person_of(cast.unions["east-1"])
    page = visit("ben").open(reverse("attachment-add", args=[person.pk]))
    page.locator("[name=kind]").select_option("evidence:入户照片")
    page.locator("[name=uploads]").set_input_files(large)
    told = page.locator("[data-relief-too-large]")
    expect(told).to_contain_text("扫描件.pdf")
    page.locator("main form button.is-primary").click()
    expect(told).to_have_count(1)
    expect(told).to_contain_text("25 MB")
    assert page.locator("[name=kind]").input_value() == "evidence:入户照片"
    page.locator("[name=uploads]").set_input_files([])
    expect(told).to_have_count(0)
    assert not Attachment.objects.exists()


def test_a_large_ledger_is_not_sent(visit: Visitor, cast: Cast, large: Path) -> None:
    page = visit("ben").open(reverse("ledger-upload"))
    page.locator("[name=file]").set_input_files(large)
    page.locator("main form button.is-primary").click()
    expect(page.locator("[data-relief-too-large]")).to_contain_text("超过 20 MB")
    assert not LedgerImport.objects.exists()
