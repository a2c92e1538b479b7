"""Guessing in parallel: 16 threads × 10 tries for one name from one address."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.chain import breaks
from audit.models import Event
from tests.cast import Cast
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
    assert len(judged) <= 6
    assert len(answers) == 160
    assert set(answers) <= {200, 429}, "always a page with a sentence"
    assert Event.objects.filter(action="locked_out").count() == 1
    assert list(breaks()) == []
