"""One line per request, an id that nobody sends in, headers on every answer."""

import logging
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import Cast
from tests.logs.canaries import ID_NUMBER, NAME, PHONE, found_in
from tests.logs.conftest import Lines

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.logs.urls")]

ID = re.compile(r"[2-9A-HJKMNP-TW-Z]{4}-[2-9A-HJKMNP-TW-Z]{4}")


@pytest.fixture
def quiet_client(client: Client) -> Client:
    """Shows the error page, as a server does, where the test client would raise."""
    client.raise_request_exception = False
    return client


def test_every_request_has_one_line_with_its_view_and_status(
    lines: Lines, quiet_client: Client
) -> None:
    quiet_client.get("/test/camera/", {"name": NAME, "id": ID_NUMBER})
    quiet_client.get("/no/such/page/")
    quiet_client.post("/test/crash/", {"phone": PHONE})
    found, missing, crashed = lines.of("relief.lib.request_log")
    assert (found["view"], found["status"], found["method"]) == ("test-camera", 200, "GET")
    assert isinstance(found["ms"], int)
    assert missing["status"] == 404
    assert (crashed["view"], crashed["status"]) == ("test-crash", 500)
    assert found_in(lines.text) == []


@pytest.mark.parametrize("path", ["/test/crash/", "/test/refused-row/"])
def test_crash_is_logged_without_its_words(lines: Lines, quiet_client: Client, path: str) -> None:
    response = quiet_client.post(path, {"q": NAME})
    (error,) = [line for line in lines.of("django.request") if line["level"] == "ERROR"]
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert error["error"][0]["at"], "the places in the code are there"
    assert found_in(lines.text) == []


def test_refused_row_is_logged_with_its_constraint(lines: Lines, quiet_client: Client) -> None:
    quiet_client.post("/test/refused-row/")
    (error,) = [line for line in lines.of("django.request") if line["level"] == "ERROR"]
    assert error["error"][0]["sqlstate"] == "23505"
    assert error["error"][0]["constraint"] == "jobs_nightlyrun_once_a_day"


def test_path_of_an_unknown_page_is_not_logged(lines: Lines, client: Client) -> None:
    client.get(f"/people/{NAME}/{PHONE}/")
    assert found_in(lines.text) == []


def test_id_is_ours_and_new_for_every_request(client: Client) -> None:
    sent = "AAAA-AAAA"
    ids = {
        client.get("/test/camera/", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
        for _ in range(20)
    }
    assert len(ids) == 20
    assert sent not in ids
    assert all(ID.fullmatch(request_id) for request_id in ids)


def test_log_line_cannot_be_forged_by_a_request(lines: Lines, client: Client) -> None:
    client.get("/x%0a{%22level%22:%22FORGED%22}/", headers={"User-Agent": "a\\nb"})
    assert all(line["level"] != "FORGED" for line in lines)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/test/camera/", 200),
        ("/jobs/", 302),
        ("/csp-report/", 405),
        ("/no/such/page/", 404),
        ("/test/crash/", 500),
    ],
)
def test_headers_are_on_every_status(quiet_client: Client, path: str, status: int) -> None:
    response = quiet_client.get(path)
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in response.headers["Permissions-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert ID.fullmatch(response.headers["X-Request-ID"])
    assert "Server" not in response.headers


def test_only_a_marked_page_may_use_the_camera(client: Client) -> None:
    assert "camera=(self)" in client.get("/test/camera/").headers["Permissions-Policy"]
    assert "camera=()" in client.get("/healthz").headers["Permissions-Policy"]


def test_static_files_may_be_kept(client: Client) -> None:
    response = client.get(f"{settings.STATIC_URL}css/tokens.css")
    assert response.status_code == 200
    assert "no-store" not in response.headers.get("Cache-Control", "")
    response.close()
    missing = client.get(f"{settings.STATIC_URL}css/none.css")
    assert missing.headers["Cache-Control"] == "no-store"


def test_static_files_and_health_are_logged_only_for_debugging(
    lines: Lines, client: Client
) -> None:
    client.get(f"{settings.STATIC_URL}css/tokens.css").close()
    client.get("/healthz")
    assert {line["level"] for line in lines.of("relief.lib.request_log")} == {"DEBUG"}


def test_unknown_method_is_not_written_down(lines: Lines, client: Client) -> None:
    client.generic(NAME, "/test/camera/")
    assert lines.of("relief.lib.request_log")[0]["method"] == "OTHER"


def test_line_says_who_asked_in_which_posting(lines: Lines, client: Client, cast: Cast) -> None:
    staff = cast.people["ben"]
    cast.sign_in(client, "ben")
    client.get("/jobs/")
    line = lines.of("relief.lib.request_log")[0]
    assert (line["actor"], line["posting"]) == (staff.user_id, staff.pk)
    assert line["union"] == staff.union.code


def test_context_ends_with_the_request(lines: Lines, client: Client) -> None:
    client.get("/test/camera/")
    logging.getLogger("tests.logs").warning("later")
    later: dict[str, Any] = lines.of("tests.logs")[0]
    assert "request_id" not in later


def test_a_wrong_host_is_one_line_and_no_error(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert client.get("/login/", headers={"host": "evil.example"}).status_code == 400
    told = [(record.name, record.levelname) for record in caplog.records]
    assert told == [("relief.lib.request_log", "INFO")]
