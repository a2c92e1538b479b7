"""Ways around the second factor, the counting of guesses and the log, each of them closed."""

from typing import Any

import pytest
from django.conf import settings as project_settings
from django.test import Client
from django.urls import reverse

from audit.models import Event
from relief.env import SettingError
from tests.cast import PASSWORD, Cast, set_password
from unions.models import IncompatibleRoles, Message, Staff
from unions.permissions import Role
from unions.second_factor import refuse_unknown_roles
from unions.services.accounts import issue_activation_code

NEW = "kuaiche-manzou-31"


def change_password(client: Any, current: str) -> Any:
    data = {"current": current, "password": NEW, "repeated": NEW}
    return client.post(reverse("password-change"), data)


def administrator(cast: Cast) -> Staff:
    return next(one for one in cast.people.values() if one.role == Role.SYSTEM_ADMIN)


def test_the_system_administration_opens_in_that_posting_only(cast: Cast, hire: Any):
    client = Client()  # Django's own pages of the admin say zh-hans, which StrictClient refuses
    IncompatibleRoles.objects.all().delete()  # the rule under test must hold without them
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


def test_a_code_for_an_administrator_is_told_to_all_who_keep_accounts(cast: Cast):
    keepers = {
        one.user_id
        for one in cast.people.values()
        if one.role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
    }
    admin = administrator(cast)
    guard = next(one for one in cast.people.values() if one.role == Role.SECURITY_ADMIN)
    if not guard.union.path.startswith(admin.union.path):
        pytest.fail("the cast puts the security administrator outside the system administrator's")
    issue_activation_code(by=admin, user=guard.user)
    told = set(Message.objects.filter(kind="security").values_list("user_id", flat=True))
    assert told == (keepers | {guard.user_id}) - {admin.user_id}


def test_a_person_without_a_posting_can_log_out(client: Any, cast: Cast):
    cast.sign_in(client, "eve")
    page = client.get(reverse("home")).content.decode()
    assert f'action="{reverse("logout")}"' in page
