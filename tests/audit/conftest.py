from collections.abc import Iterator

import pytest

from tests.audit.attacker import as_superuser, run

#: Chains that the tests of this folder write; their events are of invented postings.
CHAINS = ("CITY", "EAST", "WEST", "NEW")
RULE = "ALTER TABLE audit_event {} TRIGGER unions_event_is_of_posting"


@pytest.fixture(autouse=True)
def chains(request: pytest.FixtureRequest) -> Iterator[None]:
    """Chains without unions, open to any event: here it is about links, not about who acts."""
    mark = request.node.get_closest_marker("django_db")
    is_kept = bool(mark and mark.kwargs.get("transaction"))
    request.getfixturevalue("transactional_db" if is_kept else "db")
    if "cast" in request.fixturenames:  # it puts the table of chains back as the cast left it
        request.getfixturevalue("cast")
    with as_superuser():
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run(RULE.format("DISABLE"))
        for chain in CHAINS:
            run(
                "INSERT INTO audit_chainhead (chain, seq, hash) VALUES (%s, 0, repeat('0', 64))",
                [chain],
            )
    yield
    if is_kept:  # the other tests roll it back
        with as_superuser():
            run(RULE.format("ENABLE"))
