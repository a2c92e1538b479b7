"""Ways around the second factor, the counting of guesses and the log, each of them closed."""

from typing import Any

import pytest
from django.conf import settings as project_settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from audit.models import Event
from relief.env import SettingError
from tests.audit.attacker import as_owner
from tests.cast import CAST, PASSWORD, Cast, set_password
from tests.unions.refusals import refused
from unions.models import IncompatibleRoles, Message, Staff, User
from unions.permissions import Role
from unions.second_factor import refuse_unknown_roles
from unions.services.account_requests import confirm_request, request_for_account
from unions.services.accounts import create_account, issue_activation_code
from unions.services.granted import CODE_LENGTH
from unions.services.staff import post_staff

NEW = "kuaiche-manzou-31"


def change_password(client: Any, current: str) -> Any:
    data = {"current": current, "password": NEW, "repeated": NEW}
    return client.post(reverse("password-change"), data)


def administrator(cast: Cast) -> Staff:
    return next(one for one in cast.people.values() if one.role == Role.SYSTEM_ADMIN)


def test_the_system_administration_opens_in_that_posting_only(cast: Cast, hire: Any):
    client = Client()  # Django's own pages of the admin say zh-hans, which StrictClient refuses
    with as_owner():  # the rule under test must hold without them
        IncompatibleRoles.objects.all().delete()
    admin = administrator(cast)
    other = hire(admin.user.username, Role.LEADER, "city")
    name = next(name for name, one in cast.people.items() if one.pk == admin.pk)
    cast.sign_in(client, name)
    client.post(reverse("posting-switch"), {"posting": other.pk})
    assert client.get(reverse("admin:index")).status_code in {302, 403}
    client.post(reverse("posting-switch"), {"posting": admin.pk})
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_password_page_waits_for_the_second_factor(client: Any, cast: Cast, settings: Any):
    settings.SECOND_FACTOR_ROLES = [Role.MAKER]
    cast.sign_in(client, "ben")
    answer = client.get(reverse("password-change"))
    assert answer.url.startswith(reverse("second-factor-setup"))


def test_guesses_on_the_password_page_are_counted_like_those_at_the_log_in(client: Any, cast: Cast):
    set_password(cast.accounts["ben"])
    cast.sign_in(client, "ben")
    for _ in range(project_settings.AXES_FAILURE_LIMIT - 1):
        answer = change_password(client, "not the password")
        assert answer.context["form"].has_error("current")
    assert change_password(client, "not the password").status_code == 429
    assert change_password(client, PASSWORD).status_code == 429
    assert Event.objects.filter(action=Event.Action.LOG_IN_FAILED).exists()


def test_the_right_password_changes_it(client: Any, cast: Cast):
    set_password(cast.accounts["ben"])
    cast.sign_in(client, "ben")
    assert change_password(client, PASSWORD).url == reverse("account")
    cast.accounts["ben"].refresh_from_db()
    assert cast.accounts["ben"].check_password(NEW)


def test_visitors_cannot_fill_the_log(enforcing_client: Any, cast: Cast):
    before = Event.objects.count()
    answer = enforcing_client.post(reverse("login"), {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert Event.objects.count() == before


def test_a_misspelt_role_stops_the_start(settings: Any):
    settings.SECOND_FACTOR_ROLES = ["system_admn"]
    with pytest.raises(SettingError, match="system_admn"):
        refuse_unknown_roles()


def test_a_code_for_an_administrator_takes_two_and_is_told_to_all_who_keep_accounts(cast: Cast):
    keepers = {
        one.user_id
        for one in cast.people.values()
        if one.role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
    }
    admin = administrator(cast)
    guard = next(one for one in cast.people.values() if one.role == Role.SECURITY_ADMIN)
    if not guard.union.path.startswith(admin.union.path):
        pytest.fail("the cast puts the security administrator outside the system administrator's")
    set_password(guard.user)
    with refused("takes_two"):
        issue_activation_code(by=admin, user=guard.user)
    auditor = next(one for one in cast.people.values() if one.role == Role.AUDITOR)
    set_password(auditor.user)
    asked = request_for_account(by=admin, user=auditor.user, kind="code", reason="忘了密码")
    with pytest.raises(ValidationError, match="必须是不同的人"):
        confirm_request(by=admin, asked=asked)
    assert not User.objects.get(pk=auditor.user_id).is_awaiting_activation()
    assert len(confirm_request(by=guard, asked=asked)) == CODE_LENGTH
    assert User.objects.get(pk=auditor.user_id).is_awaiting_activation()
    told = set(Message.objects.filter(kind="security").values_list("user_id", flat=True))
    assert told == (keepers | {auditor.user_id}) - {guard.user_id}


def test_a_person_without_a_posting_can_log_out(client: Any, cast: Cast):
    cast.sign_in(client, "eve")
    page = client.get(reverse("home")).content.decode()
    assert f'action="{reverse("logout")}"' in page


def test_nobody_appoints_somebody_from_another_district(client: Any, cast: Cast):
    """It would end a stranger's sessions and lock his own district out of his account."""
    stranger = cast.accounts["cai"]
    stranger.refresh_from_db()
    before = stranger.auth_version
    cast.sign_in(client, "ann")
    address = reverse("staff-post") + f"?username={stranger.username}"
    page = client.get(address)
    assert stranger.full_name not in page.content.decode()
    data = {"union": cast.unions["east"].pk, "role": Role.REPORTER}
    client.post(address, data)
    with pytest.raises(PermissionDenied):
        post_staff(
            by=cast.people["ann"],
            user=stranger,
            union=cast.unions["east"],
            role=Role.REPORTER,
        )
    stranger.refresh_from_db()
    assert stranger.auth_version == before
    assert Staff.objects.filter(user=stranger).count() == 1


def test_nobody_appoints_an_account_that_somebody_else_registered(cast: Cast):
    ann = cast.people["ann"]
    user = create_account(by=CAST, username="nobody.yet", full_name="未任命")
    issue_activation_code(by=CAST, user=user)
    user.refresh_from_db()
    with pytest.raises(PermissionDenied):
        post_staff(by=ann, user=user, union=cast.unions["east"], role=Role.REPORTER)


@pytest.mark.parametrize("lookup", ["password__startswith", "activation_hash__startswith"])
def test_hashes_cannot_be_asked_for_bit_by_bit(cast: Cast, lookup: str):
    client = Client()
    admin = administrator(cast)
    name = next(name for name, one in cast.people.items() if one.pk == admin.pk)
    cast.sign_in(client, name)
    answer = client.get(reverse("admin:unions_user_changelist"), {lookup: "a"})
    assert answer.status_code in {302, 400, 403}


def test_a_planted_secret_is_not_offered_to_the_next_session(client: Any, cast: Cast):
    cast.sign_in(client, "ben")
    planted = client.get(reverse("second-factor-setup")).context["secret"]
    client.post(reverse("second-factor-setup"), {"code": "000000"})
    client.logout()
    cast.sign_in(client, "ben")
    assert client.get(reverse("second-factor-setup")).context["secret"] != planted


@pytest.mark.parametrize("digits", ["1" * 5000, "9" * 19, "²"])
def test_a_number_that_is_no_key_is_no_object(client: Any, cast: Cast, digits: str):
    cast.sign_in(client, "ben")
    assert client.post(reverse("posting-switch"), {"posting": digits}).status_code == 404
    assert client.post(reverse("message-read"), {"message": digits}).status_code == 404
