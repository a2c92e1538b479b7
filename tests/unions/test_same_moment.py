"""What happens to a page when somebody else writes in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from relief import roles
from tests.cast import Cast
from tests.strict_client import StrictClient
from tests.unions.conftest import LogIn
from unions.models import Staff, User
from unions.permissions import Role

pytestmark = pytest.mark.django_db(transaction=True)

ONE_EVENT = """
    INSERT INTO audit_event (chain, at, action, result, actor_id, staff_id, role, union_path,
        object_type, object_id, request_id, reason, details, seq, previous_hash, hash)
    SELECT u.code, now(), 'change', 'done', s.user_id, s.id, s.role, u.path,
        '', '', '', '', '{}', 0, '', ''
    FROM unions_staff s JOIN unions_union u ON u.id = s.union_id
    WHERE u.code = '110101001' LIMIT 1
"""


def sent_twice(address: str, clients: list[StrictClient], data: dict[str, Any]) -> list[Any]:
    """The same form from the same page, sent again before the first answer."""

    def send(client: StrictClient) -> Any:
        try:
            return client.post(address, data)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(send, clients))


@pytest.mark.parametrize("page", ["staff-create", "account-create"])
def test_a_double_click_makes_one_account_and_the_second_answer_says_so(cast: Cast, page: str):
    who = {"staff-create": "ann", "account-create": "sam"}[page]
    clients = [StrictClient(), StrictClient()]
    for client in clients:
        cast.sign_in(client, who)
        client.raise_request_exception = True
    for number in range(4):  # the two meet in most rounds, not in each
        data = {
            "username": f"twice{number}",
            "full_name": "双击",
            "union": cast.unions["east"].pk,
            "role": Role.MAKER,
            "starts_on": "2026-11-22",
        }
        answers = sent_twice(reverse(page), clients, data)
        assert sorted(answer.status_code for answer in answers) == [200, 302]
        refused = next(answer for answer in answers if answer.status_code == 200)
        assert "这个用户名已经有人用了。" in refused.content.decode()
        user = User.objects.get(username=f"twice{number}")
        assert Staff.objects.filter(user=user).count() == (page == "staff-create")


def test_a_chain_that_somebody_holds_is_said_in_words(
    cast: Cast, app_login: roles.Connection, log_in: LogIn, with_password: Any
):
    with_password("ben")
    client = StrictClient(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with app_login.transaction():
        app_login.execute(ONE_EVENT)
        answer = log_in(client, "ben")
        assert answer.status_code == 503
        assert answer["Retry-After"] == "10"
        assert "系统正忙" in answer.content.decode()
    assert log_in(client, "ben").status_code == 302
