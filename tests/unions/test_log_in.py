from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessFailureLog
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from tests.audit.attacker import as_owner
from tests.cast import CAST, PASSWORD, Cast
from tests.unions.conftest import LogIn
from unions.authentication import STRANGERS_NOTED, must_wait
from unions.failed_attempts import kept_name
from unions.models import Session, User
from unions.services.accounts import issue_activation_code

pytestmark = pytest.mark.django_db
HOME, OTHER = "10.1.0.7", "10.2.0.8"
WRONG = "not the password at all"
SUMMARY = "用户名或密码不对"


@pytest.fixture(autouse=True)
def ben(with_password: Callable[[str], User]) -> User:
    with_password("mia")
    return with_password("ben")


@pytest.fixture
def fail(client: Any, log_in: LogIn) -> Callable[..., list[int]]:
    """Wrong tries; returns the status of each answer."""

    def tries(count: int = 1, username: str = "ben", address: str = HOME, **extra: Any):
        return [
            log_in(client, username, WRONG, REMOTE_ADDR=address, **extra).status_code
            for _ in range(count)
        ]

    return tries


def is_in(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer.url == "/")


def events(*actions: str) -> list[Event]:
    return list(Event.objects.filter(action__in=actions).order_by("id"))


def test_the_right_password_opens_the_landing_page(client: Any, log_in: LogIn, ben: User):
    assert is_in(log_in(client, "ben"))
    assert client.get("/").status_code == 200
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id, event.address) == ("log_in", str(ben.pk), "127.0.0.1")


def test_the_fifth_wrong_try_locks(fail: Callable[..., list[int]]):
    assert fail(8) == [200] * 4 + [429] * 4


def test_the_right_password_is_refused_while_locked_and_again_right_after_15_minutes(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    with time_machine.travel("2026-11-22T09:00:00+08:00", tick=False) as clock:
        fail(5)
        refused = log_in(client, "ben", REMOTE_ADDR=HOME)
        assert refused.status_code == 429
        assert "15" in refused.content.decode()
        clock.shift(timedelta(minutes=14))
        assert log_in(client, "ben", REMOTE_ADDR=HOME).status_code == 429
        clock.shift(timedelta(minutes=2))
        assert is_in(log_in(client, "ben", REMOTE_ADDR=HOME))


def test_further_tries_do_not_start_the_15_minutes_anew(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    with time_machine.travel("2026-11-22T09:00:00+08:00", tick=False) as clock:
        fail(5)
        for _ in range(7):
            clock.shift(timedelta(minutes=2))
            assert fail() == [429]
        clock.shift(timedelta(minutes=2))
        assert is_in(log_in(client, "ben", REMOTE_ADDR=HOME))


def test_a_new_code_is_the_way_out_of_the_lock(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]], ben: User
):
    fail(5)
    password = "steps over the quiet bridge"
    form = {"username": "ben", "password": password, "repeated": password}
    form["code"] = issue_activation_code(by=CAST, user=ben)
    answer = client.post(reverse("activation"), form, REMOTE_ADDR=HOME)
    assert answer.status_code == 302
    assert is_in(log_in(client, "ben", password, REMOTE_ADDR=HOME))


