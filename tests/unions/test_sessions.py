from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests.cast import PASSWORD, Cast
from tests.unions.conftest import LogIn
from unions.models import Session, Staff, User
from unions.sessions import POLL_HEADER, kept_key

pytestmark = pytest.mark.django_db
START = "2027-01-05T08:00:00+08:00"


@pytest.fixture
def ben(with_password: Callable[[str], User]) -> User:
    return with_password("ben")


def is_in(client: Any) -> bool:
    return bool(client.get(reverse("union-list")).status_code == 200)


def key_of(client: Any) -> str:
    return str(client.cookies["sid"].value)


def row_of(client: Any) -> Session:
    return Session.objects.get(session_key=kept_key(key_of(client)))


def test_log_in_gives_a_new_key_and_the_old_one_is_worth_nothing(
    client: Any, ben: User, log_in: LogIn
):
    session = client.session
    session["planted"] = "by the attacker"
    session.save()
    client.cookies["sid"] = planted = session.session_key
    log_in(client, "ben")
    assert key_of(client) != planted
    attacker = Client()
    attacker.cookies["sid"] = planted
    assert not is_in(attacker)
    assert is_in(client)


def test_an_invented_key_is_not_adopted(client: Any, ben: User, log_in: LogIn):
    client.cookies["sid"] = "a" * 32
    log_in(client, "ben")
    assert key_of(client) != "a" * 32
    assert not Session.objects.filter(session_key=kept_key("a" * 32)).exists()


def test_what_the_table_holds_opens_no_session(client: Any, ben: User, log_in: LogIn):
    log_in(client, "ben")
    reader = Client()
    reader.cookies["sid"] = Session.objects.get(user=ben).session_key
    assert not is_in(reader)
    assert is_in(client)


def test_a_session_knows_whose_it_is_since_when_and_from_where(
    client: Any, ben: User, log_in: LogIn
):
    with time_machine.travel(START, tick=False):
        log_in(client, "ben", REMOTE_ADDR="10.1.0.7", HTTP_USER_AGENT="Firefox 128 " + "x" * 200)
        session = Session.objects.get(user=ben)
        assert session.started_at == session.seen_at
        assert str(session.started_at) == "2027-01-05 00:00:00+00:00"
        assert (session.address, len(session.agent)) == ("10.1.0.7", 120)


