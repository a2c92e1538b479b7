"""A page of which htmx may ask for one region alone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def wants_region(request: HttpRequest) -> bool:
    """Whether htmx swaps a part only. After 后退 it wants the whole page: it keeps no history."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.history_restore_request


def render_region(
    request: HttpRequest, template: str, context: dict[str, Any], *, region: str = "rows"
) -> HttpResponse:
    """The page, or its partial `region` alone where htmx swaps it."""
    name = f"{template}#{region}" if wants_region(request) else template
    return vary(render(request, name, context))


def vary(response: HttpResponse) -> HttpResponse:
    """Say that the answer depends on who asks, so that no cache gives a part for the whole."""
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response
