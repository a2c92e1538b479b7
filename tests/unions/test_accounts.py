from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from tests.cast import Cast
from tests.unions.conftest import Hire, LogIn
from tests.unions.refusals import refused
from unions.models import AccountRequest, Message, User
from unions.paper_codes import ALPHABET
from unions.permissions import Role
from unions.services.account_requests import (
    confirm_request,
    request_for_account,
    withdraw_request,
)
from unions.services.accounts import (
    activate_account,
    change_password,
    create_account,
    disable_account,
    end_sessions,
    issue_activation_code,
)
from unions.services.granted import CODE_LENGTH

pytestmark = pytest.mark.django_db
NEW = "a quiet bridge over water"
START = "2026-11-22T09:00:00+08:00"


@pytest.fixture
def code(cast: Cast) -> str:
    return issue_activation_code(by=cast.people["ann"], user=cast.accounts["ben"])


@pytest.fixture
def activate(client: Any) -> Callable[..., Any]:
    def post(code: str, password: str = NEW, username: str = "ben", **more: str) -> Any:
        form = {"username": username, "code": code, "password": password, "repeated": password}
        return client.post(reverse("activation"), form | more)

    return post


def is_done(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer.url == reverse("login"))


@pytest.mark.parametrize("username", ["ab", "-ab", "A.B", "a b", "张三", "a" * 41, "ab\n", ""])
def test_a_malformed_user_name_is_refused_by_service_and_database(cast: Cast, username: str):
    with pytest.raises(ValidationError):
        create_account(by=cast.people["sam"], username=username, full_name="某人")
    with pytest.raises(DatabaseError, match=r"username_shape|too long"), transaction.atomic():
        User.objects.create(username=username, full_name="某人")


def test_a_taken_user_name_is_refused(cast: Cast):
    with refused("unique"):
        create_account(by=cast.people["sam"], username="ben", full_name="另一个")


def test_a_new_account_cannot_log_in_before_its_activation(cast: Cast, client: Any, log_in: LogIn):
    create_account(by=cast.people["sam"], username="new.one", full_name="新人")
    for password in ("", "123456", "new.one", "!"):
        assert log_in(client, "new.one", password).status_code == 200


def test_a_code_sets_the_first_password_and_is_gone(
    code: str, cast: Cast, client: Any, activate: Callable[..., Any], log_in: LogIn
):
    assert is_done(activate(code))
    assert log_in(client, "ben", NEW).url == "/"
    again = activate(code, "another bridge over water")
    assert again.context["form"].has_error("code")
    actions = Event.objects.order_by("id").values_list("action", flat=True)
    assert list(actions)[-4:] == ["issue_code", "activate", "log_in", "log_in_failed"]


def test_a_code_is_readable_and_stored_as_a_hash_only(code: str, cast: Cast):
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert not set("01OILo") & set(ALPHABET)
    stored = User.objects.filter(username="ben").values()[0]
    assert code not in str(stored)
    assert code not in str(list(Event.objects.values()))


@pytest.mark.parametrize(("hours", "works"), [(71, True), (73, False)])
def test_a_code_holds_72_hours(cast: Cast, activate: Callable[..., Any], hours: int, works: bool):
    with time_machine.travel(START, tick=False) as clock:
        code = issue_activation_code(by=cast.people["ann"], user=cast.accounts["ben"])
        clock.shift(timedelta(hours=hours))
        assert is_done(activate(code)) == works


def test_a_newer_code_replaces_the_older(code: str, cast: Cast, activate: Callable[..., Any]):
    newer = issue_activation_code(by=cast.people["ann"], user=cast.accounts["ben"])
    assert newer != code
    assert activate(code).context["form"].has_error("code")
    assert is_done(activate(newer))


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        lambda code: f"  {code} ",
        lambda code: "-".join((code[:4], code[4:8], code[8:])),
        lambda code: " ".join(code.lower()),
    ],
    ids=["small letters", "blanks", "dashes", "spelled out"],
)
def test_a_code_may_be_typed_in_any_way(
    code: str, activate: Callable[..., Any], spell: Callable[[str], str]
):
    assert is_done(activate(spell(code)))


def test_a_code_does_not_fit_another_account(code: str, cast: Cast, activate: Callable[..., Any]):
    issue_activation_code(by=cast.people["ann"], user=cast.accounts["eli"])
    assert activate(code, username="eli").context["form"].has_error("code")


def test_a_code_of_a_disabled_account_is_worthless(
    code: str, cast: Cast, activate: Callable[..., Any]
):
    disable_account(by=cast.people["ann"], user=cast.accounts["ben"], reason="调离")
    assert activate(code).context["form"].has_error("code")


