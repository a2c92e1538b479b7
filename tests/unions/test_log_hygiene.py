"""The audit log says who did what, and never anything about a person that was typed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests.audit.attacker import rows
from tests.cast import PASSWORD, Cast
from tests.unions.conftest import LogIn
from unions.models import Staff

pytestmark = pytest.mark.django_db

CANARIES = {
    "full_name": "金丝雀·不该出现",
    "username": "canary.bird",
    "phone": "010-9999 8888",
    "password": "canary sings in the morning",
    "id": "11010119900307771X",
}


def test_nothing_typed_about_a_person_reaches_the_log(
    client: Any, cast: Cast, log_in: LogIn, with_password: Any
):
    with_password("ann")
    log_in(client, "ann")
    form = {
        **{name: CANARIES[name] for name in ("full_name", "username", "phone")},
        "union": cast.unions["east-1"].pk,
        "role": "maker",
    }
    code = client.post(reverse("staff-create"), form, follow=True).context["code"]
    staff = Staff.objects.get(user__username=CANARIES["username"])
    activation = {"username": staff.user.username, "code": code}
    new = {"password": CANARIES["password"], "repeated": CANARIES["password"]}
    assert Client().post(reverse("activation"), activation | new).status_code == 302

    other = Client()
    log_in(other, CANARIES["id"], CANARIES["password"])
    log_in(other, CANARIES["username"], CANARIES["id"])
    assert log_in(other, CANARIES["username"], CANARIES["password"]).status_code == 302
    other.get(reverse("log-list"), {"person": CANARIES["full_name"]})
    other.get(f"/{CANARIES['id']}/")
    client.get(reverse("search"), {"q": CANARIES["full_name"]})
    exported = client.post(
        f"{reverse('staff-export')}?q={CANARIES['full_name']}&role=maker", {"scope": "all"}
    )
    assert exported.status_code == 200
    client.post(reverse("staff-end", args=[staff.pk]), {"ends_on": "2027-01-01", "reason": "调离"})

    actions = set(Event.objects.values_list("action", flat=True))
    assert actions >= {"create", "post", "issue_code", "activate", "log_in", "log_in_failed"}
    assert actions >= {"access_denied", "export", "end"}
    stored = str(rows("SELECT e::text FROM audit_event e"))
    for name, canary in {**CANARIES, "code": code, "own password": PASSWORD}.items():
        assert canary not in stored, name


def test_a_refusal_names_the_view_and_not_the_address_that_was_typed(client: Any, cast: Cast):
    cast.sign_in(client, "mia")
    client.get(reverse("log-object", args=["unions.User", "1"]), {"x": CANARIES["id"]})
    event = Event.objects.filter(action="access_denied").get()
    assert event.details == {"view": "log-object", "method": "GET"}
    assert (event.result, event.staff_id) == ("refused", cast.people["mia"].pk)


def test_trying_on_writes_a_refusal_once(client: Any, cast: Cast):
    cast.sign_in(client, "roy")
    for _ in range(20):
        assert client.get(reverse("log-list")).status_code == 403
    assert client.post(reverse("log-export")).status_code == 403
    refused = Event.objects.filter(action="access_denied").order_by("id")
    assert [event.details["view"] for event in refused] == ["log-list", "log-export"]
