"""What every page of ours must be, read with the parser of the standard library."""

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
CONTROLS = {"input", "select", "textarea"}
WITHOUT_LABEL = {"hidden", "submit", "button", "reset", "image"}
_FOREIGN = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")

Attributes = dict[str, str | None]


class Page(HTMLParser):
    """Collects `problems`: tags out of balance, anything inline, controls without a label."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.headings = 0
        self.language: str | None = None
        self.ids: list[str] = []
        self._open: list[str] = []
        self._labelled: set[str] = set()
        self._controls: list[Attributes] = []
        self.feed(markup)
        self.close()
        self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        self._note(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1] != tag:
            self._complain(f"</{tag}> closes {self._open[-1:] or 'nothing'}")
            while tag in self._open and self._open.pop() != tag:
                pass
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if _TEMPLATE.search(data):
            self._complain(f"template syntax in {data.strip()[:60]!r}")

    def _note(self, tag: str, attributes: Attributes) -> None:
        for check in (self._inline, self._assets, self._labels, self._structure):
            check(tag, attributes)

    def _inline(self, tag: str, attributes: Attributes) -> None:
        for name in attributes:
            if name == "style" or name.startswith(("on", "hx-on")):
                self._complain(f"inline {name}= on <{tag}>")
        is_data = attributes.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in attributes and not is_data):
            self._complain(f"inline <{tag}>")

    def _assets(self, tag: str, attributes: Attributes) -> None:
        names = ("src", "srcset", "href", "action") if tag != "a" else ()
        for name in names:
            if _FOREIGN.match(attributes.get(name) or ""):
                self._complain(f"<{tag} {name}={attributes[name]!r}> leads outside")

    def _labels(self, tag: str, attributes: Attributes) -> None:
        if tag == "label" and attributes.get("for"):
            self._labelled.add(str(attributes["for"]))
        if tag not in CONTROLS or attributes.get("type") in WITHOUT_LABEL:
            return
        has_name = attributes.get("aria-label") or attributes.get("aria-labelledby")
        if not has_name and "label" not in self._open:
            self._controls.append(attributes)

    def _structure(self, tag: str, attributes: Attributes) -> None:
        if tag == "h1":
            self.headings += 1
        if tag == "html":
            self.language = attributes.get("lang")
        if tag == "th" and attributes.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
            self._complain("<th> without scope")
        if tag == "img" and "alt" not in attributes:
            self._complain("<img> without alt")
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))

    def _finish(self) -> None:
        if self._open:
            self._complain(f"never closed: {self._open}")
        for attributes in self._controls:
            if attributes.get("id") not in self._labelled:
                self._complain(f"no label for {attributes.get('name') or attributes}")
        for twice in sorted({name for name in self.ids if self.ids.count(name) > 1}):
            self._complain(f"id {twice!r} twice")

    def _complain(self, problem: str) -> None:
        line, _ = self.getpos()
        self.problems.append(f"line {line}: {problem}")


def problems_of(markup: str) -> list[str]:
    """Everything wrong with a page, or with a fragment that htmx puts into one."""
    page = Page(markup)
    if not markup.lstrip().lower().startswith("<!doctype"):
        return page.problems
    if page.headings != 1:
        page.problems.append(f"{page.headings} <h1> instead of one")
    if page.language != "zh-CN":
        page.problems.append(f"lang is {page.language!r}")
    return page.problems
