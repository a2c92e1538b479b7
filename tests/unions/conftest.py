from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.cast import CAST, PASSWORD, Cast, set_password
from unions.models import Staff, User
from unions.permissions import Role
from unions.services.accounts import create_account
from unions.services.staff import post_staff

Hire = Callable[..., Staff]
#: (client, user name, password, then what Client.post takes) → the answer.
LogIn = Callable[..., Any]


@pytest.fixture
def hire(cast: Cast) -> Hire:
    """One more person: `hire("tom", Role.MAKER, "east-1")`; a known name gets one more posting."""

    def post(username: str, role: str, union: str, **period: Any) -> Staff:
        user = User.objects.filter(username=username).first() or create_account(
            by=CAST, username=username, full_name=f"新{username}"
        )
        return post_staff(by=CAST, user=user, union=cast.unions[union], role=role, **period)

    return post


@pytest.fixture
def with_password(cast: Cast) -> Callable[[str], User]:
    """The account of that name, activated with the password of the tests."""

    def activated(name: str) -> User:
        user = User.objects.get(username=name)
        set_password(user)
        return user

    return activated


@pytest.fixture
def log_in() -> LogIn:
    def post(client: Any, username: str, password: str = PASSWORD, **options: Any) -> Any:
        data = {"username": username, "password": password}
        return client.post(reverse("login"), data, **options)

    return post


@pytest.fixture
def chief(hire: Hire) -> Staff:
    """Somebody who may change the whole tree below the city."""
    return hire("tom", Role.DISTRICT_ADMIN, "city")
