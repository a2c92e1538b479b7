"""Error pages and the components page, rendered as a visitor gets them."""

import re

import psycopg
import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from django.test.html import parse_html

from relief import components, errors

PAGES = {
    "400": lambda request: errors.bad_request(request, ValueError()),
    "403": lambda request: errors.permission_denied(request, PermissionDenied()),
    "404": lambda request: errors.page_not_found(request, Http404()),
    "413": lambda request: errors.bad_request(request, RequestDataTooBig()),
    "429": lambda request: errors.too_many_requests(request, 30),
}


@pytest.fixture
def request_():
    request = RequestFactory().get("/components/")
    request.request_id = "K7Q2-M9XW"  # type: ignore[attr-defined]  # ours
    request.staff = None  # type: ignore[attr-defined]  # ours
    return request


@pytest.mark.django_db
@pytest.mark.parametrize("status", PAGES)
def test_an_error_page_says_what_was_kept_and_what_to_quote(request_, status):
    response = PAGES[status](request_)
    text = response.content.decode()
    assert response.status_code == int(status)
    assert "K7Q2-M9XW" in text
    assert re.search("数据|内容", text)
    assert "回首页" in text
    assert parse_html(text)


@pytest.mark.django_db
def test_403_names_who_can_help(request_):
    text = PAGES["403"](request_).content.decode()
    assert "安全管理员" in text
    assert "区级管理员" in text


@pytest.mark.django_db
def test_429_says_when_in_words_and_in_the_header(request_):
    response = PAGES["429"](request_)
    assert response["Retry-After"] == "30"
    assert "30 秒" in response.content.decode()


@pytest.mark.django_db
def test_a_stale_token_says_that_nothing_was_sent(request_):
    response = errors.csrf_failure(request_, "CSRF cookie not set.")
    assert response.status_code == 403
    assert "没有提交" in response.content.decode()
    assert "CSRF" not in response.content.decode().replace("X-CSRFToken", "")


def test_500_needs_no_database_and_no_context(request_):
    """No django_db mark: a query would fail this test."""
    response = errors.server_error(request_)
    assert response.status_code == 500
    assert "K7Q2-M9XW" in response.content.decode()


@pytest.mark.parametrize(
    ("state", "status"), [("55P03", 503), ("40P01", 503), ("57014", 500), ("08006", 500)]
)
def test_who_waited_too_long_for_a_lock_is_told_to_try_again(request_, state, status):
    def refuse():
        raise OperationalError("said the server") from psycopg.errors.lookup(state)()

    try:
        refuse()
    except OperationalError:
        response = errors.server_error(request_)
    text = response.content.decode()
    assert response.status_code == status
    assert ("请等 <b>10 秒</b>" in text) == (status == 503)
    assert response.get("Retry-After") == ("10" if status == 503 else None)
    assert "K7Q2-M9XW" in text


def test_500_before_the_request_has_an_id():
    assert errors.server_error(RequestFactory().get("/")).status_code == 500


@pytest.mark.django_db
def test_the_components_page_shows_everything(request_):
    response = components.components_page(request_)
    text = response.content.decode()
    assert response.status_code == 200
    for block in ("kpi", "equation", "stepper", "bars", "plot", "pairs", "table", "filter-bar",
                  "chooser", "pager", "bulk", "empty", "grid", "error-summary", "chips", "money",
                  "typeahead", "signature", "photos", "tasks", "job", "timeline",
                  "note", "tag", "confirm-list", "searchbox", "progress", "form-a4"):  # fmt: skip
        assert re.search(rf'class="(?:[^"]*\s)?{block}[\s"]', text), block


@pytest.mark.django_db
def test_ids_on_the_components_page_are_unique(request_):
    text = components.components_page(request_).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.django_db
def test_htmx_gets_the_rows_only(request_):
    request_.META["HTTP_HX_REQUEST"] = "true"
    text = components.components_page(request_).content.decode()
    assert text.lstrip().startswith("<section")
    assert "<html" not in text


def test_the_components_page_is_not_there_in_production(request_, settings):
    settings.DEBUG = False
    settings.ENVIRONMENT = "production"
    for view in (
        components.components_page,
        components.components_search,
        components.components_progress,
    ):
        with pytest.raises(Http404):
            view(request_)
