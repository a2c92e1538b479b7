"""The test client that looks at every answer, whatever the test was about."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, TestCase

from tests.html_balance import problems_of

SAFE = {"GET", "HEAD", "OPTIONS"}
#: A GET may note that a session is alive, that something was refused, how often somebody searched.
NOTES = re.compile(r"unions_session|unions_ratewindow|audit_\w+|axes_\w+")
_WRITE = re.compile(
    r"(?:^|;)\s*(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|COPY)\s+(?:ONLY\s+)?\"?(\w+)",
    re.IGNORECASE,
)


class WriteWatch:
    """An execute wrapper that collects the tables written to, notes left out."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        for table in _WRITE.findall(str(sql)):
            if not NOTES.fullmatch(table):
                self.tables.add(table)
        return execute(sql, params, many, context)


class StrictClient(Client):
    """Refuses pages that are out of balance, carry anything inline, or write on GET.

    Runs what was put off until the commit, which a test's own transaction never reaches.
    """

    def request(self, **request: Any) -> Any:
        watch = WriteWatch()
        with TestCase.captureOnCommitCallbacks(execute=True), connection.execute_wrapper(watch):
            response = super().request(**request)
        where = f"{request.get('REQUEST_METHOD')} {request.get('PATH_INFO')}"
        if request.get("REQUEST_METHOD") in SAFE:
            assert not watch.tables, f"{where} writes to {sorted(watch.tables)}"
        assert_well_formed(response, where)
        return response


def assert_well_formed(response: HttpResponseBase, where: str) -> None:
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return
    markup = response.content.decode()  # type: ignore[attr-defined]  # not streaming: it has one
    assert not (problems := problems_of(markup)), f"{where}: {problems}"
