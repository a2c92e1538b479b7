from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from tests.audit.attacker import as_owner
from tests.cast import PASSWORD, Cast
from tests.unions.conftest import LogIn
from unions.models import PasswordRecord, User
from unions.services.accounts import change_password

pytestmark = pytest.mark.django_db

ASVS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "unions.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "unions.passwords.KnownPasswordValidator"},
    {"NAME": "unions.passwords.PersonalWordsValidator"},
]
DENGBAO = [
    *ASVS,
    {"NAME": "unions.passwords.KindsOfCharactersValidator", "OPTIONS": {"at_least": 3}},
    {"NAME": "unions.passwords.NotUsedBeforeValidator", "OPTIONS": {"last": 5}},
]


@pytest.fixture
def asvs(settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = ASVS


@pytest.fixture
def dengbao(settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = DENGBAO
    settings.PASSWORD_MAX_AGE = timedelta(days=90)


@pytest.fixture
def person(cast: Cast) -> User:
    user = cast.accounts["ben"]
    user.username, user.full_name, user.phone = "dc.wangfang", "王小芳", "010-6512 3456"
    with as_owner():  # no service changes the name by which somebody logs in
        user.save()
    return user


def codes(password: str, user: User) -> set[str | None]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {single.code for single in error.error_list}
    return set()


BAD = {
    "elevenchars": {"password_too_short"},
    "steps over the quiet bridge " * 4 + "and goes home to sleep": {"password_too_long"},
    "1234567890123": {"password_too_common"},
    "888888888888": {"password_too_common"},
    "123456789012": {"password_too_common"},
    "aaaaaaaaaaaa": {"password_too_common"},
    "qwertyuiopasdf": {"password_too_common"},
    "1qaz2wsx1qaz2wsx": {"password_too_common"},
    "东城区总工会2026年a": {"password_too_common"},
    "abcdefgh!2026": {"password_too_common"},
    "Gonghui2026!!": {"password_too_common"},
    "dongcheng-gonghui-2026": {"password_too_common"},
    "songwennuan@2026": {"password_too_common"},
    "Password12345": {"password_too_common"},
    "dc.wangfang-and-more": {"password_personal"},
    "I am WangXiaoFang 99": {"password_personal"},
    "call 01065123456 now": {"password_personal"},
}
GOOD = [
    "four plain words here",
    "一二三四五六七八九十百千",
    "correct horse battery staple",
    "Tr0ub4dor&3-and-more",
    "steps over the quiet bridge " * 4 + "and goes home to",
    "739205184620",
    "gonghui but with more to it",
    "    leading blanks stay",
]


@pytest.mark.parametrize("password", BAD)
def test_a_bad_password_is_refused_by_its_reason(asvs: None, person: User, password: str):
    assert codes(password, person) == BAD[password]


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_needs_no_digits_or_signs(asvs: None, person: User, password: str):
    assert codes(password, person) == set()


@pytest.mark.parametrize("password", BAD)
def test_what_is_bad_stays_bad_with_the_stricter_profile(
    dengbao: None, person: User, password: str
):
    assert codes(password, person) >= BAD[password]


@pytest.mark.parametrize(
    ("password", "is_enough"),
    [
        ("four plain words here", False),
        ("fourplainwordshere", False),
        ("FourPlainWordsHere", False),
        ("fourplainwords1234", False),
        ("four plain words 12", True),
        ("FourPlainWords1234", True),
        ("FOUR-PLAIN-words", True),
    ],
)
def test_the_stricter_profile_wants_three_kinds_of_characters(
    dengbao: None, person: User, password: str, is_enough: bool
):
    assert codes(password, person) == (set() if is_enough else {"password_too_plain"})


def test_the_last_five_passwords_are_refused_and_the_sixth_is_forgotten(
    dengbao: None, person: User
):
    used = [f"Quiet bridge number {number}" for number in range(6)]
    for password in used:
        change_password(by=person, password=password)
    for password in used[1:]:
        assert codes(password, person) == {"password_used_before"}
    change_password(by=person, password=used[0])
    assert User.objects.get(pk=person.pk).check_password(used[0])


def test_no_old_password_is_kept_in_clear(person: User):
    change_password(by=person, password="a quiet bridge over water")
    assert "bridge" not in str(list(PasswordRecord.objects.values()))


def post(client: Any, current: str, password: str, repeated: str | None = None) -> Any:
    form = {"current": current, "password": password, "repeated": repeated or password}
    return client.post(reverse("password-change"), form)


def test_a_password_changes_with_the_present_one(
    client: Any, cast: Cast, with_password: Callable[[str], User], log_in: LogIn
):
    with_password("ben")
    log_in(client, "ben")
    wrong = post(client, "not the present one", "a quiet bridge over water")
    assert wrong.context["form"].has_error("current")
    assert post(client, PASSWORD, "short").context["form"].has_error("password")
    done = post(client, PASSWORD, "a quiet bridge over water")
    assert (done.status_code, done.url) == (302, reverse("account"))
    assert client.get(reverse("account")).status_code == 200
    assert log_in(Client(), "ben", PASSWORD).status_code == 200
    assert log_in(Client(), "ben", "a quiet bridge over water").status_code == 302


def test_blanks_and_pasted_signs_of_a_password_are_kept(
    client: Any, with_password: Callable[[str], User], log_in: LogIn
):
    with_password("ben")
    log_in(client, "ben")
    new = "  blank before and after – and “quotes”  "
    assert post(client, PASSWORD, new).status_code == 302
    assert log_in(Client(), "ben", new.strip()).status_code == 200
    assert log_in(Client(), "ben", new).status_code == 302


def test_an_expired_password_leads_to_its_change_and_nowhere_else(
    dengbao: None,
    client: Any,
    with_password: Callable[[str], User],
    log_in: LogIn,
):
    with time_machine.travel("2027-01-05T09:00:00+08:00", tick=False) as clock:
        with_password("ben")
        clock.shift(timedelta(days=89))
        log_in(client, "ben")
        assert client.get(reverse("union-list")).status_code == 200
        client.post(reverse("logout"))
        clock.shift(timedelta(days=2))
        log_in(client, "ben")
        for page in ("home", "union-list", "account", "search"):
            answer = client.get(reverse(page))
            assert answer.status_code == 302
            assert answer.url.startswith(reverse("password-change"))
        assert post(client, PASSWORD, "A quiet bridge, 2 rivers").status_code == 302
        assert client.get(reverse("union-list")).status_code == 200


def test_the_gentler_profile_forces_no_change(
    asvs: None, settings: Any, client: Any, with_password: Callable[[str], User], log_in: LogIn
):
    settings.PASSWORD_MAX_AGE = None
    with time_machine.travel("2027-01-05T09:00:00+08:00", tick=False) as clock:
        with_password("ben")
        clock.shift(timedelta(days=900))
        log_in(client, "ben")
        assert client.get(reverse("union-list")).status_code == 200


def test_the_rules_are_told_before_anything_is_typed(dengbao: None, client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    page = client.get(reverse("password-change")).content.decode()
    for rule in ("12", "128", "至少要有 3 种", "最近 5 次"):
        assert rule in page
