"""What the scripts add, driven as a person would, on the components page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import violations
from tests.browser.conftest import DESK

pytestmark = pytest.mark.browser

#: Milliseconds; only a broken page waits so long, a busy machine may need some of it.
PATIENCE = 60_000
#: What Chromium and htmx log when a test cuts the line on purpose.
EXPECTED = ("Failed to load resource: net::ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
PASTE = """(element, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const options = { clipboardData: data, bubbles: true, cancelable: true };
    element.dispatchEvent(new ClipboardEvent("paste", options));
}"""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The components page, which works without an account."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", listen)
    page.goto(f"{live_server.url}/components/")
    yield page
    page.close()
    assert complaints == []


def test_a_block_is_pasted_checked_summed_and_taken_back(page):
    first = page.locator("[name='row-3-amount']")
    first.click()
    first.evaluate(PASTE, "２，０００元\t米\t￥400\t银行卡\t2019-01-28\r\n5000\t面\t\t不认识\t\r\n")
    values = [page.input_value(f"[name='row-3-{key}']") for key in ("amount", "worth", "way")]
    assert values == ["2,000", "400", "银行卡"]
    checks = page.locator("[data-relief-grid-check]")
    expect(checks).to_have_text(["可保存", "疑似重复", "超标准", "可保存", "看不懂 方式"])
    sums = page.locator("[data-relief-grid-sum]")
    expect(sums).to_have_text(["47,000.00", "1,600.00"])
    expect(page.locator("[data-relief-grid-left]")).to_have_text("余 73,000.00 元")
    page.keyboard.press("Control+z")
    assert page.input_value("[name='row-3-amount']") == "3,000"
    expect(checks.nth(3)).to_have_text("缺 方式、发放日期")
    expect(checks.nth(4)).to_have_text("未填")


def test_the_keys_of_the_grid(page):
    def focused() -> str:
        return str(page.evaluate("document.activeElement.name"))

    page.locator("[name='row-0-way']").click()
    page.keyboard.press("Enter")
    assert focused() == "row-1-way"
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert focused() == "row-3-way"
    page.keyboard.press("Control+d")
    assert page.input_value("[name='row-3-way']") == "银行卡"
    page.keyboard.type("现金")
    page.keyboard.press("Escape")
    assert page.input_value("[name='row-3-way']") == ""
    page.locator(":focus").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert focused() == "row-3-way"  # the input method's Enter stays with the input method


def test_a_select_becomes_a_search_box_and_keeps_the_value(page):
    box = page.locator("[data-relief-typeahead] input").first
    select = page.locator("[data-relief-typeahead] select").first
    expect(select).to_be_hidden()
    box.fill("门")
    expect(page.locator("[role='option']")).to_have_count(2)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", re.compile("typeahead-"))
    box.press("Enter")
    assert (box.input_value(), select.input_value()) == ("东直门街道", "东直门街道")
    box.fill("没有这个")
    box.blur()
    assert (box.input_value(), select.input_value()) == ("没有这个", "")  # never the old value
    assert box.get_attribute("name") == f"{select.get_attribute('name')}-typed"
    box.fill("龙潭")
    expect(page.locator("[role='option']")).to_have_count(1)
    box.blur()
    assert (box.input_value(), select.input_value()) == ("龙潭街道", "龙潭街道")
    assert box.get_attribute("name") is None
    box.fill("")
    box.blur()
    assert select.input_value() == ""


def test_lists_are_walked_ticked_and_sorted_by_keys_and_links(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.evaluate("document.activeElement.blur()")
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator("tr.is-active th")).to_have_text("李建国")
    expect(page.locator("[data-relief-bulk-count]")).to_have_text("1")
    page.locator("[data-relief-tick-all]").check()
    expect(page.locator("[data-relief-bulk-count]")).to_have_text("20")
    page.locator("#people th a", has_text="姓名").click()
    expect(page.locator("#people th[aria-sort='ascending']")).to_have_count(1)
    assert page.url.endswith("?sort=name")
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("[data-relief-bulk-count]")).to_have_text("0")


def test_a_log_in_page_is_never_put_into_a_list(page):
    def log_in_instead(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            route.fulfill(body="<!doctype html><h1>登录</h1>", content_type="text/html")
        else:
            route.continue_()

    page.route("**/components/?sort=name", log_in_instead)
    with page.expect_navigation():
        page.locator("#people th a", has_text="姓名").click()
    expect(page.locator("#people th[aria-sort]")).to_have_count(0)
    expect(page.locator("h1", has_text="登录")).to_have_count(0)


def test_a_failed_request_is_said_and_the_old_rows_stay(page):
    page.route("**/components/?sort=name", lambda route: route.abort())
    page.locator("#people th a", has_text="姓名").click()
    expect(page.locator("[data-relief-request-failed]")).to_contain_text("没有连上服务器")
    expect(page.locator("#people tbody tr")).to_have_count(20)


def test_menus_close_with_escape_and_give_the_focus_back(page):
    page.locator("summary", has_text="列").click()
    expect(page.locator("details[data-relief-menu][open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details[data-relief-menu][open]")).to_have_count(0)
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_error_summary_is_where_the_reader_is_and_leads_to_the_field(page):
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.locator("[data-relief-focus] a", has_text="请选择方式").click()
    assert page.evaluate("document.activeElement.name") == "wrong-way"


def test_signing_fills_the_form_and_can_be_taken_back(page):
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=5)
    page.mouse.up()
    field = page.locator("input[name='signature']")
    assert field.input_value().startswith("data:image/png;base64,")
    page.locator("[data-relief-signature-clear]").click()
    assert field.input_value() == ""


def test_a_large_photo_is_made_small_before_it_travels(page):
    page.evaluate(
        """async () => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [4000, 3000];
            canvas.getContext("2d").fillRect(0, 0, 4000, 3000);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            const transfer = new DataTransfer();
            transfer.items.add(new File([blob], "IMG_1.png", { type: "image/png" }));
            const input = document.querySelector("[data-relief-photos] input");
            input.files = transfer.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    expect(page.locator("[data-relief-photos] figure")).to_have_count(3)
    kept = page.evaluate(
        """async () => {
            const files = document.querySelector("[data-relief-photos] input").files;
            const image = await createImageBitmap(files[0]);
            return [files.length, files[0].type, image.width, image.height];
        }"""
    )
    assert kept == [1, "image/jpeg", 1600, 1200]
    page.locator(".photos-remove").click()
    assert page.evaluate("document.querySelector('[data-relief-photos] input').files.length") == 0


def test_nothing_is_wider_than_the_page_and_axe_finds_nothing(page):
    for width in (1366, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width > 320:
            found = [(violation["id"], violation["nodes"]) for violation in violations(page)]
            assert found == []
