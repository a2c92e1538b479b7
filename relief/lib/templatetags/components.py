"""Tags of the interface's components. Builtins of every template: no {% load %} needed.

A component without a slot is a plain include (templates/components/*.html, variables named in its
first lines); a tag exists only where a slot or the request's query string is needed.
"""

from collections.abc import Sequence
from typing import Any, Final

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from relief.lib.icons import icon_svg
from relief.lib.tables import NEAR, PAGE_SIZES, SORT, query_with, sort_link

register = template.Library()

#: Message levels of Django and states of ours → the four kinds of tint.
KINDS: Final = {
    "debug": "info",
    "info": "info",
    "success": "ok",
    "ok": "ok",
    "warning": "warn",
    "warn": "warn",
    "error": "err",
    "err": "err",
}
KIND_ICONS: Final = {"ok": "check", "info": "info", "warn": "warning", "err": "cross"}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """{% icon "check" %}, or small (13 px) and large (26 px). An unknown name raises."""
    return icon_svg(name, size=size)


@register.filter
def note_kind(level: str) -> str:
    return KINDS.get(level, "info")


@register.filter
def note_icon(kind: str) -> str:
    return KIND_ICONS[kind]


@register.inclusion_tag("components/crumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """{% crumbs "机构与人员" url "建国门街道" %}: label, address, …; the last has no address."""
    labels, urls = pairs[0::2], [*pairs[1::2], ""]
    return {"crumbs": list(zip(labels, urls, strict=False))}


@register.simple_block_tag
def card(content: str, title: str = "", hint: str = "", **options: Any) -> str:
    """A white box with a heading. Options: id, flush (no padding, for tables), action_url,
    action_label, action_icon, level (2 or 3)."""
    return render_to_string(
        "components/card.html", {"content": content, "title": title, "hint": hint, **options}
    )


@register.simple_block_tag
def note(content: str, kind: str = "info", title: str = "") -> str:
    """A tinted remark: info, ok, warn or err."""
    context = {"content": content, "kind": kind, "title": title}
    return render_to_string("components/note.html", context)


@register.simple_block_tag
def table_box(content: str, label: str, *, tall: bool = False) -> str:
    """The frame a wide table scrolls in: reachable by keyboard and named for screen readers."""
    return format_html(
        '<div class="table-box{}" tabindex="0" role="region" aria-label="{}">{}</div>',
        " is-tall" if tall else "",
        label,
        content,
    )


@register.inclusion_tag("components/sort_th.html", takes_context=True)
def sort_th(
    context: template.Context, key: str, label: str, kind: str = "", target: str = "#rows"
) -> dict[str, Any]:
    """A head cell that sorts by `?sort=key`, and by `-key` on the second click."""
    params = _params(context)
    state, query = sort_link(params, key, sort=params.get(SORT, ""))
    return {"label": label, "kind": kind, "state": state, "query": query, "target": target}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(
    context: template.Context,
    page: Page[Any],
    unit: str = "条",
    target: str = "#rows",
    *,
    sizes: bool = True,
    at: str = "",
) -> dict[str, Any]:
    """How many there are, how many per page, which page. `unit` is the counter: 人, 户, 家, 条.

    `sizes=False` where rows are so long that a page of many would be too large. `at` is the address
    of the list with its query, where it is shown at another one.
    """
    place, _, query = at.partition("?")
    params = QueryDict(query) if at else _params(context)
    near = {NEAR: token} if (token := getattr(page.paginator, "near", "")) else {}
    pages = [(number, place + query_with(params, page=number, **near)) for number in _window(page)]
    is_offered = sizes and page.paginator.count > PAGE_SIZES[0]
    offered = [(size, query_with(params, size=size)) for size in PAGE_SIZES if is_offered]
    return {"page": page, "unit": unit, "target": target, "pages": pages, "sizes": offered}


@register.filter
def form_errors(form: BaseForm) -> list[tuple[str, str]]:
    """(id of the field, sentence) for the error summary; form-wide ones have no id."""
    found = [("", str(message)) for message in form.non_field_errors()]
    for field in form:
        for message in field.errors:
            said = str(message) if str(field.label) in str(message) else f"{field.label}：{message}"
            found.append((field.id_for_label or field.auto_id, said))
    return found


def _params(context: template.Context) -> QueryDict:
    request = context["request"]
    assert isinstance(request, HttpRequest)
    return request.GET


def _window(page: Page[Any]) -> Sequence[int]:
    """Page numbers to offer: first, last and two to each side; 0 stands for a gap."""
    last = page.paginator.num_pages
    near = range(page.number - 2, page.number + 3)
    shown = sorted({1, last} | {number for number in near if 1 <= number <= last})
    window: list[int] = []
    for number in shown:
        if window and number - window[-1] > 1:
            window.append(0)
        window.append(number)
    return window
