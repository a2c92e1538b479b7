"""What every template keeps to, whoever wrote it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from relief.lib.icons import ICONS

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
COMPONENTS = sorted((ROOT / "components").rglob("*.html"))
#: The Content-Security-Policy has no exception for any of these.
INLINE = {
    "style attribute": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "handler": r"<[^>]*\son[a-z]+\s*=",
    "script without src": r"<script(?![^>]*\bsrc=)",
    "script address": r"javascript:",
    "foreign address": r"""(src|href)=["'](https?:)?//""",
}


#: Lists whose items carry the look.
BARE_LISTS = {"hit-list", "message-list"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def source(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"))


@pytest.mark.parametrize("kind", INLINE)
def test_no_template_has_an_inline(kind):
    assert [name_of(path) for path in TEMPLATES if re.search(INLINE[kind], source(path))] == []


def test_the_patterns_find_what_they_forbid():
    sinful = """<p style="x"><style></style><a onclick="x"><script>x</script>
    <a href="javascript:x"><img src="//x">"""
    assert [kind for kind in INLINE if not re.search(INLINE[kind], sinful)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_compiles(path):
    assert get_template(name_of(path))


def test_every_icon_that_is_named_exists():
    named = {
        icon
        for path in TEMPLATES
        for pattern in (r'\{% icon "([^"]+)"', r'\b(?:icon|action_icon)="([^"]+)"')
        for icon in re.findall(pattern, source(path))
    }
    assert named <= ICONS.keys()
    assert len(named) > 20


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_a_component_says_what_it_takes(path):
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("{#")
    assert "ariables:" in first


def reached_from(start: str) -> set[str]:
    """Templates a template includes, extends or, for tags and widgets, causes to be rendered."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen or not (ROOT / name).exists():
            continue
        seen.add(name)
        text = (ROOT / name).read_text("utf-8")
        todo += re.findall(r'(?:include|extends) "([^"]+)"', text)
        todo += [f"components/{tag}.html" for tag in re.findall(r"\{% (\w+)", text)]
    return seen


def test_every_component_is_on_the_components_page():
    views = (Path(settings.BASE_DIR) / "relief" / "components.py").read_text("utf-8")
    widgets = (Path(settings.BASE_DIR) / "relief" / "lib" / "widgets.py").read_text("utf-8")
    shown = reached_from("components_page.html")
    shown |= set(re.findall(r'"(components/[^"]+\.html)"', views + widgets))
    for page in ("404.html", "django/forms/div.html"):
        shown |= reached_from(page)
    assert [name_of(path) for path in COMPONENTS if name_of(path) not in shown] == []


def test_every_class_has_a_rule():
    """A class without a rule is a typing error, unless it only names a block for its parts."""
    styles = "".join(path.read_text("utf-8") for path in (ROOT.parent / "static/css").glob("*.css"))
    rules = set(re.findall(r"\.([a-z][a-z0-9-]*)", styles))
    missing = set()
    for path in TEMPLATES:
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", lambda tag: "\0" * len(tag[0]), source(path))
        for names in re.findall(r'\bclass="([^"]*)"', text):
            for name in re.findall(r"(?<![^\s\0])[a-z][a-z0-9-]*(?![^\s\0])", names):
                is_block = any(rule.startswith(f"{name}-") for rule in rules)
                if name not in rules and not is_block and not name.endswith("-"):
                    missing.add(name)
    assert missing == BARE_LISTS
