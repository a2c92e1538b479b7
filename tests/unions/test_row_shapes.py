"""Row truths of accounts, postings and messages: the database refuses what no form would send."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from tests.audit.attacker import as_owner
from tests.cast import CAST, Cast
from tests.unions.refusals import codes_of
from unions.models import IncompatibleRoles
from unions.services.account_requests import request_for_account
from unions.services.accounts import create_account
from unions.services.messages import notify

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("change", "truth"),
    [
        ("unions_user SET full_name = ' '", "unions_user_full_name_filled"),
        ("unions_user SET full_name = '卞恩 '", "unions_user_full_name_filled"),
        ("unions_user SET phone = '电话'", "unions_user_phone_shape"),
        ("unions_user SET username = 'Ben' WHERE username = 'ben'", "unions_user_username_shape"),
        ("unions_staff SET role = 'king'", "unions_staff_role_known"),
        ("unions_message SET kind = 'gossip'", "unions_message_kind_known"),
        ("unions_message SET text = ' '", "unions_message_text_filled"),
        ("unions_accountrequest SET reason = ' '", "unions_accountrequest_reason_filled"),
        ("unions_accountrequest SET kind = 'whim'", "unions_accountrequest_kind"),
    ],
)
def test_sql_cannot_write_a_row_out_of_shape(cast: Cast, change: str, truth: str):
    ben = cast.accounts["ben"]
    notify(by=CAST, to=ben, kind="news", text="通知")
    request_for_account(by=cast.people["sam"], user=ben, kind="factor", reason="手机丢了")
    with (
        pytest.raises(IntegrityError, match=truth),
        as_owner(),  # whatever the app role may write
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {change}")


@pytest.mark.parametrize(
    ("first", "reason", "truth"),
    [("a king", "两人分开", "roles_known"), ("auditor", " ", "reason_filled")],
)
def test_a_pair_of_roles_names_roles_and_a_reason(cast: Cast, first: str, reason: str, truth: str):
    with pytest.raises(IntegrityError, match=truth), as_owner():
        IncompatibleRoles.objects.create(first=first, second="reporter", reason=reason)


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2066", "\x07", "\u2028", "\ue000"])
def test_a_name_with_an_unseen_letter_is_refused(cast: Cast, hidden: str):
    with pytest.raises(ValidationError) as refusal:
        create_account(by=cast.people["sam"], username="new.one", full_name=f"王{hidden}芳")
    assert codes_of(refusal.value) == {"hidden_characters"}
