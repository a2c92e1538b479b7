from typing import Any

import pytest

from audit.models import Event
from audit.pace import note_decision
from audit.services import Actor, record_event
from tests.audit.attacker import as_superuser, run
from tests.cast import Cast
from unions.services.trail import record

pytestmark = pytest.mark.django_db

KAY = Actor(user_id=7, staff_id=8, role="checker", union_code="EAST", union_path="CITY/EAST/")
OTHER = Actor(user_id=9, staff_id=10, role="checker", union_code="EAST", union_path="CITY/EAST/")


def decide(count: int, actor: Actor = KAY) -> None:
    for _ in range(count):
        record_event(actor=actor, action=Event.Action.DECIDE)
        note_decision(actor)


def flags() -> list[Event]:
    return list(Event.objects.filter(action=Event.Action.FLAG))


def grow_old(seconds: int) -> None:
    """As if everything so far had happened earlier; the database has a clock of its own."""
    with as_superuser(silent=True):
        run("UPDATE audit_event SET at = at - make_interval(secs => %s)", [seconds])


def test_thirty_decisions_a_minute_are_fast_but_human():
    decide(30)
    assert flags() == []


def test_the_31st_decision_within_a_minute_is_flagged_once():
    decide(35)
    (flag,) = flags()
    assert flag.details == {"decisions": 31, "seconds": 60}
    assert (flag.actor_id, flag.chain, flag.result) == (7, "EAST", "done")


def test_two_people_do_not_add_up():
    decide(20)
    decide(20, OTHER)
    assert flags() == []


def test_decisions_of_the_minute_before_do_not_count():
    decide(30)
    grow_old(61)
    decide(30)
    assert flags() == []


def test_who_goes_on_is_flagged_again_a_minute_later():
    decide(31)
    grow_old(61)
    decide(31)
    assert len(flags()) == 2


def test_other_acts_do_not_count():
    for _ in range(40):
        record_event(actor=KAY, action=Event.Action.EXPORT)
    decide(1)
    assert flags() == []


def test_the_pace_is_a_setting(settings: Any):
    settings.APPROVALS_PER_MINUTE = 2
    decide(3)
    assert len(flags()) == 1


def test_services_that_decide_are_watched(cast: Cast):
    for _ in range(31):
        record(cast.people["kay"], Event.Action.DECIDE, cast.unions["east"])
    (flag,) = flags()
    assert flag.staff_id == cast.people["kay"].pk


def test_handing_in_is_no_decision(cast: Cast):
    for _ in range(31):
        record(cast.people["mia"], Event.Action.SUBMIT, cast.unions["east"])
    assert flags() == []
