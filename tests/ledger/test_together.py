"""Sixteen at once: not a fen too much, no act half done or done twice, no error unworded."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from ledger.checks import breaches
from tests.beneficiaries.test_ledger_together import killed_at
from tests.cast import Cast
from tests.ledger.storm import SCENARIOS, Size
from tests.ledger.world import World, build, yuan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_sixteen_at_once(cast: Cast, scenario: Callable[[World, Size], Counter[str]]):
    found = scenario(build(cast), Size())
    assert found[""] > 0
    assert list(breaches()) == []


def test_killed_at_any_statement_an_act_is_done_or_not(cast: Cast):
    world = build(cast)
    world.receive(yuan(1000))
    statement, kills = 1, 0
    while killed_at(statement, lambda: world.allot(yuan(10), "east-1", "east-2")):
        assert [world.there(at) for at in ("east", "east-1", "east-2")] == [1000, 0, 0]
        assert list(breaches()) == []
        kills += 1
        statement += 1
    assert kills >= 3
    connection.close()
    assert [world.there(at) for at in ("east", "east-1", "east-2")] == [980, 10, 10]
