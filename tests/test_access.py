"""Who gets what from every address of the system: the matrix of SECURITY §6 row 1 and row 15.

Outside the subtree an object does not exist (404), who is not entitled is refused (403), who is not
known is asked to log in (302), a wrong method is told so (405), and none of these writes a row.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from inspect import unwrap
from typing import Any, get_type_hints

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from relief.lib.access import Audience, Policy
from tests import access_cases as matrix
from tests.access_cases import ANONYMOUS, CALLERS, FROM_ELSEWHERE, Case, LeanClient
from tests.access_rows import Scoped
from tests.access_table import TABLE
from tests.cast import PEOPLE, Cast
from unions.access import StaffRequest, needs
from unions.models import Union
from unions.permissions import Capability, Role
from unions.sessions import CONFIRMED

#: The code of what `needs` puts around a view.
GUARD = needs(Capability.VIEW_UNIONS)(lambda request: HttpResponse()).__code__
#: Arguments that every address of the Django admin takes some of.
ADMIN_ARGUMENTS = {
    "object_id": "1",
    "pk": 1,
    "app_label": "codes",
    "url": "no/such/page/",
}
#: These open for everybody who is logged in and only lead back; each has a policy of its own.
ADMIN_DOORS = {"admin:login", "admin:logout", "admin:password_change", "admin:password_change_done"}
ADMIN_NAMES = sorted(
    {name for name, _ in matrix.views() if name.startswith("admin:")} - {"admin:"} - ADMIN_DOORS
)


@pytest.fixture(scope="module")
def cast(standing_cast: Cast) -> Iterator[Cast]:
    """Every call is undone, so it stays as it was made. Refusals are short: they are many."""
    logging.disable()  # what is logged is the matter of tests/logs
    with override_settings(ROOT_URLCONF="tests.access_urls"):
        yield standing_cast
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def clients(cast: Cast) -> dict[str, Client]:
    """One signed-in client per caller."""
    found: dict[str, Client] = {ANONYMOUS: LeanClient()}
    for name in [*CALLERS, *FROM_ELSEWHERE]:
        if name != ANONYMOUS:
            found[name] = LeanClient()
            cast.sign_in(found[name], name)
            session = found[name].session  # stays confirmed, however long the matrix takes
            session[CONFIRMED] = (timezone.now() + timedelta(days=1)).isoformat()
            session.save()
    return found


def test_every_view_declares_its_policy() -> None:
    undeclared = [
        name
        for name, pattern in matrix.views()
        if not name.startswith("admin:")
        and not isinstance(getattr(pattern.callback, "policy", None), Policy)
    ]
    assert undeclared == []


def test_only_behind_needs_a_view_may_count_on_a_posting() -> None:
    """Elsewhere `request.staff` may be None, and the type has to say so."""
    hopeful = [
        name
        for name, pattern in matrix.views()
        if isinstance(policy := getattr(pattern.callback, "policy", None), Policy)
        and policy.audience is not Audience.CAPABLE
        and StaffRequest in get_type_hints(unwrap(pattern.callback)).values()
    ]
    assert hopeful == []


def test_the_policy_is_the_outermost_wall() -> None:
    """`wraps` hands the policy on to whatever wraps it; what asks first must be `needs` itself."""
    later = [
        name
        for name, pattern in matrix.views()
        if isinstance(policy := getattr(pattern.callback, "policy", None), Policy)
        and policy.audience is Audience.CAPABLE
        and pattern.callback.__code__ is not GUARD
    ]
    assert later == []


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = {name for name, _ in matrix.views() if not name.startswith("admin:")}
    assert names == set(TABLE)


def test_rows_and_policies_name_the_same_objects() -> None:
    named = {name: policy.object_model for name, policy in matrix.policies().items()}
    made = {
        name: row.target.label if isinstance(row.target, Scoped) else ""
        for name, row in TABLE.items()
    }
    assert named == made


def test_every_role_stands_in_the_matrix() -> None:
    assert {PEOPLE[name][1] for name in matrix.AT_EAST} == set(Role)


def test_matrix_is_large_enough(cast: Cast, record_property: Any) -> None:
    count = sum(1 for name in TABLE for _ in matrix.cases(cast, name))
    count += len(ADMIN_NAMES) * len(CALLERS) * 2
    record_property("cases", count)
    print(f"access matrix: {count} cases")  # noqa: T201 (the figure of the report)
    assert count >= 5_000


def test_a_written_row_is_noticed(cast: Cast) -> None:
    """The eye of the matrix itself: it sees an update, and what a trigger writes with it."""
    before = matrix.rows_written()
    with transaction.atomic():
        Union.objects.filter(pk=cast.unions["west"].pk).update(name="改名")
        after = matrix.rows_written()
        transaction.set_rollback(True)
    assert after["unions_union"] == before["unions_union"] + 1
    assert after["unions_unionevent"] == before["unions_unionevent"] + 1


@pytest.mark.parametrize("name", TABLE)
def test_address_answers_as_declared(cast: Cast, clients: dict[str, Client], name: str) -> None:
    policy = matrix.policies()[name]
    cases = list(matrix.cases(cast, name))
    calls = matrix.Calls()
    complaints = []
    for case in cases:
        outcome = calls.call(clients[case.caller], case)
        complaints.append(matrix.complaint(case, outcome, matrix.expected(case, policy)))
    assert [complaint for complaint in complaints if complaint] == []


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if "POST" in row.methods])
def test_post_without_its_token_is_refused(cast: Cast, name: str) -> None:
    """Whoever asks, and also with a token but from another site."""
    if name == "csp-report":
        pytest.skip("the browser itself sends these; it has no token to send")
    client = LeanClient(enforce_csrf_checks=True)
    case = next(
        case
        for case in matrix.cases(cast, name)
        if case.method == "POST" and case.place != "absent"
    )
    for caller in (ANONYMOUS, "ann"):
        if caller != ANONYMOUS:
            cast.sign_in(client, caller)
        outcome = matrix.Calls().call(client, case)
        assert outcome.response.status_code == 403
        assert outcome.written == {}


@pytest.mark.parametrize("name", ADMIN_NAMES)
def test_admin_is_for_system_administrators_only(
    cast: Cast, clients: dict[str, Client], name: str
) -> None:
    """One rule for all its addresses: everybody else is led away before anything happens."""
    arguments = _admin_arguments(name)
    calls = matrix.Calls()
    for caller in CALLERS:
        for method in ("GET", "POST"):
            case = Case(name, caller, method, arguments)
            outcome = calls.call(clients[caller], case)
            is_led_away = _is_led_to_log_in(outcome.response)
            assert outcome.response.status_code < 500, case
            assert is_led_away == (caller != "sam"), case
            assert outcome.written == {}, case


@pytest.mark.parametrize("name", ADMIN_NAMES)
def test_admin_asks_for_the_second_factor(
    clients: dict[str, Client], settings: Any, name: str
) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.SYSTEM_ADMIN]
    case = Case(name, "sam", "GET", _admin_arguments(name))
    outcome = matrix.Calls().call(clients["sam"], case)
    assert outcome.response.status_code == 302
    assert outcome.response["Location"].startswith(reverse("second-factor-setup"))


@pytest.mark.parametrize("name", sorted(ADMIN_DOORS))
def test_doors_of_the_admin_only_lead_back(clients: dict[str, Client], name: str) -> None:
    policy = next(matrix.policy_of(pattern) for found, pattern in matrix.views() if found == name)
    calls = matrix.Calls()
    for caller in CALLERS:
        for method in ("GET", "POST"):
            outcome = calls.call(clients[caller], Case(name, caller, method))
            refused = name == "admin:login" and caller not in {"sam", ANONYMOUS}
            assert outcome.response.status_code in ({403} if refused else {302, 307})
            assert outcome.written == {}
            if caller == ANONYMOUS and policy.audience is not Audience.PUBLIC:
                assert _is_led_to_log_in(outcome.response)


def _is_led_to_log_in(response: Any) -> bool:
    target = str(response.get("Location", ""))
    return bool(response.status_code == 302) and target.startswith(
        (reverse("login"), "/admin/login/")
    )


def _admin_arguments(name: str) -> dict[str, Any]:
    """As many of the arguments as the address takes."""
    pattern = next(pattern for found, pattern in matrix.views() if found == name)
    wanted = pattern.pattern.regex.groupindex
    arguments = {key: value for key, value in ADMIN_ARGUMENTS.items() if key in wanted}
    try:
        reverse(name, kwargs=arguments)
    except NoReverseMatch:
        pytest.fail(f"{name} takes arguments that ADMIN_ARGUMENTS has not: {list(wanted)}")
    return arguments