def test_a_weak_password_keeps_the_code_alive(code: str, activate: Callable[..., Any]):
    assert activate(code, "short").context["form"].has_error("password")
    assert activate(code, "Gonghui2026!!").context["form"].has_error("password")
    assert is_done(activate(code))


def test_two_different_passwords_are_told_apart(code: str, activate: Callable[..., Any]):
    answer = activate(code, repeated="a quiet bridge over land")
    assert answer.context["form"].has_error("repeated")
    assert is_done(activate(code))


def test_guessing_codes_is_throttled_and_audited(code: str, activate: Callable[..., Any]):
    guesses = [activate(f"AAAABBBB222{digit}").status_code for digit in "23456"]
    assert guesses == [200] * 4 + [429]
    assert activate(code).status_code == 429
    assert Event.objects.filter(action="log_in_failed").count() == 5
    assert Event.objects.filter(action="locked_out").count() == 1


def test_the_code_is_used_once_also_when_two_post_it_together(code: str, cast: Cast):
    """Both passed the check of the code; the second finds it used when its turn comes."""
    first, second = User.objects.get(username="ben"), User.objects.get(username="ben")
    activate_account(by=first, password=NEW)
    with refused("code_used"):
        activate_account(by=second, password="another bridge over water")
    assert User.objects.get(username="ben").check_password(NEW)


def test_the_old_password_works_until_a_new_code_is_used(
    cast: Cast, client: Any, log_in: LogIn, with_password: Callable[[str], User]
):
    with_password("ben")
    issue_activation_code(by=cast.people["ann"], user=cast.accounts["ben"])
    assert log_in(client, "ben").url == "/"


def test_only_the_person_sets_the_password():
    """The two services that set one take the account itself as the one who acts."""
    for service in (activate_account, change_password):
        parameters = service.__annotations__
        assert parameters["by"] is User
        assert "user" not in parameters


def test_no_form_of_the_django_admin_sets_a_password(rf: RequestFactory, cast: Cast):
    request = rf.get("/admin/")
    user: Any = cast.accounts["sam"]
    user.is_verified = lambda: True  # as OTPMiddleware leaves it
    request.user = user
    assert admin.site._registry
    for model, model_admin in admin.site._registry.items():
        assert not isinstance(model_admin, UserAdmin)
        for is_change in (True, False):
            fields = model_admin.get_form(request, change=is_change).base_fields
            assert not [name for name in fields if "password" in name], model
            assert "activation_hash" not in fields


@pytest.mark.parametrize(
    "path", ["unions/user/{}/password/", "auth/user/{}/password/", "{}/password/"]
)
def test_the_password_page_of_the_django_admin_is_not_there(cast: Cast, path: str):
    ben, client = cast.accounts["ben"], Client()
    before = User.objects.get(pk=ben.pk).password
    cast.sign_in(client, "sam")
    form = {"password1": NEW, "password2": NEW, "password": NEW}
    answer = client.post(f"/admin/{path.format(ben.pk)}", form)
    assert answer.status_code in {302, 403, 404}
    assert User.objects.get(pk=ben.pk).password == before


@pytest.mark.parametrize("who", ["mia", "leo", "ada", "abe", "sue", "cai"])
def test_a_code_is_issued_by_keepers_of_the_account_only(cast: Cast, who: str):
    with pytest.raises(PermissionDenied):
        issue_activation_code(by=cast.people[who], user=cast.accounts["ben"])


def test_a_disabled_administrators_account_still_takes_two(
    cast: Cast, with_password: Callable[[str], User]
):
    """Or one alone would disable it, print a code, enable it, and be the other one."""
    sue = with_password("sue")
    disable_account(by=cast.people["sam"], user=sue, reason="出差")
    with refused("takes_two"):
        issue_activation_code(by=cast.people["sam"], user=sue)


@pytest.mark.parametrize("who", ["fay", "kay"])
def test_one_alone_does_not_become_the_hand_that_checks_or_pays(
    cast: Cast, with_password: Callable[[str], User], who: str
):
    """A district administrator with a code for them would check and pay his own entries."""
    assert issue_activation_code(by=cast.people["ann"], user=cast.accounts[who])  # never used yet
    user = with_password(who)
    with refused("takes_two"):
        issue_activation_code(by=cast.people["ann"], user=user)
    asked = request_for_account(by=cast.people["sam"], user=user, kind="code", reason="忘了密码")
    assert confirm_request(by=cast.people["sue"], asked=asked)
    told = Message.objects.filter(kind="security").values_list("user_id", flat=True)
    assert user.pk in set(told)


