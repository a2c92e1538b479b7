"""No table keeps what somebody typed where a password is asked for."""

from typing import Any

import pytest
from django import forms
from django.urls import reverse

from relief.lib.forms import Form
from relief.lib.widgets import PasswordInput
from tests.audit.attacker import rows
from tests.cast import Cast, set_password
from unions.forms import login

pytestmark = pytest.mark.django_db

WRONG = "Canary-sings-not-the-password-77"
NEW = "Canary-sings-the-next-password-78"
BESIDE = "Canary-of-the-form-that-waits-79"
#: form → (URL name, fields), each answered by a refusal that axes counts.
PAGES = {
    "LogInForm": ("login", {"username": "ben", "password": WRONG}),
    "a password as user name": ("login", {"username": WRONG, "password": NEW}),
    "ActivationForm": (
        "activation",
        {"username": "ben", "code": WRONG, "password": NEW, "repeated": NEW},
    ),
    "ChangePasswordForm": (
        "password-change",
        {"current": WRONG, "password": NEW, "repeated": NEW},
    ),
    "IdentityForm": ("identity-confirm", {"password": WRONG}),
    "IdentityForm before an act": (
        "staff-create",
        {"identity-password": WRONG, "reason": BESIDE},
    ),
}
PUBLIC = {"login", "activation"}


def password_forms() -> set[str]:
    """Forms of this module that take a password, but for the bases of others."""
    found = {
        name
        for name, form in vars(login).items()
        if isinstance(form, type)
        and issubclass(form, Form)
        and any(has_password(field) for field in form.base_fields.values())
    }
    return found - {"NewPasswordForm"}


def has_password(field: forms.Field) -> bool:
    return isinstance(field.widget, PasswordInput)


def kept() -> str:
    return str([rows(f"SELECT t::text FROM {table} t") for table in axes_tables()])


def axes_tables() -> list[str]:
    found = rows("SELECT tablename FROM pg_tables WHERE tablename LIKE 'axes%%'")
    return [name for (name,) in found]


def test_every_form_with_a_password_is_tried():
    assert password_forms() <= PAGES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_refused_try_leaves_nothing_typed(client: Any, cast: Cast, page: str):
    url, fields = PAGES[page]
    set_password(cast.accounts["ann"])
    set_password(cast.accounts["ben"])
    if url not in PUBLIC:
        cast.sign_in(client, "ann", is_confirmed=False)
    for _ in range(2):
        client.post(f"{reverse(url)}?{BESIDE}={WRONG}", fields)
    (count,) = rows("SELECT count(*) FROM axes_accessfailurelog")[0]
    assert count == 2
    text = kept().lower()
    for secret in (WRONG, NEW, BESIDE, "ben"):
        assert secret.lower() not in text
