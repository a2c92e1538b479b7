from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from audit.models import Event
from tests.cast import Cast
from unions.limits import count_use
from unions.models import RateWindow

pytestmark = pytest.mark.django_db
START = "2027-01-05T09:00:00+08:00"


def searches(client: Any, count: int) -> list[int]:
    return [client.get(reverse("search"), {"q": "东"}).status_code for _ in range(count)]


def use_up(cast: Cast, name: str, count: int, limit: str = "search", seconds: int = 60) -> None:
    for _ in range(count):
        count_use(cast.accounts[name].pk, limit, seconds)


def test_the_121st_search_of_a_minute_is_refused_in_words_and_logged_once(client: Any, cast: Cast):
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        use_up(cast, "ben", 119)
        assert searches(client, 4) == [200, 429, 429, 429]
        page = client.get(reverse("search"), {"q": "东"}).content.decode()
        assert "操作太快了，请稍等" in page
        event = Event.objects.get(action="limit_reached")
        assert (event.actor_id, event.result) == (cast.accounts["ben"].pk, "refused")
        assert event.details == {"limit": "search", "seconds": 60}
        clock.shift(timedelta(seconds=60))
        assert searches(client, 1) == [200]


def test_the_shared_search_and_the_typeahead_of_unions_are_one_count(client: Any, cast: Cast):
    with time_machine.travel(START, tick=False):
        cast.sign_in(client, "ben")
        use_up(cast, "ben", 119)
        assert client.get(reverse("union-search"), {"q": "东"}).status_code == 200
        assert searches(client, 1) == [429]


def test_everybody_has_a_count_of_their_own(client: Any, cast: Cast):
    with time_machine.travel(START, tick=False):
        use_up(cast, "ben", 200)
        cast.sign_in(client, "eli")
        assert searches(client, 1) == [200]


@pytest.mark.parametrize(
    ("view", "who", "limit", "allowed", "seconds"),
    [
        ("staff-export", "ann", "export", 20, 3600),
        ("union-export", "ann", "export", 20, 3600),
        ("log-export", "ada", "export", 20, 3600),
        ("union-import", "ann", "upload", 50, 86_400),
    ],
)
def test_export_and_upload_have_limits_too(
    client: Any, cast: Cast, view: str, who: str, limit: str, allowed: int, seconds: int
):
    with time_machine.travel(START, tick=False):
        cast.sign_in(client, who)
        use_up(cast, who, allowed - 1, limit, seconds)
        assert client.post(reverse(view), {"scope": "all"}).status_code == 200
        assert client.post(reverse(view)).status_code == 429


def test_whole_numbers_are_not_tried_on_for_hours(client: Any, cast: Cast):
    """Whoever has a number learns whether it is known: a limit far below what guessing needs."""
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        use_up(cast, "ben", 99, "look_up", 3600)
        tries = [client.post(reverse("people-find"), {"number": "x"}) for _ in range(3)]
        assert [answer.status_code for answer in tries] == [200, 429, 429]
        event = Event.objects.get(action="limit_reached")
        assert event.details == {"limit": "look_up", "seconds": 3600}
        assert client.get(reverse("people-find")).status_code == 200
        clock.shift(timedelta(hours=1))
        cast.sign_in(client, "ben")
        assert client.post(reverse("people-find"), {"number": "x"}).status_code == 200


def test_the_count_is_kept_in_one_row_per_window(cast: Cast):
    with time_machine.travel(START, tick=False):
        use_up(cast, "ben", 5)
    assert RateWindow.objects.get(user_id=cast.accounts["ben"].pk).count == 5


def test_the_limits_are_settings(client: Any, cast: Cast, settings: Any):
    settings.RATE_LIMITS = {"search": (1, 60)}
    with time_machine.travel(START, tick=False):
        cast.sign_in(client, "ben")
        assert searches(client, 2) == [200, 429]
