"""Many at once: 160 guesses from one address, and a crowd of honest people."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier, Lock
from threading import Event as Flag
from typing import Any

import pytest
from axes.models import AccessFailureLog
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.chain import breaks
from audit.models import Event
from tests.cast import Cast
from tests.unions.conftest import LogIn
from unions import crowd
from unions.authentication import SLOW_DOWN_AFTER, SLOWED
from unions.crowd import SEATS, SEATS_OF_AN_ADDRESS, TooManyAtOnce, seat
from unions.failed_attempts import kept_name
from unions.models import User


@pytest.mark.django_db(transaction=True)
def test_of_160_parallel_guesses_at_most_6_are_judged(
    cast: Cast, with_password: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
):
    with_password("ben")
    threads, each = 16, 10
    judged: list[str] = []
    guard, start = Lock(), Barrier(threads)
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        with guard:
            judged.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)

    def guess_once() -> int:
        form = {"username": "ben", "password": "one more guess"}
        return Client().post(reverse("login"), form).status_code

    def guess(thread: int) -> list[int]:
        client = Client()
        try:
            start.wait(timeout=30)
            return [
                client.post(
                    reverse("login"), {"username": "ben", "password": f"guess {thread} {number}"}
                ).status_code
                for number in range(each)
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        answers = [status for statuses in pool.map(guess, range(threads)) for status in statuses]
    while guess_once() == 200:
        assert len(judged) <= 6, "the crowd was told to wait; what was judged of it counts"
    assert len(judged) <= 6
    assert len(answers) == 160
    assert set(answers) <= {200, 429}, "always a page with a sentence"
    assert Event.objects.filter(action="locked_out").count() == 1
    assert list(breaks()) == []


@pytest.mark.django_db(transaction=True)
def test_of_guesses_from_many_addresses_in_one_moment_one_is_judged(
    cast: Cast, with_password: Callable[[str], User]
):
    """Slowed down is not only who comes after, but also who comes beside."""
    with_password("ben")
    long_ago = timezone.now() - timedelta(minutes=1)
    for number in range(SLOW_DOWN_AFTER):
        failure = AccessFailureLog.objects.create(
            username=kept_name("ben"), ip_address=f"10.7.0.{number}"
        )
        AccessFailureLog.objects.filter(pk=failure.pk).update(attempt_time=long_ago)
    start = Barrier(8)

    def guess(number: int) -> str:
        try:
            form = {"username": "ben", "password": "one more guess"}
            start.wait(timeout=30)
            address = f"10.8.0.{number}"
            return Client().post(reverse("login"), form, REMOTE_ADDR=address).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(8)))
    assert sum("用户名或密码不对" in answer for answer in answers) == 1
    assert AccessFailureLog.objects.count() == SLOW_DOWN_AFTER + 1
    assert any(SLOWED in answer for answer in answers)


HERE, THERE = "10.1.0.7", "10.2.0.8"


@pytest.fixture(autouse=True)
def nobody_went_wrong() -> Iterator[None]:
    crowd._wrong.clear()
    yield
    crowd._wrong.clear()


def test_a_flood_of_wrong_tries_leaves_seats_for_the_right_ones():
    """Twelve addresses that go on guessing, and six that come once, as in the attack."""
    guessers = [f"10.3.0.{number}" for number in range(12)]
    for address in guessers * crowd.WRONG_TRIES:
        crowd.note_failure(address)
    with ExitStack() as taken:
        for address in guessers[: crowd.SEATS_AFTER_WRONG]:
            taken.enter_context(seat(address))
        for address in guessers:
            with pytest.raises(TooManyAtOnce), seat(address):
                pass
        for number in range(6):
            with seat(f"10.4.0.{number}"):
                pass


def test_an_address_that_went_wrong_a_minute_ago_is_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
):
    for _ in range(crowd.WRONG_TRIES):
        crowd.note_failure(HERE)
    assert crowd._went_wrong(HERE)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + crowd.WRONG_SECONDS + 1)
    assert not crowd._went_wrong(HERE)


def test_what_is_remembered_of_addresses_has_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crowd, "_REMEMBERED", 5)
    for number in range(9):
        crowd.note_failure(f"10.5.0.{number}")
    assert list(crowd._wrong) == [f"10.5.0.{number}" for number in range(4, 9)]


@pytest.mark.django_db
def test_a_crowd_is_told_to_wait_and_loses_no_name(
    monkeypatch: pytest.MonkeyPatch,
    client: Any,
    log_in: LogIn,
    with_password: Callable[[str], User],
):
    for name in ("ben", "mia"):
        with_password(name)
    with ExitStack() as taken:
        monkeypatch.setattr(crowd, "WAIT_SECONDS", 0)
        for _ in range(SEATS_OF_AN_ADDRESS):
            taken.enter_context(seat(HERE))
        crowded = log_in(client, "ben", REMOTE_ADDR=HERE)
        assert crowded.status_code == 429
        assert "请等几秒再试" in crowded.content.decode()
        assert 'value="ben"' in crowded.content.decode()
        elsewhere = log_in(Client(), "ben", REMOTE_ADDR=THERE)
        assert elsewhere.status_code == 302, "another address has seats left"
        for number in range(SEATS - SEATS_OF_AN_ADDRESS):
            taken.enter_context(seat(f"10.9.0.{number}"))
        assert log_in(Client(), "mia", REMOTE_ADDR=THERE).status_code == 429
    assert log_in(client, "ben", REMOTE_ADDR=HERE).status_code == 302
    assert not Event.objects.filter(action="log_in_failed").exists()


def test_who_waits_gets_the_next_seat(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crowd, "WAIT_SECONDS", 30)
    freed, came_in = Flag(), Flag()

    def come() -> None:
        with seat(HERE):
            assert freed.is_set()
            came_in.set()

    with ThreadPoolExecutor(1) as pool:
        with ExitStack() as taken:
            for _ in range(SEATS_OF_AN_ADDRESS):
                taken.enter_context(seat(HERE))
            waiting = pool.submit(come)
            freed.set()
        waiting.result(timeout=30)
    assert came_in.is_set()
