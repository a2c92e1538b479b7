"""Every call the matrix makes, and what must come back. The policy at the view is the source."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from relief.lib.access import Audience, Policy
from tests.access_rows import Arguments, Owned, Row, Scoped
from tests.access_table import PLACES, TABLE, targets_for
from tests.cast import PEOPLE, UNIONS, Cast
from tests.strict_client import NOTES
from unions.permissions import CAPABILITIES

#: No view of ours knows these, so all three meet the same wall: each caller tries one of them.
REFUSED_METHODS = ("PUT", "PATCH", "DELETE")
ANONYMOUS = "anonymous"
AT_EAST = [name for name, (_, _, union) in PEOPLE.items() if union == "east"]
CALLERS = [*AT_EAST, "eve", ANONYMOUS]
#: Who looks at the objects of East from below, from beside and from above.
FROM_ELSEWHERE = ["ben", "cai", "zoe"]
#: A page, a redirect after success, or a page that says what is missing.
DONE = {200, 204, 302}


@dataclass(frozen=True)
class Case:
    name: str
    caller: str
    method: str
    arguments: Arguments = field(default_factory=dict)
    place: str = ""
    is_mine: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name} as {self.caller} {self.place}".strip()


class LeanClient(Client):
    """Without the recording of every template and context, which costs more than the page.

    An exception comes back as the 500 page it is. Static files are not looked for: none is asked.
    """

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        kept = [name for name in settings.MIDDLEWARE if not name.startswith("whitenoise.")]
        with override_settings(MIDDLEWARE=kept):
            self.handler.load_middleware()

    def request(self, **request: Any) -> Any:
        return self.handler(self._base_environ(**request))  # type: ignore[attr-defined]


def views(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL of the system with its full name."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from views(entry, inner)
        else:
            yield f"{space}{entry.name or ''}", entry


def policies() -> dict[str, Policy]:
    return {name: policy_of(pattern) for name, pattern in views() if not name.startswith("admin:")}


def policy_of(pattern: URLPattern) -> Policy:
    policy: Policy = pattern.callback.policy  # type: ignore[attr-defined]  # functions carry attributes
    return policy


def is_below(place: str, union: str) -> bool:
    """By the parents of the cast's table, not by any path."""
    while place and place != union:
        place = UNIONS[place][3]
    return bool(place)


def methods_of(caller: str) -> tuple[str, ...]:
    turn = [*CALLERS, *FROM_ELSEWHERE].index(caller)
    return ("GET", "HEAD", "POST", REFUSED_METHODS[turn % len(REFUSED_METHODS)])


def cases(cast: Cast, name: str) -> Iterator[Case]:
    row = TABLE[name]
    if isinstance(row.target, Scoped):
        yield from _scoped_cases(name, targets_for(cast, row.target), policies()[name])
        return
    for caller in CALLERS:
        if isinstance(row.target, Owned):
            yield from _owned_cases(cast, name, row.target, caller)
        else:
            for method in methods_of(caller):
                yield Case(name, caller, method, row.arguments)


def _scoped_cases(name: str, targets: dict[str, Arguments], policy: Policy) -> Iterator[Case]:
    """Who is refused before the object is looked up tries one of the own and one from outside.

    That it comes before is the matter of test_the_policy_is_the_outermost_wall.
    """
    for caller in [*CALLERS, *FROM_ELSEWHERE]:
        for place, arguments in targets.items():
            if place not in {"east", "west"} and not passes_policy(caller, policy):
                continue
            methods = methods_of(caller) if place == "east" else ("GET", "POST")
            for method in methods:
                yield Case(name, caller, method, arguments, place)


def _owned_cases(cast: Cast, name: str, target: Owned, caller: str) -> Iterator[Case]:
    if caller != ANONYMOUS:
        mine = target.make(cast.accounts[caller])
        for method in methods_of(caller):
            yield Case(name, caller, method, mine, "own", is_mine=True)
    for place, arguments in (
        ("somebody else's", target.make(cast.accounts["kay" if caller != "kay" else "mia"])),
        ("absent", target.absent),
    ):
        for method in ("GET", "POST"):
            yield Case(name, caller, method, arguments, place)


def expected(case: Case, policy: Policy) -> set[int]:
    """The statuses the declaration allows. The order is the order of the walls."""
    row = TABLE[case.name]
    if not passes_policy(case.caller, policy):
        return {302} if case.caller == ANONYMOUS else {403}
    if case.method not in row.methods:
        return {405}
    if not _sees(case, row):
        return {404}
    answer = row.answers.get(case.method)
    if answer is None:
        return DONE
    return {answer(case) if callable(answer) else answer}


def passes_policy(caller: str, policy: Policy) -> bool:
    """Whether the caller comes as far as the view."""
    if policy.audience is Audience.CAPABLE:
        return _is_capable(caller, policy)
    return caller != ANONYMOUS or policy.audience is Audience.PUBLIC


def _is_capable(caller: str, policy: Policy) -> bool:
    if caller not in PEOPLE:
        return False
    held = CAPABILITIES[PEOPLE[caller][1]]
    return any(capability in held for capability in policy.capabilities)


def _sees(case: Case, row: Row) -> bool:
    if isinstance(row.target, Owned):
        return case.is_mine
    if isinstance(row.target, Scoped):
        return case.place in PLACES and is_below(case.place, PEOPLE[case.caller][2])
    return True


@dataclass(frozen=True)
class Outcome:
    response: HttpResponseBase
    written: dict[str, int]


class Calls:
    """Makes one call after the other; what a call wrote is counted, and undone.

    PostgreSQL goes on counting what was undone, so each count is where the next one begins.
    """

    def __init__(self) -> None:
        self._written = rows_written()

    def call(self, client: Client, case: Case) -> Outcome:
        path = reverse(case.name, kwargs=case.arguments)
        with transaction.atomic():
            response = client.generic(case.method, path)
            after = rows_written()
            transaction.set_rollback(True)
        before, self._written = self._written, after
        written = {table: count - before.get(table, 0) for table, count in after.items()}
        return Outcome(response, {table: count for table, count in written.items() if count})


def rows_written() -> dict[str, int]:
    """Table → rows inserted, changed and deleted so far in this transaction, triggers included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return {table: count for table, count in cursor.fetchall() if not NOTES.fullmatch(table)}


def complaint(case: Case, outcome: Outcome, wanted: set[int]) -> str:
    """What is wrong with the answer, or nothing."""
    status = outcome.response.status_code
    if status not in wanted:
        return f"{case}: {status} instead of {sorted(wanted)}"
    # A post that is answered with a page has refused something; one with a file has been listed.
    is_done = status in DONE - {200} or outcome.response.has_header("Content-Disposition")
    is_harmless = case.method in {"GET", "HEAD"} or not is_done
    if outcome.written and is_harmless:
        return f"{case}: {status}, and wrote {outcome.written}"
    if case.caller == ANONYMOUS and wanted == {302} and not _leads_to_log_in(outcome.response):
        return f"{case}: leads to {outcome.response.get('Location')}"
    return ""


def _leads_to_log_in(response: HttpResponseBase) -> bool:
    return response.get("Location", "").startswith(reverse("login") + "?next=")
