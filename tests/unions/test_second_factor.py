from base64 import b32encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from audit.models import Event
from relief.lib.crypto import keys
from relief.lib.crypto.keys import ring
from relief.lib.crypto.sealing import SealError
from tests.cast import CAST, Cast
from tests.phones import bound
from tests.unions.conftest import LogIn
from unions import second_factor
from unions.models import PhoneFactor, User
from unions.paper_codes import kept_code
from unions.permissions import Role
from unions.services.account_requests import confirm_request, request_for_account
from unions.services.factors import RECOVERY_CODES, renew_recovery_codes, reseal_factors

pytestmark = pytest.mark.django_db
START = "2027-01-05T09:00:00+08:00"
SETUP, VERIFY = "second-factor-setup", "second-factor"


def shown(device: PhoneFactor) -> str:
    """What the phone shows now."""
    return f"{totp(device.bin_key, t0=device.t0, step=device.step):06}"


def not_shown(device: PhoneFactor) -> str:
    near = {
        totp(device.bin_key, t0=device.t0, step=device.step, drift=drift) for drift in (-1, 0, 1)
    }
    return next(f"{number:06}" for number in range(9) if number not in near)


@pytest.fixture
def device(cast: Cast) -> PhoneFactor:
    """Ben has a second factor."""
    return bound(cast.accounts["ben"])


@pytest.fixture
def verify(client: Any) -> Callable[[str], Any]:
    def post(code: str) -> Any:
        return client.post(reverse(VERIFY), {"code": code})

    return post


def is_let_in(client: Any) -> bool:
    return bool(client.get(reverse("union-list")).status_code == 200)


def test_setting_up_needs_the_code_that_the_phone_shows(client: Any, cast: Cast):
    ben = cast.sign_in(client, "ben")
    page = client.get(reverse(SETUP))
    secret = page.context["secret"]
    assert client.get(reverse(SETUP)).context["secret"] == secret, "a reload keeps the secret"
    assert second_factor.device_of(ben) is None
    wrong = client.post(reverse(SETUP), {"code": "000000"})
    device = PhoneFactor.objects.get(user=ben)
    assert second_factor.readable_secret(device) == secret
    assert wrong.context["form"].has_error("code")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        done = client.post(reverse(SETUP), {"code": shown(device)}, follow=True)
        codes = done.context["codes"]
        assert len(set(codes)) == RECOVERY_CODES
        assert all(code in done.content.decode() for code in codes)
        assert second_factor.device_of(ben) == device
        assert is_let_in(client)
    assert Event.objects.newest_first()[0].action == "second_factor"


