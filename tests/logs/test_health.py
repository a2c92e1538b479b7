"""What the supervisor may ask, who may ask it, and what CSP reports leave behind."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from relief import health
from relief.jobs.models import Job
from tests.audit.attacker import as_superuser, run
from tests.logs.canaries import NAME, found_in
from tests.logs.conftest import Lines

READY = {"database": True, "disk": True, "migrations": True, "queue": True}


def test_alive_without_a_database(client: Client) -> None:
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    response = client.get(reverse("readyz"))
    assert response.status_code == 200
    assert response.json() == {"ready": True, "checks": READY}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.9"}, 404),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
    ],
    ids=["loopback", "loopback 6", "office", "socket", "proxied", "spoofed", "spoofed direct"],
)
def test_only_the_machine_itself_may_ask(
    client: Client, headers: dict[str, Any], status: int
) -> None:
    assert client.get(reverse("readyz"), **headers).status_code == status


@pytest.mark.django_db
def test_other_networks_can_be_allowed(client: Client, settings: Any) -> None:
    settings.READINESS_NETWORKS = ["10.1.0.0/16"]
    assert client.get(reverse("readyz"), REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get(reverse("readyz"), REMOTE_ADDR="127.0.0.1").status_code == 404


@pytest.mark.django_db
def test_waiting_queue_is_not_ready(client: Client) -> None:
    job = Job.objects.create(kind="x", title="x", owner_id=1)
    assert client.get(reverse("readyz")).status_code == 200
    Job.objects.filter(pk=job.pk).update(queued_at=timezone.now() - timedelta(minutes=6))
    response = client.get(reverse("readyz"))
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": READY | {"queue": False}}


@pytest.mark.django_db
def test_missing_migration_is_not_ready(client: Client) -> None:
    with as_superuser():
        run("DELETE FROM django_migrations WHERE app = 'codes'")
    assert client.get(reverse("readyz")).json()["checks"]["migrations"] is False


@pytest.fixture
def unreachable_database(transactional_db: None) -> Iterator[None]:
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nonexistent"
    yield
    connection.settings_dict["HOST"] = host


def test_unreachable_database_is_not_ready_and_names_nothing(
    client: Client, unreachable_database: None
) -> None:
    response = client.get(reverse("readyz"))
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": {"database": False, "disk": True}}
    assert client.get(reverse("healthz")).status_code == 200


@pytest.mark.django_db
def test_higher_app_can_add_a_check(client: Client) -> None:
    def keys() -> list[tuple[str, bool]]:
        return [("keys", False)]

    health.readiness.register(keys)
    try:
        assert client.get(reverse("readyz")).json()["checks"]["keys"] is False
    finally:
        health.readiness.unregister(keys)


def send(client: Client, body: Any) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = client.post(reverse("csp-report"), content, content_type="application/csp-report")
    return response.status_code


def test_report_leaves_rule_and_page(client: Client, lines: Lines) -> None:
    report = {
        "effective-directive": "script-src",
        "document-uri": f"https://relief.example/unions/?q={NAME}#x",
        "blocked-uri": f"https://evil.example/{NAME}",
        "script-sample": NAME,
    }
    assert send(client, {"csp-report": report}) == 204
    (line,) = lines.of("relief.health")
    assert (line["rule"], line["page"]) == ("script-src", "/unions/")
    assert found_in(lines.text) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 16_000,
        b"null",
        b"[]",
        b'{"csp-report": 1}',
        b'{"csp-report": {"document-uri": "http://["}}',
    ],
)
def test_broken_report_breaks_nothing(client: Client, body: bytes) -> None:
    assert send(client, body) in {204, 400}


def test_report_cannot_carry_words_in_its_fields(client: Client, lines: Lines) -> None:
    report = {"violated-directive": f"{NAME} x", "document-uri": f"https://x.example/{NAME}"}
    send(client, {"csp-report": report})
    (line,) = lines.of("relief.health")
    assert (line["rule"], line["page"]) == ("-", "-")


def test_large_report_is_refused(client: Client) -> None:
    assert send(client, b" " * 17_000) == 413


def test_reports_of_one_address_do_not_fill_the_log(
    client: Client, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_reported", health._Reported())
    for _ in range(3 * health.REPORTS_OF_AN_ADDRESS):
        assert send(client, {"csp-report": {"effective-directive": "script-src"}}) == 204
    # Two windows where the minute turns meanwhile.
    assert 0 < len(lines.of("relief.health")) <= 2 * health.REPORTS_OF_AN_ADDRESS
    levels = {line["level"] for line in lines.of("relief.lib.request_log")}
    assert levels <= {"DEBUG"}
