"""Whatever people, machines and enemies type: a sentence beside the field, nothing lost.

Generated over every form of every page. A page that refuses is the same page again (200) with what
was typed; what cannot be read at all is 4xx. Source: issue 2 "Bad input", SECURITY §6 row 14.
"""

import io
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from relief.lib.access import Audience
from tests import payloads
from tests.access_cases import AT_EAST, LeanClient, passes_policy, policies
from tests.access_rows import Owned, Scoped
from tests.access_table import TABLE
from tests.cast import Cast
from tests.html_balance import problems_of
from unions.lists.listing import listings

TEXTS = {
    "blank": " \u3000\u00a0 ",
    "too long": "长" * 10_000,
    "nul": "a\x00b",
    "enemies": payloads.TEXT,
    "surrogate": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "lines": "a\r\nb\r\nSet-Cookie: x=1",
}
#: Nothing to keep, or nothing that a browser would give back as it was.
CLEANED = {"blank", "nul", "lines"}
#: Pages whose form nobody has for an object of the table, each with its reason.
WITHOUT_FORM = {
    "transfer-accept": "nothing is typed: one button hands the person over",
    "transfer-withdraw": "nothing is typed: one button takes the request back",
    "second-factor": "nobody of the cast has a phone bound, so it leads on",
    "standard-change": "no 低保标准 stands in the table",
    "file-submit": "nothing is typed: one button hands the draft in",
    "ledger-discard": "nothing is typed: one button throws the import away",
    "file-notices": "nothing is typed: which sheet, and the ticks of the list",
    "ledger-apply": "nothing is typed: one button writes the import",
}
#: These forms never give back what was typed into them.
PASSWORDS = forms.PasswordInput
FORMS = [name for name, row in TABLE.items() if {"GET", "POST"} <= row.methods]
POSTS = [name for name, row in TABLE.items() if "POST" in row.methods]
#: What any page or list reads of its query string, and the two halves of a range.
PARAMETERS = sorted(
    {"q", "page", "size", "sort", "next", "username", "parent", "part", "scope"}
    | {
        f"{name}{half}"
        for listing in listings()
        for name in listing.filters.base_filters
        for half in ("", "_min", "_max")
    }
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def client() -> Client:
    return LeanClient()


def address_of(cast: Cast, name: str) -> str:
    target = TABLE[name].target
    if isinstance(target, Scoped):
        return reverse(name, kwargs=target.make(cast.unions["east-1"]))
    if isinstance(target, Owned):
        return reverse(name, kwargs=target.make(cast.accounts["ann"]))
    return reverse(name, kwargs=TABLE[name].arguments)


def enter(cast: Cast, client: Client, name: str) -> str:
    """Sign in as the first whom the page lets in, with a form where it has one; its address."""
    address = address_of(cast, name)
    policy = policies()[name]
    if policy.audience is Audience.PUBLIC:
        return address
    allowed = [who for who in CALLERS if passes_policy(who, policy)]
    let_in = (who for who in allowed if _is_let_in(cast, client, name, address, who))
    cast.sign_in(client, next(let_in, allowed[0]))
    return address


def _is_let_in(cast: Cast, client: Client, name: str, address: str, who: str) -> bool:
    if name in _callers:
        return who == _callers[name]
    cast.sign_in(client, who)
    with transaction.atomic():
        response = client.get(address) if "GET" in TABLE[name].methods else client.post(address)
        transaction.set_rollback(True)
    is_in = response.status_code not in {403, 404}
    if is_in and name in FORMS:
        is_in = bool(Fields(response.content.decode()).names)
    if is_in:
        _callers[name] = who
    return is_in


#: The district administrator where she may, else a clerk of the street, else whoever is entitled.
CALLERS = ["ann", "ben", *AT_EAST]
#: Name of a page → who was let in.
_callers: dict[str, str] = {}


class Alive(HTMLParser):
    """What of a payload became part of a page: a handler, an element, an address."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        targets = (attributes.get(name) or "" for name in ("href", "src", "action", "formaction"))
        if (
            tag in {"iframe", "base", "math", "style", "object", "embed"}
            or (tag == "script" and "src" not in attributes)
            or any(name.startswith("on") or name == "srcdoc" for name in attributes)
            or any(target.startswith(("javascript:", "//", "http")) for target in targets)
        ):
            self.found.append(f"<{tag} {attributes}>")


class Fields(HTMLParser):
    """The controls of the page's own form, and what stands in them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.values: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.secret: set[str] = set()
        self._area = ""
        main = markup[markup.find("<main") : markup.find("</main>")]
        self.feed(main)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag not in {"input", "select", "textarea"} or name == "csrfmiddlewaretoken":
            return
        if attributes.get("type") == "hidden":
            self.hidden[name] = attributes.get("value") or ""
        elif name and name not in self.names:
            self.names.append(name)
            self.values[name] = attributes.get("value") or ""
            if attributes.get("type") == "password":
                self.secret.add(name)
        self._area = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] = data.removeprefix("\n")
            self._area = ""