@pytest.mark.parametrize(("who", "status"), [("sam", 302), ("sue", 403), ("ann", 404)])
def test_a_lost_slip_of_an_account_without_posting_is_printed_anew(
    client: Any, cast: Cast, who: str, status: int
):
    cast.sign_in(client, who)
    address = reverse("account-code") + "?username="
    assert client.post(f"{address}eve").status_code == status
    assert User.objects.get(username="eve").is_awaiting_activation() == (who == "sam")
    assert client.post(f"{address}ben").status_code in {403, 404}, "ben has a posting"
    if who != "ann":
        page = client.get(reverse("account-detail") + "?username=eve")
        assert ("激活单" in page.content.decode()) == (who == "sam")
        assert ("任命岗位" in page.content.decode()) == (who == "sue")


@pytest.fixture
def reset(cast: Cast) -> AccountRequest:
    return request_for_account(
        kind="factor", by=cast.people["sam"], user=cast.accounts["ben"], reason="手机丢了"
    )


def test_one_asks_and_another_confirms(cast: Cast, reset: AccountRequest):
    before = User.objects.get(username="ben").auth_version
    confirm_request(by=cast.people["sue"], asked=reset)
    assert User.objects.get(username="ben").auth_version == before + 1
    events = Event.objects.filter(action="factor_reset").order_by("id")
    assert [(event.actor_id, event.details["step"]) for event in events] == [
        (cast.accounts["sam"].pk, "requested"),
        (cast.accounts["sue"].pk, "confirmed"),
    ]


def test_the_one_who_asked_cannot_confirm(cast: Cast, reset: AccountRequest):
    with pytest.raises(ValidationError, match="必须是不同的人"):
        confirm_request(by=cast.people["sam"], asked=reset)


def test_the_one_who_asked_cannot_confirm_from_another_posting(
    cast: Cast, hire: Hire, reset: AccountRequest
):
    second = hire("sam", Role.SYSTEM_ADMIN, "city")
    with pytest.raises(ValidationError, match="必须是不同的人"):
        confirm_request(by=second, asked=reset)


def test_nobody_asks_or_confirms_for_himself(cast: Cast):
    sam, sue = cast.people["sam"], cast.people["sue"]
    with pytest.raises(ValidationError, match="不能为自己申请"):
        request_for_account(kind="factor", by=sam, user=sam.user, reason="手机丢了")
    asked = request_for_account(kind="factor", by=sue, user=sam.user, reason="手机丢了")
    with pytest.raises(ValidationError, match="必须是不同的人"):
        confirm_request(by=sam, asked=asked)


@pytest.mark.parametrize(
    ("asked_by", "confirmed_by"),
    [("sam", "sam"), ("sam", "ben"), ("ben", "sam"), ("ben", "ben")],
)
def test_the_database_wants_three_people(cast: Cast, asked_by: str, confirmed_by: str):
    with pytest.raises(IntegrityError, match="unions_accountrequest_"), transaction.atomic():
        AccountRequest.objects.create(
            kind="factor",
            user=cast.accounts["ben"],
            reason="手机丢了",
            requested_by=cast.accounts[asked_by],
            confirmed_by=cast.accounts[confirmed_by],
            confirmed_at=timezone.now(),
        )


def test_a_request_is_open_once_and_decided_once(cast: Cast, reset: AccountRequest):
    with pytest.raises(ValidationError, match="已经有一个待确认"):
        request_for_account(kind="factor", by=cast.people["sue"], user=reset.user, reason="又问")
    withdraw_request(by=cast.people["sam"], asked=reset)
    with refused("not_open"):
        confirm_request(by=cast.people["sue"], asked=reset)
    again = request_for_account(
        kind="factor", by=cast.people["sue"], user=reset.user, reason="还是丢了"
    )
    confirm_request(by=cast.people["sam"], asked=again)
    with refused("not_open"):
        withdraw_request(by=cast.people["sam"], asked=again)


@pytest.mark.parametrize("who", ["ann", "mia", "abe", "ada", "leo"])
def test_only_system_and_security_administrators_reset_a_factor(
    cast: Cast, reset: AccountRequest, who: str
):
    with pytest.raises(PermissionDenied):
        confirm_request(by=cast.people[who], asked=reset)
    with pytest.raises(PermissionDenied):
        request_for_account(
            kind="factor", by=cast.people[who], user=cast.accounts["eli"], reason="x"
        )


def test_ending_somebodys_sessions_leaves_a_message_and_an_event(cast: Cast, client: Any):
    cast.sign_in(client, "ben")
    assert end_sessions(by=cast.people["ann"], user=cast.accounts["ben"], reason="丢了") == 1
    event = Event.objects.newest_first()[0]
    assert (event.action, event.reason, event.details) == ("session_end", "丢了", {"count": 1})
