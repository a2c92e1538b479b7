"""No line of the log says who somebody is, and no value can make a line of its own."""

import json
import logging
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from relief.jobs.models import Job, NightlyRun
from relief.lib import logs
from tests.logs.canaries import ID_NUMBER, NAME, PHONE, found_in
from tests.logs.conftest import Lines

logger = logging.getLogger("tests.logs")


def refuse_by_check() -> None:
    """A CHECK quotes the whole row: "Failing row contains (…)"."""
    Job.objects.create(kind="x", title=f"{NAME} {ID_NUMBER}", owner_id=1, status="lost")


def refuse_by_unique() -> None:
    """A UNIQUE quotes the key: "Key (name, day)=(…) already exists"."""
    for _ in range(2):
        NightlyRun.objects.create(name=f"{NAME} {ID_NUMBER}", day=date(2026, 1, 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("refuse", "sqlstate", "constraint"),
    [
        (refuse_by_check, "23514", "jobs_job_status_known"),
        (refuse_by_unique, "23505", "jobs_nightlyrun_once_a_day"),
    ],
)
def test_database_error_is_reduced_to_state_and_constraint(
    lines: Lines, refuse: object, sqlstate: str, constraint: str
) -> None:
    assert callable(refuse)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        refuse()
    assert found_in(str(caught.value)), "PostgreSQL no longer quotes rows: this test proves nothing"

    later = RuntimeError(f"no luck with {NAME}")
    later.__cause__ = caught.value
    logger.error("could not store %s: %s", PHONE, caught.value, exc_info=later)
    logger.error(later, exc_info=later)
    logger.error(f"told as text: {caught.value}")  # noqa: G004 (what careless code does)

    assert found_in(lines.text) == []
    first, second, third = lines.of("tests.logs")
    assert first["message"].endswith(f"django.db.utils.IntegrityError {sqlstate} {constraint}")
    chain = {entry["type"]: entry for entry in first["error"]}
    assert chain["django.db.utils.IntegrityError"]["constraint"] == constraint
    assert chain["django.db.utils.IntegrityError"]["sqlstate"] == sqlstate
    assert "builtins.RuntimeError" in chain
    assert any(place.startswith("tests/logs/test_logs.py:") for place in first["error"][1]["at"])
    assert second["message"] == "builtins.RuntimeError"
    assert third["message"].startswith("told as text: ")


@pytest.mark.django_db
def test_value_that_the_database_cannot_read_is_not_quoted(lines: Lines) -> None:
    with pytest.raises(Exception, match=NAME) as caught, transaction.atomic():
        connection.cursor().execute("SELECT %s::text::integer", [NAME])
    logger.error("refused", exc_info=caught.value)
    assert found_in(lines.text) == []
    assert lines.of("tests.logs")[0]["error"][0]["sqlstate"] == "22P02"


@pytest.mark.parametrize(
    "value",
    [
        'x\n{"level": "CRITICAL", "message": "forged"}',
        "x\r\nforged",
        "x\u2028forged",
        "x\x85forged",
        "x\x1b[2Kforged",
        "x\ud800forged",
    ],
    ids=["newline", "carriage return", "line separator", "next line", "escape", "surrogate"],
)
def test_value_cannot_begin_a_line(value: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "typed: %s", (value,), None)
    record.page = value
    text = logs.JsonFormatter().format(record)
    assert len(text.splitlines()) == 1
    assert text.isascii()
    line = json.loads(text)
    assert (line["level"], line["message"]) == ("WARNING", f"typed: {value}")


def test_wrong_arguments_are_not_printed_anywhere() -> None:
    """Where a formatter raises, logging prints the arguments to stderr as they are."""
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "two %s %s", (NAME,), None)
    assert json.loads(logs.JsonFormatter().format(record))["message"] == "two %s %s"


def test_objects_and_unknown_extras_are_left_out(lines: Lines) -> None:
    logger.warning("saved %s", {"name": NAME}, extra={"form": {"name": NAME}, "rows": 3})
    logger.warning("saved %s %s", Job(title=NAME), [NAME])
    assert found_in(lines.text) == []
    assert lines.of("tests.logs")[0]["rows"] == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ID {ID_NUMBER}.", "ID [digits]."),
        (f"phone {PHONE}", "phone [digits]"),
        ("11010119900307231X is typed", "[digits] is typed"),
        ("job 0193a5b0-1c2d-7abc-8def-123456789012", "job 0193a5b0-1c2d-7abc-8def-123456789012"),
        ("3456789012 rows", "3456789012 rows"),
        ("bad\nDETAIL:  Key (name)=(x) exists.", "bad [cut]"),
        ("bad. Failing row contains (x).", "bad. [cut]".replace(". [", ". [")),
    ],
)
def test_scrub_cuts_numbers_and_what_the_database_quotes(text: str, expected: str) -> None:
    assert logs.scrub(text) == expected


def test_endless_chain_of_causes_ends(lines: Lines) -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    logger.error("circle", exc_info=first)
    assert len(lines.of("tests.logs")[0]["error"]) == 2


def test_line_says_who_acts_once_it_is_known(lines: Lines) -> None:
    token = logs.start(logs.RequestContext(request_id="K7Q2-M9XW", view="home"))
    logger.info("before")
    logs.bind(actor=7, posting=12, union="110101")
    logger.info("after")
    logs.stop(token)
    logs.bind(actor=8)
    logger.info("outside")
    before, after, outside = lines.of("tests.logs")
    assert "actor" not in before
    assert (after["request_id"], after["view"]) == ("K7Q2-M9XW", "home")
    assert (after["actor"], after["posting"], after["union"]) == (7, 12, "110101")
    assert "actor" not in outside


def test_time_is_utc(lines: Lines) -> None:
    logger.info("now")
    assert lines.of("tests.logs")[0]["time"].endswith("+00:00")


def test_formatter_survives_a_record_without_arguments() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "100 %", None, None)
    assert json.loads(logs.JsonFormatter().format(record))["message"] == "100 %"
