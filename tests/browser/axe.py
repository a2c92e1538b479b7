"""What axe-core finds on a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # no stubs
from playwright.sync_api import Page

_RUN = "axe.run({resultTypes: ['violations']}).then((results) => results.violations)"


def violations(page: Page) -> list[dict[str, Any]]:
    """The script is half a megabyte: a page that is looked at twice gets it once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return found