def test_a_second_device_is_not_set_up_over_the_first(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    cast.sign_in(client, "ben")
    for method in (client.get, client.post):
        assert method(reverse(SETUP)).url.startswith(reverse("second-factor"))
    verify(shown(device))
    for method in (client.get, client.post):
        assert method(reverse(SETUP)).url == reverse("account")
    assert PhoneFactor.objects.filter(user=cast.accounts["ben"]).count() == 1


def test_whoever_has_a_second_factor_is_asked_for_it_on_every_page(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    cast.sign_in(client, "ben")
    for page in ("home", "union-list", "account", "message-list", "search"):
        answer = client.get(reverse(page))
        assert answer.url.startswith(reverse(VERIFY)), page
    assert verify(shown(device)).status_code == 302
    assert is_let_in(client)


def test_the_second_factor_counts_for_one_session(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    cast.sign_in(client, "ben")
    verify(shown(device))
    other = Client()
    cast.sign_in(other, "ben")
    assert not is_let_in(other)


def test_a_code_is_good_once(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    with time_machine.travel(START, tick=False) as clock:
        code = shown(device)
        cast.sign_in(client, "ben")
        assert verify(code).status_code == 302
        client.logout()
        cast.sign_in(client, "ben")
        assert verify(code).context["form"].has_error("code")
        assert not is_let_in(client)
        clock.shift(timedelta(seconds=31))
        assert verify(shown(device)).status_code == 302


@pytest.mark.parametrize(
    "code", ["", "12345", "abcdef", "1234567", "-1", "１２３４５６", "0" * 21, "null", "None"]
)
def test_what_is_no_code_lets_nobody_in(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any], code: str
):
    cast.sign_in(client, "ben")
    answer = verify(code)
    assert answer.status_code == 200
    assert answer.context["form"].has_error("code") or not code
    assert not is_let_in(client)


def test_guessing_slows_down_and_is_audited(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        verify(not_shown(device))
        told = verify(shown(device))
        assert told.status_code == 200, "too soon after a wrong one"
        assert "请等 1 秒" in told.content.decode()
        refusals = Event.objects.filter(action="second_factor", result="refused")
        assert [event.actor_id for event in refusals] == [cast.accounts["ben"].pk] * 2
        clock.shift(timedelta(minutes=5))
        assert verify(shown(device)).status_code == 302


def test_a_recovery_code_is_good_once_however_it_is_typed(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    codes = renew_recovery_codes(by=cast.accounts["ben"], user=cast.accounts["ben"])
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        assert verify(f" {codes[0][:5]} {codes[0][5:].lower()} ").status_code == 302
        assert is_let_in(client)
        client.logout()
        cast.sign_in(client, "ben")
        clock.shift(timedelta(minutes=5))
        assert verify(codes[0]).context["form"].has_error("code")
        clock.shift(timedelta(minutes=5))
        assert verify(codes[1]).status_code == 302


def test_new_recovery_codes_replace_the_old(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    old = renew_recovery_codes(by=cast.accounts["ben"], user=cast.accounts["ben"])
    cast.sign_in(client, "ben")
    verify(shown(device))
    new = client.post(reverse("recovery-codes-renew"), follow=True).context["codes"]
    assert not set(old) & set(new)
    ben = cast.accounts["ben"]
    kept = StaticToken.objects.filter(device__user=ben).values_list("token", flat=True)
    assert set(kept) == {kept_code(ben.pk, code) for code in new}
    assert not set(kept) & set(new), "whoever reads the table has no code"


def test_what_the_table_holds_of_a_code_is_no_code(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    ben = cast.accounts["ben"]
    renew_recovery_codes(by=ben, user=ben)
    kept = StaticToken.objects.filter(device__user=ben).values_list("token", flat=True)[0]
    cast.sign_in(client, "ben")
    assert verify(kept).status_code == 200
    assert not is_let_in(client)


@pytest.mark.parametrize("kind", ["shown by the phone", "recovery"])
@pytest.mark.django_db(transaction=True)
def test_a_code_sent_eight_times_at_once_lets_one_in(cast: Cast, device: PhoneFactor, kind: str):
    ben = cast.accounts["ben"]
    recovery = renew_recovery_codes(by=ben, user=ben)[0]
    code = recovery if kind == "recovery" else shown(device)
    start = Barrier(8)

    def attempt(_: int) -> bool:
        request: Any = RequestFactory().post("/")
        request.user, request.session = User.objects.get(pk=ben.pk), {}
        try:
            start.wait(timeout=30)
            return second_factor.verify(request, request.user, code).is_right
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.parametrize("role", Role.values)
def test_a_role_on_the_list_must_set_one_up_first(
    client: Any, cast: Cast, settings: Any, role: str
):
    settings.SECOND_FACTOR_ROLES = ["maker", "system_admin"]
    name = next(name for name, staff in cast.people.items() if staff.role == role)
    cast.sign_in(client, name)
    answer = client.get(reverse("account"))
    if role in settings.SECOND_FACTOR_ROLES:
        assert answer.url.startswith(reverse(SETUP))
        assert client.get(reverse(SETUP)).status_code == 200
    else:
        assert answer.status_code == 200


def test_no_change_of_posting_escapes_the_demand(
    client: Any, cast: Cast, settings: Any, hire: Callable[..., Any]
):
    settings.SECOND_FACTOR_ROLES = ["reporter"]
    cast.sign_in(client, "ben")
    assert is_let_in(client)
    second = hire("ben", Role.REPORTER, "east-1")
    cast.sign_in(client, "ben")
    for posting in (cast.people["ben"], second):
        client.post(reverse("posting-switch"), {"posting": posting.pk})
        assert client.get(reverse("union-list")).url.startswith(reverse(SETUP))


def test_log_out_works_before_the_second_factor(client: Any, cast: Cast, device: PhoneFactor):
    cast.sign_in(client, "ben")
    assert client.post(reverse("logout")).url == reverse("login")


def test_a_reset_by_two_removes_devices_and_codes(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    ben = cast.accounts["ben"]
    renew_recovery_codes(by=ben, user=ben)
    cast.sign_in(client, "ben")
    verify(shown(device))
    reset = request_for_account(kind="factor", by=cast.people["sam"], user=ben, reason="手机丢了")
    assert is_let_in(client), "one administrator alone changes nothing"
    confirm_request(by=cast.people["sue"], asked=reset)
    assert not is_let_in(client)
    assert second_factor.device_of(ben) is None
    assert not StaticToken.objects.filter(device__user=ben).exists()


def test_the_reset_runs_over_the_pages(client: Any, cast: Cast, device: PhoneFactor):
    ben = cast.people["ben"]
    cast.sign_in(client, "sam")
    asked = client.post(reverse("account-request", args=[ben.pk, "factor"]), {"reason": "手机丢了"})
    assert asked.status_code == 302
    own = client.post(reverse("account-request-decide", args=[ben.pk, "factor"]), follow=True)
    assert "必须是不同的人" in own.content.decode()
    assert PhoneFactor.objects.filter(pk=device.pk).exists()
    cast.sign_in(client, "sue")
    client.post(reverse("account-request-decide", args=[ben.pk, "factor"]))
    assert not PhoneFactor.objects.filter(pk=device.pk).exists()


def test_the_log_in_page_is_the_only_door(
    client: Any, cast: Cast, device: PhoneFactor, log_in: LogIn, with_password: Any
):
    with_password("ben")
    answer = log_in(client, "ben")
    assert answer.url == "/"
    assert client.get("/").url.startswith(reverse(VERIFY))


def test_who_must_wait_is_told_how_long_and_is_then_let_in(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        for wait in (1, 2, 4):
            assert f"请等 {wait} 秒" in verify(not_shown(device)).content.decode()
            clock.shift(timedelta(seconds=wait))
        assert verify(shown(device)).status_code == 302


def test_a_wrong_code_of_the_phone_does_not_lock_the_recovery_codes(
    client: Any, cast: Cast, device: PhoneFactor, verify: Callable[[str], Any]
):
    codes = renew_recovery_codes(by=cast.accounts["ben"], user=cast.accounts["ben"])
    with time_machine.travel(START, tick=False):
        cast.sign_in(client, "ben")
        verify(not_shown(device))
        assert verify(codes[0]).status_code == 302


def test_after_a_recovery_code_it_is_said_how_many_are_left(
    client: Any, cast: Cast, device: PhoneFactor
):
    codes = renew_recovery_codes(by=cast.accounts["ben"], user=cast.accounts["ben"])
    texts = []
    for code in codes[:6]:
        client.logout()
        cast.sign_in(client, "ben")
        page = client.post(reverse(VERIFY), {"code": code}, follow=True)
        texts.append(page.content.decode())
    assert "还剩 7 个。" in texts[0]
    assert "换一组新的" not in texts[0]
    assert "还剩 2 个。请到“我的账号”换一组新的" in texts[5]
    event = Event.objects.filter(action="second_factor", result="done").newest_first()[0]
    assert event.details == {"step": "recovery", "left": 2}


def test_a_wrong_number_while_binding_says_how_long_to_wait(client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    with time_machine.travel(START, tick=False) as clock:
        cast.sign_in(client, "ben")
        setup = reverse(SETUP)
        client.get(setup)
        client.post(setup, {"code": "000000"})
        device = PhoneFactor.objects.get(user=cast.accounts["ben"])
        assert "请等 1 秒" in client.post(setup, {"code": shown(device)}).content.decode()
        clock.shift(timedelta(seconds=2))
        assert client.post(setup, {"code": shown(device)}).status_code == 302


def test_the_table_holds_no_secret_of_a_phone(cast: Cast, device: PhoneFactor):
    kept = TOTPDevice.objects.get(pk=device.pk).key
    assert kept.startswith(f"{ring().current}.")
    assert len(kept) <= 80
    assert device.bin_key.hex() not in kept
    assert b32encode(device.bin_key).decode() not in kept


def test_a_secret_serves_nobody_else_and_cannot_be_put_in(
    client: Any, cast: Cast, device: PhoneFactor
):
    device.user = cast.accounts["mia"]
    with pytest.raises(SealError):
        _ = device.bin_key
    for planted in ("00" * 20, "", "nokey.AAAA", f"{ring().current}.AAAA", f"{ring().current}.#"):
        device.user, device.key = cast.accounts["ben"], planted
        with pytest.raises(SealError):
            _ = device.bin_key


def test_secrets_follow_the_ring(cast: Cast, device: PhoneFactor, settings: Any):
    secret, old = device.bin_key, settings.DATA_KEYS
    settings.DATA_KEYS = f"a newer secret of forty letters and more 0123456789abcdefg,{old}"
    settings.DATA_KEYS = settings.DATA_KEYS.replace(" ", "-")
    keys.forget()
    try:
        assert reseal_factors(by=CAST) == 1
        assert reseal_factors(by=CAST) == 0
        settings.DATA_KEYS = settings.DATA_KEYS.split(",")[0]
        keys.forget()
        assert PhoneFactor.objects.get(pk=device.pk).bin_key == secret
    finally:
        settings.DATA_KEYS = old
        keys.forget()
    with pytest.raises(PermissionDenied):
        reseal_factors(by=cast.people["ann"])


def test_what_an_earlier_version_kept_in_clear_is_sealed(cast: Cast):
    ben = cast.accounts["ben"]
    phone = TOTPDevice.objects.create(user=ben, name="动态口令", confirmed=True)
    clear = phone.key
    codes = StaticDevice.objects.create(user=ben, name="恢复码")
    StaticToken.objects.create(device=codes, token="ABCDEFGHJK")
    migration = import_module("unions.migrations.0009_sealed_factors")
    for _again in range(2):
        migration.seal(apps, None)
        assert PhoneFactor.objects.get(pk=phone.pk).bin_key.hex() == clear
        assert codes.token_set.get().token == kept_code(ben.pk, "ABCDEFGHJK")
    migration.unseal(apps, None)
    assert TOTPDevice.objects.get(pk=phone.pk).key == clear