def test_wrong_codes_are_counted_on_their_own(client: Any, log_in: LogIn):
    form = {"username": "ben", "code": "ABCD2345EFGH"}
    form |= dict.fromkeys(("password", "repeated"), "steps over the quiet bridge")
    answers = [client.post(reverse("activation"), form, REMOTE_ADDR=HOME) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert "返回激活账号" in answers[-1].content.decode()
    assert [event.actor_id is None for event in events("locked_out")] == [False]
    assert is_in(log_in(client, "ben", REMOTE_ADDR=HOME))


def test_the_locked_page_tells_how_long_it_still_takes(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    with time_machine.travel("2026-11-22T09:00:00+08:00", tick=False) as clock:
        fail(5)
        clock.shift(timedelta(minutes=9, seconds=30))
        page = log_in(client, "ben", REMOTE_ADDR=HOME).content.decode()
    assert "请等 <b>6 分钟</b>再试" in page


def test_four_wrong_tries_are_forgotten_by_a_right_one(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    fail(4)
    assert is_in(log_in(client, "ben", REMOTE_ADDR=HOME))
    client.post(reverse("logout"))
    assert fail(4) == [200] * 4


@pytest.mark.parametrize(
    ("username", "address"), [("mia", HOME), ("ben", OTHER)], ids=["same address", "same name"]
)
def test_a_lock_holds_for_one_name_from_one_address_only(
    client: Any,
    log_in: LogIn,
    fail: Callable[..., list[int]],
    username: str,
    address: str,
):
    fail(5)
    assert is_in(log_in(client, username, REMOTE_ADDR=address))


def test_colleagues_behind_one_address_are_not_locked_by_an_attacker(
    cast: Cast, client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    for name in ("ann", "fay", "nobody"):
        fail(5, username=name)
    assert is_in(log_in(client, "mia", REMOTE_ADDR=HOME))


@pytest.mark.parametrize("spelling", [" ben", "ben ", "BEN", "Ben\t", "bEn"])
def test_spellings_of_a_name_share_one_counter(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]], spelling: str
):
    fail(2, username="ben")
    assert fail(3, username=spelling)[-1] == 429
    assert fail(1, username="ben") == [429]


@pytest.mark.parametrize("spelling", [" ben", "ben ", "BEN", "Ben"])
def test_spellings_of_a_name_open_the_same_account(client: Any, log_in: LogIn, spelling: str):
    assert is_in(log_in(client, spelling))


def test_another_browser_does_not_start_a_new_counter(fail: Callable[..., list[int]]):
    answers = [
        fail(HTTP_USER_AGENT=f"Firefox {number}", HTTP_ACCEPT=f"text/{number}")[0]
        for number in range(5)
    ]
    assert answers[-1] == 429


def test_a_new_session_or_query_does_not_start_a_new_counter(log_in: LogIn):
    answers = [
        Client().post(
            f"{reverse('login')}?next=/unions/&n={number}",
            {"username": "ben", "password": WRONG},
        )
        for number in range(5)
    ]
    assert answers[-1].status_code == 429


def test_a_forwarded_address_is_not_believed_without_a_trusted_proxy(
    fail: Callable[..., list[int]],
):
    answers = [fail(HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")[0] for number in range(5)]
    assert answers == [200] * 4 + [429]
    assert {event.address for event in events("log_in_failed")} == {HOME}


@pytest.fixture
def proxy(settings: Any) -> None:
    """As with TRUSTED_PROXIES=1."""
    settings.AXES_IPWARE_PROXY_COUNT = 1
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]


def test_behind_a_trusted_proxy_each_client_has_a_counter(
    proxy: None, fail: Callable[..., list[int]]
):
    chain = {"address": "10.0.0.1"}
    answers = [
        fail(HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 10.0.0.1", **chain)[0] for number in range(5)
    ]
    assert answers == [200] * 5
    assert len({event.address for event in events("log_in_failed")}) == 5
    assert fail(4, HTTP_X_FORWARDED_FOR="192.0.2.1, 10.0.0.1", **chain)[-1] == 429


REQUEST = RequestFactory().get("/")


def failed_from(*addresses: str) -> None:
    """As after one wrong try for ben from each address, just now."""
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(username=kept_name("ben"), ip_address=address, attempt_time=timezone.now())
        for address in addresses
    )


def test_thirty_failures_from_many_addresses_slow_down_and_lock_nobody_out(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]]
):
    with time_machine.travel("2026-11-22T09:00:00+08:00", tick=False) as clock:
        failed_from(*(f"10.3.0.{number}" for number in range(29)))
        assert not must_wait(REQUEST, "ben")
        fail(address="10.3.1.1")
        assert must_wait(REQUEST, " BEN ")
        assert not must_wait(REQUEST, "mia")
        early = log_in(client, "ben", REMOTE_ADDR=OTHER)
        assert early.status_code == 200
        assert "请等 5 秒再试" in early.content.decode()
        clock.shift(timedelta(seconds=6))
        assert is_in(log_in(client, "ben", REMOTE_ADDR=OTHER))
        client.logout()
        failed_from("10.3.0.1")
        assert is_in(log_in(client, "ben", REMOTE_ADDR=OTHER)), "at home nobody waits for strangers"


def test_names_without_an_account_do_not_fill_the_log(client: Any, log_in: LogIn):
    for number in range(STRANGERS_NOTED + 5):
        log_in(client, f"stranger{number}", "no such words at all")
    assert Event.objects.filter(action="log_in_failed").count() == STRANGERS_NOTED


def test_the_slow_down_ends_an_hour_later(fail: Callable[..., list[int]]):
    with time_machine.travel("2026-11-22T09:00:00+08:00", tick=False) as clock:
        failed_from(*(f"10.3.0.{number}" for number in range(30)))
        clock.shift(timedelta(minutes=61))
        fail(address="10.3.1.1")
        assert not must_wait(REQUEST, "ben")


@pytest.mark.parametrize("username", ["ben", "nobody", "eve", "gone", "王芳", "ben\u00a0"])
def test_the_answer_never_says_which_part_was_wrong(
    cast: Cast, client: Any, log_in: LogIn, with_password: Callable[[str], User], username: str
):
    gone = with_password("roy")
    with as_owner():
        User.objects.filter(pk=gone.pk).update(username="gone", is_active=False)
    answer = log_in(client, username, WRONG)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [
        "用户名或密码不对。连续 5 次不对，要等 15 分钟才能再试。"
    ]
    assert not answer.context["form"].has_error("username")
    assert not answer.context["form"].has_error("password")
    assert WRONG not in answer.content.decode()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry per computation of a password hash."""
    computed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        computed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return computed


KNOWN_AND_UNKNOWN = pytest.mark.parametrize("username", ["ben", "nobody", "eve", "gone", "waits"])


@pytest.fixture
def all_kinds(cast: Cast, with_password: Callable[[str], User]) -> None:
    """An account that was disabled, and one that waits for its activation."""
    gone = with_password("roy")
    with as_owner():
        User.objects.filter(pk=gone.pk).update(username="gone", is_active=False)
    waits = cast.accounts["dan"]
    issue_activation_code(by=CAST, user=waits)
    with as_owner():
        User.objects.filter(pk=waits.pk).update(username="waits")


@KNOWN_AND_UNKNOWN
def test_every_name_costs_one_hash(
    all_kinds: None, client: Any, log_in: LogIn, hashed: list[str], username: str
):
    log_in(client, username, WRONG)
    assert len(hashed) == 1


@KNOWN_AND_UNKNOWN
def test_every_name_costs_one_hash_at_activation(
    all_kinds: None, client: Any, hashed: list[str], username: str
):
    form = {"username": username, "code": "ABCD2345EFGH", "password": "p", "repeated": "p"}
    form |= dict.fromkeys(("password", "repeated"), "steps over the quiet bridge")
    assert client.post(reverse("activation"), form).context["form"].has_error("code")
    assert len(hashed) == 1


def test_no_password_is_hashed_while_locked_or_waiting(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]], hashed: list[str]
):
    fail(5)
    before = len(hashed)
    fail(3)
    log_in(client, "ben", REMOTE_ADDR=HOME)
    assert len(hashed) == before


@pytest.mark.parametrize(
    "form",
    [
        {"username": "", "password": ""},
        {"username": "ben"},
        {"password": WRONG},
        {"username": "ben\0", "password": WRONG},
        {"username": "x" * 151, "password": WRONG},
        {"username": "ben", "password": "x" * 257},
        {"username": "ben", "password": "x" * 1_000_000},
    ],
    ids=["nothing", "no password", "no name", "null", "long name", "long", "a megabyte"],
)
def test_odd_forms_are_answered_in_words_and_hash_nothing(
    client: Any, hashed: list[str], form: dict[str, str]
):
    answer = client.post(reverse("login"), form)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not hashed


def test_failed_tries_and_the_lock_are_in_the_log_of_the_own_union(
    ben: User, cast: Cast, fail: Callable[..., list[int]]
):
    fail(7)
    failed, locked = events("log_in_failed"), events("locked_out")
    assert (len(failed), len(locked)) == (5, 1)
    for event in [*failed, *locked]:
        assert (event.actor_id, event.union_path) == (ben.pk, cast.unions["east-1"].path)
        assert (event.chain, event.result, event.address) == ("110101001", "refused", HOME)


def test_unknown_names_are_in_the_system_log_without_what_was_typed(
    fail: Callable[..., list[int]],
):
    fail(1, username="S3cret-typed-into-the-wrong-field")
    (event,) = events("log_in_failed")
    assert (event.chain, event.actor_id) == ("system", None)
    stored = str(list(Event.objects.values())).casefold()
    assert "s3cret" not in stored
    assert WRONG not in stored


def test_a_log_in_and_log_out_are_in_the_log(client: Any, log_in: LogIn, ben: User):
    log_in(client, "ben", REMOTE_ADDR=HOME)
    client.post(reverse("logout"), REMOTE_ADDR=HOME)
    written = events("log_in", "log_out")
    assert [event.action for event in written] == ["log_in", "log_out"]
    assert {event.actor_id for event in written} == {ben.pk}
    assert {event.address for event in written} == {HOME}
    assert not Session.objects.filter(user=ben).exists()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "///evil.example",
        "https:\t//evil.example",
        " https://evil.example",
        "",
    ],
)
def test_next_never_leads_to_another_site(client: Any, log_in: LogIn, target: str):
    form = {"username": "ben", "password": PASSWORD}
    answer = client.post(reverse("login"), form, query_params={"next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_next_leads_back_to_the_page_that_asked(client: Any):
    asked = client.get("/unions/?q=dong&n=1")
    form = {"username": "ben", "password": PASSWORD}
    assert client.post(asked["Location"], form)["Location"] == "/unions/?q=dong&n=1"


def test_somebody_who_is_in_is_led_on(client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    answer = client.get(reverse("login"), query_params={"next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")


def test_who_gives_the_right_password_of_a_disabled_account_is_told(
    client: Any, log_in: LogIn, ben: User
):
    User.objects.filter(pk=ben.pk).update(is_active=False)
    right = log_in(client, "ben").content.decode()
    assert "这个账号已经停用" in right
    assert SUMMARY not in right
    wrong = log_in(client, "ben", WRONG).content.decode()
    assert "停用" not in wrong
    assert SUMMARY in wrong
    assert [event.action for event in events("log_in_failed", "log_in")] == ["log_in_failed"] * 2
    User.objects.filter(pk=ben.pk).update(is_active=True)
    assert is_in(log_in(client, "ben"))


def test_a_disabled_account_locks_like_any_other(
    client: Any, log_in: LogIn, fail: Callable[..., list[int]], ben: User
):
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert fail(5) == [200] * 4 + [429]
    assert log_in(client, "ben", REMOTE_ADDR=HOME).status_code == 429


def test_the_log_in_page_answers_a_watchdog(client: Any):
    assert client.head(reverse("login")).status_code == 200
