"""The floor of the browsers we serve (Chromium 86) and the house rules for CSS and JavaScript."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
ADMIN = STATIC / "css" / "admin.css"  # Django's admin names its parts by id; so must we there
STYLES = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))

ID_SELECTOR = r"(?m)^\s*#[a-z]"

#: What Chromium 86 does not know, or what the house does not want, and why.
BANNED_IN_STYLES = {
    r"@import": "one request after the other",
    r"@layer": "Chromium 99",
    r"@container": "Chromium 105",
    r"oklch\(|oklab\(|lch\(": "Chromium 111",
    r"color-mix\(": "Chromium 111",
    r":has\(": "Chromium 105",
    r":is\(|:where\(": "Chromium 88",
    r"\binset\s*:(?!\s*none)": "Chromium 87",
    r"(margin|padding|inset)-(inline|block)": "logical shorthands, Chromium 87",
    r"\d(dvh|svh|lvh)\b": "Chromium 108",
    r"!important": "a rule that shouts hides one that is wrong",
    r"url\(": "icons are inline SVG, nothing is fetched",
    ID_SELECTOR: "ids are for links and labels",
    r"&": "nesting, Chromium 112",
    r"@media[^{]*[<>]": "range syntax, Chromium 104",
}
#: Newer than ES2018, or against the house rules.
BANNED_IN_SCRIPTS = {
    r"\?\.[a-zA-Z\[(]": "optional chaining, ES2020",
    r"\?\?": "nullish coalescing, ES2020",
    r"catch\s*\{": "catch without a name, ES2019",
    r"(?m)^\s*(import|export)\b": "hashed file names break imports",
    r"\.(flat|flatMap|at|replaceAll|matchAll|fromEntries|allSettled)\(": "newer than ES2018",
    r"\beval\(|new Function\(": "the CSP refuses it",
    r"\.style\b": "the CSP refuses it, a class says it better",
    r"""querySelector(All)?\(\s*["']\.""": "scripts hook on data-relief-*, never on classes",
    r"https?://": "nothing comes from outside",
}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("pattern", BANNED_IN_STYLES)
def test_no_style_uses(pattern):
    styles = [path for path in STYLES if path != ADMIN or pattern != ID_SELECTOR]
    found = [p.name for p in styles if re.search(pattern, without_comments(p.read_text("utf-8")))]
    assert found == [], BANNED_IN_STYLES[pattern]


@pytest.mark.parametrize("pattern", BANNED_IN_SCRIPTS)
def test_no_script_uses(pattern):
    found = [p.name for p in SCRIPTS if re.search(pattern, without_comments(p.read_text("utf-8")))]
    assert found == [], BANNED_IN_SCRIPTS[pattern]


def test_the_patterns_find_what_they_forbid():
    sinful = """
    @import "x"; @layer a; @container (min-width: 1px) {} a { color: oklch(1 1 1) }
    b { color: color-mix(in srgb, red, blue); inset: 0; margin-inline: 1px; height: 1dvh }
    a:has(b) {} a:is(b) {} i { color: red !important; background: url(x) }
    #main { a & { } } @media (width < 3px) {}
    """
    sinful = sinful.replace("    #main", "#main")
    assert [p for p in BANNED_IN_STYLES if not re.search(p, sinful)] == []
    sinful = """
    import x; a?.b; a ?? b; try {} catch { } [].flat(); eval(""); e.style.top; "http://x"
    document.querySelector(".card")
    """
    assert [p for p in BANNED_IN_SCRIPTS if not re.search(p, sinful)] == []


@pytest.mark.parametrize("path", STYLES + SCRIPTS, ids=lambda path: path.name)
def test_files_stay_small(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_braces_are_balanced(path):
    text = without_comments(path.read_text("utf-8"))
    assert text.count("{") == text.count("}")


def test_every_token_that_is_used_is_defined():
    text = "".join(path.read_text("utf-8") for path in STYLES if path != ADMIN)
    defined = set(re.findall(r"(?m)^\s*(--[a-z0-9-]+)\s*:", text))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", text)) <= defined


def test_every_stylesheet_is_linked_by_some_page():
    templates = Path(settings.BASE_DIR) / "templates"
    pages = "".join(path.read_text("utf-8") for path in templates.rglob("*.html"))
    assert [path.name for path in STYLES if f"css/{path.name}" not in pages] == []
    assert [path.name for path in SCRIPTS if f"js/{path.name}" not in pages] == []


def test_nothing_minified_or_foreign_is_committed():
    assert list(STATIC.rglob("*.min.*")) == []
    lines = [line for path in STYLES + SCRIPTS for line in path.read_text("utf-8").splitlines()]
    assert max(map(len, lines)) <= 200
