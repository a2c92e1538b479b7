"""Chromium on the test's own server. Whatever a page does, it may not complain."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    sync_playwright,
)

from tests.cast import Cast
from tests.cast_snapshot import SNAPSHOT
from tests.strict_client import StrictClient

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """One Chromium for a module.

    Its event loop runs in this thread. Django must not mind, and opens a connection of its own for
    it, which has to be told how the suite empties tables.
    """
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    reset = connection.ops.execute_sql_flush
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        patch.setattr(connection.ops, "execute_sql_flush", reset)
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()
        connection.close()


@dataclass
class Visit:
    """A page of a browser, with everything it complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page


#: (user name or None, JavaScript on) → a visit.
Visitor = Callable[..., Visit]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return SNAPSHOT.restored()


@pytest.fixture
def visit(browser: Browser, live_server: object, cast: Cast) -> Iterator[Visitor]:
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []
    address = str(live_server)

    def start(name: str | None = None, *, has_scripts: bool = True) -> Visit:
        context = browser.new_context(
            viewport=DESK, locale="zh-CN", java_script_enabled=has_scripts
        )
        contexts.append(context)
        if name:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": _key(cast, name), "url": address}]
            )
        started = Visit(context.new_page(), address)
        _listen(started)
        visits.append(started)
        return started

    yield start
    for context in contexts:
        context.close()
    assert [complaint for visit in visits for complaint in visit.complaints] == []


def _key(cast: Cast, name: str) -> str:
    client = StrictClient()
    cast.sign_in(client, name)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _listen(visit: Visit) -> None:
    page, heard = visit.page, visit.complaints
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            heard.append(f"{page.url}: {message.text}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            heard.append(f"{page.url}: {request.method} {request.url}")
            if "csp-report" in request.url or not request.url.startswith((visit.address, "data:"))
            else None
        ),
    )