def fields_of(client: Client, address: str) -> Fields:
    return Fields(client.get(address).content.decode())


def posted(client: Client, address: str, data: dict[str, Any]) -> Any:
    """Post and undo; the answer is never a fault, and its page is whole."""
    with transaction.atomic():
        response = client.post(address, data)
        transaction.set_rollback(True)
    assert response.status_code < 500, (address, response.status_code)
    if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
        markup = response.content.decode()
        problems = problems_of(markup)
        if payloads.TEXT in data.values():  # which has a template in it: shown, and not worked out
            assert payloads.WORKED_OUT not in markup
            problems = [problem for problem in problems if "template syntax" not in problem]
        assert problems == []
    return response


def sentences(markup: str) -> tuple[list[str], list[str]]:
    """The sentences of the summary, and those beside fields."""
    summary = re.findall(r'error-summary-list">(.*?)</ul>', markup, re.DOTALL)
    beside = re.findall(
        r'class="[^"]*(?:errorlist|field-error)[^"]*"[^>]*>(.*?)</ul>', markup, re.DOTALL
    )
    return [_plain(text) for text in summary], [_plain(text) for text in beside]


def _plain(markup: str) -> str:
    return re.sub(r"<[^>]+>|\s+", "", markup)


@pytest.mark.parametrize("name", FORMS)
def test_empty_form_says_what_is_missing(client: Client, cast: Cast, name: str) -> None:
    address = enter(cast, client, name)
    fields = fields_of(client, address)
    assert bool(fields.names) is (name not in WITHOUT_FORM)
    if not fields.names:
        return
    response = posted(client, address, dict.fromkeys(fields.names, "") | fields.hidden)
    if name == "staff-post":
        return  # without a person found there is nothing to fill in yet
    assert response.status_code == 200
    summary, beside = sentences(response.content.decode())
    assert any(_CHINESE.search(text) for text in summary), name
    assert any(_CHINESE.search(text) for text in beside), name


@pytest.mark.parametrize("name", FORMS)
def test_any_text_in_any_field(client: Client, cast: Cast, name: str) -> None:
    """All fields at once, so that every validator sees it; what was typed stays."""
    address = enter(cast, client, name)
    fields = fields_of(client, address)
    for kind, text in TEXTS.items():
        response = posted(client, address, dict.fromkeys(fields.names, text) | fields.hidden)
        assert response.status_code in {200, 302, 400, 404}, kind
        if response.status_code == 200:
            markup = response.content.decode()
            assert Alive(markup).found == []
            if kind not in CLEANED and "error-summary" in markup:
                _assert_kept(Fields(markup), text)


def _assert_kept(fields: Fields, text: str) -> None:
    for name, value in fields.values.items():
        assert name not in fields.secret or value == ""
    typed = [value for name, value in fields.values.items() if name not in fields.secret]
    assert not typed or not any(typed) or text in typed or text.strip() in typed


@pytest.mark.parametrize("name", FORMS)
def test_odd_numbers_and_days_in_any_field(client: Client, cast: Cast, name: str) -> None:
    """Each field gets another one in each post, and every one of them sooner or later."""
    address = enter(cast, client, name)
    fields = fields_of(client, address)
    for turn in range(0, len(payloads.NUMBERS), 2):
        numbers = deque(payloads.NUMBERS)
        numbers.rotate(turn)
        data = dict(zip(fields.names, cycle(numbers), strict=False))
        response = posted(client, address, data | fields.hidden)
        assert response.status_code in {200, 302, 400, 404}, data


def test_there_are_enough_payloads() -> None:
    assert payloads.COUNT >= 60


@pytest.mark.parametrize("name", FORMS)
def test_ids_that_are_not_ours(client: Client, cast: Cast, name: str) -> None:
    """A union beside ours and one that is nowhere are refused alike, without a word about them."""
    address = enter(cast, client, name)
    fields = fields_of(client, address)
    for wrong in (cast.unions["west-1"].pk, 2**62, "NaN", "../1"):
        data = dict.fromkeys(fields.names, str(wrong)) | fields.hidden
        response = posted(client, address, data)
        if not response.streaming:
            assert "西一街道" not in response.content.decode()


