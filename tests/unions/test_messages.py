from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.cast import Cast
from tests.unions.conftest import Hire
from unions.models import Message
from unions.permissions import Role
from unions.services.messages import notify, read_messages

pytestmark = pytest.mark.django_db


def send(cast: Cast, to: str, text: str = "请在 1 月 20 日前上报。", **more: object) -> Message:
    return notify(by=cast.people["ann"], to=cast.accounts[to], kind="reminder", text=text, **more)  # type: ignore[arg-type]  # each test knows what it sends


def unread(client: Any) -> int:
    return int(client.get("/").context["shell"].unread)


def test_unread_messages_are_counted_and_stand_on_the_landing_page(client: Any, cast: Cast):
    send(cast, "ben", "第一条", url="/unions/")
    send(cast, "ben", "第二条")
    cast.sign_in(client, "ben")
    assert unread(client) == 2
    page = client.get("/").content.decode()
    assert '<a href="/unions/">第一条</a>' in page
    assert page.index("第二条") < page.index("第一条"), "newest first"


def test_one_message_is_read_then_all(client: Any, cast: Cast):
    first, _, _ = (send(cast, "ben", text) for text in ("第一条", "第二条", "第三条"))
    cast.sign_in(client, "ben")
    client.post(reverse("message-read"), {"message": first.pk})
    assert unread(client) == 2
    first.refresh_from_db()
    assert first.read_at is not None
    client.post(reverse("message-read"))
    assert unread(client) == 0
    assert "第一条" in client.get(reverse("message-list")).content.decode(), "read ones stay"


def test_nobody_sees_or_reads_messages_of_others(client: Any, cast: Cast):
    message = send(cast, "ben", "只给卞恩")
    cast.sign_in(client, "eli")
    assert unread(client) == 0
    assert "只给卞恩" not in client.get(reverse("message-list")).content.decode()
    client.post(reverse("message-read"), {"message": message.pk})
    client.post(reverse("message-read"))
    message.refresh_from_db()
    assert message.read_at is None


def test_a_message_to_a_posting_shows_while_working_in_it(client: Any, cast: Cast, hire: Hire):
    second = hire("ben", Role.REPORTER, "cell")
    send(cast, "ben", "给填报岗位", staff=second)
    send(cast, "ben", "给账号")
    cast.sign_in(client, "ben")
    client.post(reverse("posting-switch"), {"posting": cast.people["ben"].pk})
    assert unread(client) == 1
    client.post(reverse("posting-switch"), {"posting": second.pk})
    assert unread(client) == 2


@pytest.mark.parametrize("wanted", ["x", "-1", "1 OR 1=1", "²"])
def test_a_message_that_cannot_be_is_not_found(client: Any, cast: Cast, wanted: str):
    cast.sign_in(client, "ben")
    assert client.post(reverse("message-read"), {"message": wanted}).status_code == 404


def test_reading_again_keeps_the_first_time(cast: Cast):
    message = send(cast, "ben")
    ben = cast.accounts["ben"]
    assert read_messages(by=ben, staff=cast.people["ben"]) == 1
    message.refresh_from_db()
    first = message.read_at
    assert read_messages(by=ben, staff=cast.people["ben"], message_id=message.pk) == 0
    message.refresh_from_db()
    assert message.read_at == first


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", "home"]
)
def test_a_message_leads_to_a_page_of_ours_only(cast: Cast, url: str):
    with pytest.raises(ValidationError, match="链接只能指向本系统的页面"), transaction.atomic():
        send(cast, "ben", url=url)
    with pytest.raises(IntegrityError, match="url_within_site"), transaction.atomic():
        Message.objects.create(user=cast.accounts["ben"], kind="news", text="x", url=url)
