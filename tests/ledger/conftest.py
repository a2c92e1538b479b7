from collections.abc import Iterator

import pytest
from django.db import connection

from ledger.checks import breaches
from tests.cast import Cast
from tests.ledger.world import World, build


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


@pytest.fixture(autouse=True)
def _check_ledger_is_green(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test of the ledger, unless it breaks the ledger on purpose."""
    yield
    breaks_it = request.node.get_closest_marker("breaks_ledger") is not None
    if breaks_it or "db" not in request.fixturenames or connection.needs_rollback:
        return
    assert list(breaches()) == []