@pytest.mark.parametrize("name", POSTS)
def test_lists_where_one_value_is_meant(client: Client, cast: Cast, name: str) -> None:
    address = enter(cast, client, name)
    names = _names_to_post(client, name, address)
    posted(client, address, {field: ["a", "b", "1"] for field in names})
    posted(client, address, {f"{field}[]": ["a", "b"] for field in names})


@pytest.mark.parametrize("name", POSTS)
def test_files_where_text_is_meant(client: Client, cast: Cast, name: str) -> None:
    address = enter(cast, client, name)
    names = _names_to_post(client, name, address)
    posted(client, address, {field: SimpleUploadedFile("机构.txt", b"\x00\xff") for field in names})


#: Names that the pages' buttons post without a form of Django's.
BUTTONS = ["posting", "message", "session", "withdraw", "columns", "action", "name", "query"]


def _names_to_post(client: Client, name: str, address: str) -> list[str]:
    if name in FORMS:
        return fields_of(client, address).names
    return BUTTONS


def _bodies() -> Iterator[tuple[str, str, bytes]]:
    """(what it is, content type, body)."""
    form = "application/x-www-form-urlencoded"
    yield "GBK", f"{form}; charset=gbk", "name=东城区总工会".encode("gbk")
    yield "GBK unannounced", form, "name=东城区总工会".encode("gbk")
    yield "no such charset", f"{form}; charset=klingon", b"name=a"
    yield "broken percent", form, b"name=%E4%B8&%=%&=%zz"
    yield "multipart without boundary", "multipart/form-data", b"name=a"
    yield (
        "multipart cut off",
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="name',
    )
    with_nul = (
        b'--x\r\nContent-Disposition: form-data; name="a\x00b"; filename="c\x00d"\r\n\r\n\x00'
    )
    yield "multipart with a nul", "multipart/form-data; boundary=x", with_nul + b"\r\n--x--\r\n"
    yield "json", "application/json", b'{"name": '
    yield "nothing said", "", b"\xff\xfe\x00"


BODIES = {name: (content_type, body) for name, content_type, body in _bodies()}


@pytest.mark.parametrize("name", POSTS)
def test_bodies_in_odd_encodings(client: Client, cast: Cast, name: str) -> None:
    address = enter(cast, client, name)
    for kind, (content_type, body) in BODIES.items():
        with transaction.atomic():
            response = client.generic("POST", address, body, content_type)
            transaction.set_rollback(True)
        assert response.status_code < 500, kind


def test_body_beyond_the_limit_is_refused_in_words(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ann")
    response = client.post(reverse("union-create"), {"name": "a" * 3_000_000})
    assert response.status_code == 413
    assert _CHINESE.search(response.content.decode())


class Flood(io.RawIOBase):
    """A body without end that counts how much of it was read."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


@pytest.mark.parametrize(
    ("who", "name", "size"),
    [
        ("", "login", 300_000_000),
        ("", "union-import", 5_000_000),
        ("ann", "staff-create", 5_000_000),
        ("ann", "union-import", 300_000_000),
    ],
)
def test_a_flood_is_refused_before_it_is_read(
    client: Client, cast: Cast, who: str, name: str, size: int
) -> None:
    if who:
        cast.sign_in(client, who)
    flood = Flood()
    body: dict[str, Any] = {"wsgi.input": flood, "CONTENT_LENGTH": str(size)}
    kind = "multipart/form-data; boundary=x"
    response = client.generic("POST", reverse(name), content_type=kind, **body)
    assert (response.status_code, flood.taken) == (413, 0)
    assert _CHINESE.search(response.content.decode())


def test_a_file_is_let_in_where_one_is_wanted(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ann")
    file = SimpleUploadedFile("机构.csv", b"\0" * 5_000_000)
    assert client.post(reverse("union-import"), {"file": file}).status_code == 200


def test_too_many_fields_are_refused_in_words(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ann")
    response = client.post(
        reverse("union-create"), {f"field{number}": "" for number in range(1_001)}
    )
    assert response.status_code in {400, 413}
    assert _CHINESE.search(response.content.decode())


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if "GET" in row.methods])
def test_any_text_in_any_parameter(client: Client, cast: Cast, name: str) -> None:
    """The query string of every page: filters, order, page, size, search, next."""
    address = enter(cast, client, name)
    for text in (*TEXTS.values(), *payloads.NUMBERS[::4]):
        with transaction.atomic():
            response = client.get(address, dict.fromkeys(PARAMETERS, text[:1_500]))
            transaction.set_rollback(True)
        assert response.status_code < 500, (name, text)
        if not response.streaming and response.status_code == 200:
            assert Alive(response.content.decode("utf-8", "replace")).found == []


def test_tables_survived(cast: Cast) -> None:
    assert "unions_union" in connection.introspection.table_names()