@pytest.mark.parametrize("https", [True, False])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: Any, ben: User, log_in: LogIn, settings: Any, https: bool
):
    settings.SESSION_COOKIE_SECURE = https
    cookie = log_in(client, "ben").cookies["sid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["secure"]) == https
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["max-age"], "it goes with the browser"


@pytest.mark.parametrize(("minutes", "is_open"), [(29, True), (31, False)])
def test_a_session_ends_after_30_idle_minutes(
    client: Any, ben: User, log_in: LogIn, minutes: int, is_open: bool
):
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ben")
        clock.shift(timedelta(minutes=minutes))
        assert is_in(client) == is_open


def test_use_keeps_a_session_open_for_ten_hours_and_no_longer(
    client: Any, ben: User, log_in: LogIn
):
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ben")
        for _ in range(20):
            clock.shift(timedelta(minutes=29, seconds=45))
            assert is_in(client)
        clock.shift(timedelta(minutes=6))
        gone = client.get(reverse("union-list"), follow=True)
        assert gone.redirect_chain[0][0].startswith(reverse("login"))
        assert not Session.objects.filter(user=ben).exists()


def test_the_log_in_page_says_that_ten_hours_are_over(client: Any, ben: User, log_in: LogIn):
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ben")
        for _ in range(21):
            clock.shift(timedelta(minutes=29))
            page = client.get(reverse("login"))
        assert "登录已满 10 小时" in page.content.decode()


def test_an_open_page_that_polls_keeps_nothing_alive(client: Any, ben: User, log_in: LogIn):
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ben")
        for _ in range(2):
            clock.shift(timedelta(minutes=14))
            polled = client.get(reverse("union-list"), headers={POLL_HEADER: "1"})
            assert polled.status_code == 200
        clock.shift(timedelta(minutes=3))
        assert not is_in(client)


def test_reading_a_page_costs_a_write_a_minute_at_most(client: Any, ben: User, log_in: LogIn):
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ben")
        clock.shift(timedelta(seconds=59))
        client.get(reverse("union-list"))
        session = Session.objects.get(user=ben)
        assert session.seen_at == session.started_at
        clock.shift(timedelta(seconds=2))
        client.get(reverse("union-list"))
        session.refresh_from_db()
        assert str(session.seen_at) == "2027-01-05 00:01:01+00:00"


def test_log_out_ends_the_session_on_the_server(client: Any, ben: User, log_in: LogIn):
    log_in(client, "ben")
    stolen = Client()
    stolen.cookies["sid"] = key_of(client)
    client.post(reverse("logout"))
    assert not is_in(client)
    assert not is_in(stolen)


def test_log_out_needs_a_post(client: Any, ben: User, log_in: LogIn):
    log_in(client, "ben")
    assert client.get(reverse("logout")).status_code == 405
    assert is_in(client)


@pytest.mark.parametrize("https", [True, False])
def test_the_browser_is_told_to_forget_the_site_where_https_is_on(
    client: Any, ben: User, log_in: LogIn, settings: Any, https: bool
):
    log_in(client, "ben")
    settings.HTTPS = https
    answer = client.post(reverse("logout"))
    wanted = '"cache", "cookies", "storage"' if https else None
    assert answer.get("Clear-Site-Data") == wanted


@pytest.mark.parametrize("page", ["home", "union-list", "account", "help", "login"])
def test_no_page_may_be_kept_so_going_back_after_log_out_shows_nothing(
    client: Any, ben: User, log_in: LogIn, page: str
):
    log_in(client, "ben")
    assert client.get(reverse(page))["Cache-Control"] == "no-store"
    client.post(reverse("logout"))
    back = client.get(reverse(page))
    assert back["Cache-Control"] == "no-store"
    assert ben.full_name not in back.content.decode()


@pytest.fixture
def three(ben: User, log_in: LogIn) -> list[Client]:
    """Ben is logged in at three places."""
    clients = [Client(), Client(), Client()]
    for number, client in enumerate(clients):
        log_in(client, "ben", REMOTE_ADDR=f"10.1.0.{number}")
    return clients


def test_own_sessions_are_listed_without_their_keys(three: list[Client]):
    page = three[0].get(reverse("account")).content.decode()
    for number, client in enumerate(three):
        assert f"10.1.0.{number}" in page
        assert key_of(client) not in page


def test_one_other_session_is_ended_by_its_mark(ben: User, three: list[Client]):
    victim = row_of(three[1])
    three[0].post(reverse("session-end"), {"session": victim.mark})
    assert [is_in(client) for client in three] == [True, False, True]
    assert Event.objects.newest_first()[0].action == "session_end"


def test_all_other_sessions_are_ended_at_once(three: list[Client]):
    three[0].post(reverse("session-end"), {"session": "others"})
    assert [is_in(client) for client in three] == [True, False, False]


@pytest.mark.parametrize("session", ["", "x", "*", "current"])
def test_a_mark_that_fits_none_ends_none(three: list[Client], session: str):
    three[0].post(reverse("session-end"), {"session": session})
    assert all(is_in(client) for client in three)


def test_nobody_ends_the_sessions_of_others_from_his_own_account(
    client: Any, cast: Cast, three: list[Client]
):
    cast.sign_in(client, "eli")
    mark = row_of(three[0]).mark
    for wanted in (mark, key_of(three[0]), "others"):
        client.post(reverse("session-end"), {"session": wanted})
    assert all(is_in(other) for other in three)


def test_a_new_password_ends_all_other_sessions_and_they_leave_the_list(
    ben: User, three: list[Client]
):
    new = "a quiet bridge over water"
    form = {"current": PASSWORD, "password": new, "repeated": new}
    assert three[0].post(reverse("password-change"), form).status_code == 302
    assert list(Session.open_for(ben)) == [row_of(three[0])]
    assert [is_in(client) for client in three] == [True, False, False]


def test_an_administrator_ends_all_sessions_of_somebody(
    client: Any, cast: Cast, ben: User, three: list[Client]
):
    cast.sign_in(client, "ann")
    url = reverse("account-sessions-end", args=[cast.people["ben"].pk])
    assert client.post(url, {"reason": ""}).context["form"].has_error("reason")
    assert all(is_in(other) for other in three)
    assert client.post(url, {"reason": "手机丢了"}).status_code == 302
    assert not any(is_in(other) for other in three)
    assert is_in(client)


@pytest.fixture
def issue(client: Any, cast: Cast) -> Callable[..., Any]:
    """A dangerous act: issuing an activation code."""
    url = reverse("activation-issue", args=[cast.people["ben"].pk])
    return lambda data=None: client.post(url, data)


def test_a_dangerous_act_wants_the_password_again_after_five_minutes(
    client: Any,
    with_password: Callable[[str], User],
    log_in: LogIn,
    issue: Callable[..., Any],
):
    with_password("ann")
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ann")
        clock.shift(timedelta(minutes=5))
        assert issue().url == reverse("activation-slip")
        clock.shift(timedelta(seconds=1))
        for answer in (issue(), issue({"identity-password": "not the password"})):
            assert answer.status_code == 200
            assert "请再输一次密码" in answer.content.decode()
        assert issue({"identity-password": PASSWORD}).url == reverse("activation-slip")
        assert issue().status_code == 302
    assert Event.objects.filter(action="reauthenticate").count() == 1


def test_what_was_typed_travels_with_the_question(
    client: Any, cast: Cast, with_password: Callable[[str], User], log_in: LogIn
):
    with_password("ann")
    address = reverse("staff-end", args=[cast.people["ben"].pk])
    typed = {"ends_on": "2027-01-31", "reason": '调走 "<b>'}
    with time_machine.travel(START, tick=False) as clock:
        log_in(client, "ann")
        clock.shift(timedelta(minutes=6))
        assert client.get(address).url.startswith(reverse("identity-confirm"))
        asked = client.post(address, typed)
        assert dict(asked.context["posted"]) == typed
        assert "调走 &quot;&lt;b&gt;" in asked.content.decode()
        assert client.post(address, typed | {"identity-password": PASSWORD}).status_code == 302
    assert Staff.objects.get(pk=cast.people["ben"].pk).ends_on == date(2027, 1, 31)


def test_a_slip_is_seen_by_its_maker_for_ten_minutes(
    client: Any, cast: Cast, issue: Callable[..., Any]
):
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ann")
        code = client.get(issue().url).context["code"]
        other = type(client)()
        cast.sign_in(other, "ann")
        assert other.get(reverse("activation-slip")).url == reverse("staff-list")
        assert not Session.objects.filter(session_data__contains=code).exists()
        for row in Session.objects.all():
            assert code not in str(row.get_decoded())
        clock.shift(timedelta(minutes=10))
        assert client.get(reverse("activation-slip")).context["code"] == code
        clock.shift(timedelta(seconds=1))
        assert client.get(reverse("activation-slip")).url == reverse("staff-list")


def test_confirming_is_throttled_like_a_log_in(
    client: Any, with_password: Callable[[str], User], log_in: LogIn
):
    with_password("ann")
    log_in(client, "ann")
    wrong = [
        client.post(reverse("identity-confirm"), {"password": "no"}).status_code for _ in range(6)
    ]
    assert wrong == [200] * 4 + [429] * 2
    assert client.post(reverse("identity-confirm"), {"password": PASSWORD}).status_code == 429
    assert Event.objects.filter(action="locked_out").count() == 1


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_confirming_never_leads_to_another_site(
    client: Any, with_password: Callable[[str], User], log_in: LogIn, target: str
):
    with_password("ann")
    log_in(client, "ann")
    answer = client.post(
        reverse("identity-confirm"), {"password": PASSWORD}, query_params={"next": target}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_somebody_elses_password_confirms_nothing(
    client: Any, with_password: Callable[[str], User], log_in: LogIn
):
    with_password("ann")
    other = with_password("mia")
    other.set_password("another person's words")
    other.save(update_fields=["password"])
    log_in(client, "ann")
    form = {"password": "another person's words", "username": "mia"}
    assert client.post(reverse("identity-confirm"), form).status_code == 200


def test_switching_the_posting_changes_rights_and_is_in_the_log(
    client: Any, cast: Cast, hire: Callable[..., Any]
):
    second = hire("ben", "reporter", "cell")
    cast.sign_in(client, "ben")
    assert client.get(reverse("staff-list")).status_code == 200
    client.post(reverse("posting-switch"), {"posting": second.pk})
    assert client.get(reverse("staff-list")).status_code == 403
    event = Event.objects.filter(action="posting_switch").get()
    assert (event.staff_id, event.chain) == (second.pk, "110101001A1")


@pytest.mark.parametrize("posting", ["", "x", "0", "99999999999999999999", "-1"])
def test_a_posting_that_is_not_there_cannot_be_taken(client: Any, cast: Cast, posting: str):
    cast.sign_in(client, "ben")
    answer = client.post(reverse("posting-switch"), {"posting": posting})
    assert answer.status_code == 404


def test_somebody_elses_posting_cannot_be_taken(client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    url = reverse("posting-switch")
    assert client.post(url, {"posting": cast.people["ann"].pk}).status_code == 404
