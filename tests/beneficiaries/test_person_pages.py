"""Registering, changing and looking at a person, as somebody at a browser does it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from beneficiaries.identity import lengthened
from beneficiaries.models import Attachment, Beneficiary, PastAid
from beneficiaries.models.person_key import key_of
from beneficiaries.services.categories import add_category
from beneficiaries.services.files import open_file
from beneficiaries.services.papers import add_attachment, record_consent, withdraw_consent
from beneficiaries.services.people import change_beneficiary
from beneficiaries.services.same_person import merge_beneficiaries
from beneficiaries.services.transfers import link_beneficiary
from tests.audit.attacker import rows
from tests.beneficiaries.conftest import Coded, Register
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from unions.models import Session

pytestmark = pytest.mark.django_db
SECRETS = {
    "phone": "13912345678",
    "other_contact": "010-64000000 老周",
    "address": "北京市东城区建国门街道苏州胡同12号",
    "bank_account": "6222020200000001232",
    "health": "终末期肾病",
}
CREATE = "/people/new/"


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22), bank_name="工商银行", **SECRETS)


def page_of(person: Beneficiary) -> str:
    return reverse("person-detail", args=[person.pk])


def words(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def opened(client: Client, address: str) -> dict[str, str]:
    """What the form of the page would post if nothing were touched."""
    form = client.get(address).context["form"]
    posted = {}
    for name, field in form.fields.items():
        bound = form[name]
        value = bound.value()
        posted[name] = "" if value is None or value == [] else str(value)
        if field.show_hidden_initial:
            posted[f"initial-{name}"] = posted[name]
    return {name: value for name, value in posted.items() if name not in {"lengthen", "cleared"}}


def registration(cast: Cast, **typed: Any) -> dict[str, Any]:
    return {"union": cast.unions["east-1"].pk, "name": "王桂兰", "id_kind": "resident"} | typed


def test_a_clerk_registers_a_person(client: Client, cast: Cast):
    cast.sign_in(client, "ben")
    typed = registration(cast, id_number=id_number(22), address=SECRETS["address"])
    response = client.post(CREATE, typed)
    person = Beneficiary.objects.get()
    assert response.headers["Location"] == page_of(person)
    assert (person.sex, str(person.birth_on)) == ("female", "1968-01-01")
    told = words(client.get(page_of(person)))
    assert "北京市东城区建国门街道***" in told
    assert "苏州胡同" not in told


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"id_number": id_number(22)[:-1]}, "18"),
        ({"id_number": id_number(22), "sex": "male"}, "男"),
        ({"id_number": id_number(22), "birth_on": "1968-01-02"}, "1968-01-01"),
        ({"id_number": ""}, "没有证件号码"),
        ({"id_kind": "other", "id_number": "E1"}, "5 到 20 位"),
        ({"id_kind": "", "phone": "64000000"}, "11 位"),
        ({"id_kind": "", "bank_account": "6222"}, "12 到 25 位"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    client: Client, cast: Cast, typed: dict[str, Any], said: str
):
    cast.sign_in(client, "ben")
    told = words(client.post(CREATE, registration(cast, health="慢性病", **typed)))
    assert said in told
    assert "error-summary" in told
    assert 'value="慢性病"' in told
    assert not Beneficiary.objects.exists()


def test_residence_permits_and_passports_are_registered(client: Client, cast: Cast):
    cast.sign_in(client, "ben")
    permit = id_number(23, region="810000")
    client.post(CREATE, registration(cast, id_kind="residence_permit", id_number=permit))
    client.post(CREATE, registration(cast, name="李四", id_kind="other", id_number="E12345678"))
    kinds = dict(Beneficiary.objects.values_list("name", "id_kind"))
    assert kinds == {"王桂兰": "residence_permit", "李四": "other"}


def test_fifteen_digits_become_eighteen_on_confirmation(client: Client, cast: Cast):
    cast.sign_in(client, "ben")
    old = "110101680101001"
    typed = registration(cast, id_number=old)
    told = words(client.post(CREATE, typed))
    assert lengthened(old) in told
    assert 'name="lengthen"' in told
    client.post(CREATE, typed | {"lengthen": "on"})
    person = Beneficiary.objects.get()
    assert person.unseal(key_of(person), "id_number") == lengthened(old)


def test_a_known_number_leads_to_its_person(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "ann")
    typed = registration(cast, name="王桂芝", id_number=id_number(22))
    told = words(client.post(CREATE, typed))
    assert f'href="{page_of(person)}"' in told
    assert Beneficiary.objects.count() == 1
    look = Event.objects.newest_first()[0]
    assert (look.action, look.object_id, look.details) == (
        "look_up",
        str(person.pk),
        {"found": "own"},
    )


def test_a_number_of_another_union_is_said_to_be_there_and_no_more(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "wes")
    union = cast.unions["west-1"].pk
    told = words(client.post(CREATE, registration(cast, union=union, id_number=id_number(22))))
    assert "在别的机构已经登记" in told
    assert str(person.pk) not in told
    assert "东一街道" not in told
    look = Event.objects.newest_first()[0]
    assert (look.action, look.object_id, look.details) == ("look_up", "", {"found": "elsewhere"})


def test_somebody_alike_is_shown_before_a_second_one_is_made(
    client: Client, cast: Cast, register: Register
):
    known = register("王桂兰", id_kind="", id_number="", birth_on=None, phone="13712345678")
    cast.sign_in(client, "ben")
    typed = registration(cast, id_kind="", phone="13712345678")
    told = words(client.post(CREATE, typed))
    assert "可能已经登记过" in told
    assert page_of(known) in told
    assert Beneficiary.objects.count() == 1
    client.post(CREATE, typed | {"is_another": "on"})
    assert Beneficiary.objects.count() == 2


def test_the_page_of_a_change_holds_no_full_value(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "ben")
    for name in ("person-detail", "person-change"):
        told = words(client.get(reverse(name, args=[person.pk])))
        for value in (*SECRETS.values(), id_number(22)):
            assert value not in told, (name, value)
    assert "现有：139****5678。不改就不填。" in told


def test_empty_means_unchanged_and_deleting_is_said(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "ben")
    address = reverse("person-change", args=[person.pk])
    posted = opened(client, address) | {"name": "王桂芝", "cleared": ["health", "id_number"]}
    assert client.post(address, posted).status_code == 302
    person.refresh_from_db()
    key = key_of(person)
    assert (person.name, person.id_kind, person.id_index) == ("王桂芝", "", None)
    assert person.unseal(key, "health") == ""
    assert person.unseal(key, "phone") == SECRETS["phone"]
    event = Event.objects.filter(action="change").newest_first()[0]
    assert event.details["fields"] == ["health", "id_kind", "id_number", "name"]
    posted = opened(client, address) | {"phone": "13700000001", "cleared": ["phone"]}
    assert "又填了新的" in words(client.post(address, posted))


def test_the_later_of_two_editors_sees_both_versions_and_saves_knowingly(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "ben")
    address = reverse("person-change", args=[person.pk])
    posted = opened(client, address) | {"sex": "female", "phone": "13700000001", "health": "好转"}
    change_beneficiary(
        by=cast.people["ann"], person=person, version=1, name="王桂芝", phone="13600000002"
    )
    response = client.post(address, posted)
    told = words(response)
    rows = {row.label: (row.stored, row.mine) for row in response.context["conflict"].rows}
    assert rows == {
        "姓名": ("王桂芝", None),
        "手机号码": ("136****0002", "13700000001"),
        "健康状况": ("已登记", "好转"),
    }
    assert "安宁" in told
    assert "改了姓名、手机号码" in told
    assert "13600000002" not in told
    form = response.context["form"]
    again = {name: form[name].value() or "" for name in form.fields if name != "cleared"}
    again |= {f"initial-{name}": form.data[f"initial-{name}"] for name in ("name", "id_kind")}
    again |= {
        f"initial-{name}": form.data[f"initial-{name}"] for name in ("sex", "birth_on", "workplace")
    }
    again.pop("lengthen")
    assert client.post(address, again).status_code == 302
    person.refresh_from_db()
    key = key_of(person)
    assert (person.name, person.version) == ("王桂芝", 3)
    assert [person.unseal(key, name) for name in ("phone", "health")] == ["13700000001", "好转"]


def test_a_full_value_is_shown_once_and_leaves_a_trace(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "kay")
    address = reverse("person-reveal", args=[person.pk])
    posted = {"fields_wanted": ["phone", "health"], "why": "联系本人"}
    response = client.post(address, posted)
    target = response.headers["Location"]
    assert target == f"{page_of(person)}#who"
    shown = client.get(page_of(person))
    assert "no-store" in shown["Cache-Control"]
    told = words(shown)
    assert SECRETS["phone"] in told
    assert SECRETS["health"] in told
    assert SECRETS["bank_account"] not in told
    again = words(client.get(page_of(person)))
    assert SECRETS["phone"] not in again
    events = Event.objects.filter(action="reveal").order_by("id")
    assert [(event.reason, event.details) for event in events] == [
        ("联系本人", {"field": "phone"}),
        ("联系本人", {"field": "health"}),
    ]


def test_what_waits_to_be_shown_is_sealed_in_the_session(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "kay")
    address = reverse("person-reveal", args=[person.pk])
    client.post(address, {"fields_wanted": ["phone"], "why": "联系本人"})
    kept = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    assert "reveal" in kept
    assert SECRETS["phone"] not in kept


def test_a_look_without_reason_is_refused_beside_the_question(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "kay")
    address = reverse("person-reveal", args=[person.pk])
    for posted in (
        {"fields_wanted": ["phone"]},
        {"fields_wanted": ["phone"], "why": "other", "own_words": "  "},
        {"why": "联系本人"},
        {"fields_wanted": ["id_index"], "why": "联系本人"},
    ):
        told = words(client.post(address, posted))
        assert "error-summary" in told
        assert SECRETS["phone"] not in told
    assert not Event.objects.filter(action="reveal").exists()
    client.post(
        address, {"fields_wanted": ["phone"], "why": "other", "own_words": "家属  来电核实"}
    )
    assert Event.objects.filter(action="reveal").get().reason == "家属 来电核实"
    assert "显示一次" in words(client.get(address))


@pytest.mark.parametrize(
    ("who", "status"), [("leo", 403), ("roy", 403), ("eli", 404), ("cai", 404), ("sam", 403)]
)
def test_revealing_is_refused(
    client: Client, cast: Cast, person: Beneficiary, who: str, status: int
):
    cast.sign_in(client, who)
    address = reverse("person-reveal", args=[person.pk])
    response = client.post(address, {"fields_wanted": ["phone"], "why": "联系本人"})
    assert response.status_code == status


def test_a_look_asks_for_the_password_again_and_is_limited(
    client: Client, cast: Cast, person: Beneficiary, settings: Any
):
    address = reverse("person-reveal", args=[person.pk])
    posted = {"fields_wanted": ["phone"], "why": "联系本人"}
    cast.sign_in(client, "kay", is_confirmed=False)
    asked = words(client.post(address, posted))
    assert "identity-password" in asked
    assert not Event.objects.filter(action="reveal").exists()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"reveal": (2, 3600)}
    cast.sign_in(client, "kay")
    answers = [client.post(address, posted).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_a_linked_union_sees_masks_and_cannot_change(
    client: Client, cast: Cast, person: Beneficiary
):
    link_beneficiary(by=cast.people["wes"], union=cast.unions["west-1"], id_number=id_number(22))
    cast.sign_in(client, "wes")
    told = words(client.get(page_of(person)))
    assert "本机构已关联" in told
    assert "显示全号" not in told
    assert "操作记录" not in re.sub(r"<nav.*?</nav>", "", told, flags=re.DOTALL)
    for name in ("person-change", "person-reveal"):
        address = reverse(name, args=[person.pk])
        posted = {"name": "甲", "version": 1, "fields_wanted": ["phone"], "why": "联系本人"}
        assert client.post(address, posted).status_code == 403
    person.refresh_from_db()
    assert person.name == "王桂兰"


def test_leaders_see_a_masked_name_and_no_history(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "leo")
    told = words(client.get(page_of(person)))
    assert "王*兰" in told
    assert "王桂兰" not in told


def test_history_tells_old_and_new_in_masks(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "ann")
    address = reverse("person-change", args=[person.pk])
    new = {"name": "王桂芝", "phone": "13600000002", "address": "北京市东城区建国门街道五号"}
    assert client.post(address, opened(client, address) | new).status_code == 302
    cast.sign_in(client, "ben")
    response = client.get(page_of(person))
    (changed,) = [item for item in response.context["history"] if item.who == "安宁"]
    assert set(changed.changes) == {
        ("姓名", "王桂兰", "王桂芝"),
        ("手机号码", "139****5678", "136****0002"),
        ("家庭住址", "", "已改，不显示内容"),
    }
    assert "五号" not in words(response)


def test_a_merged_person_points_to_the_other(
    client: Client, cast: Cast, person: Beneficiary, register: Register
):
    other = register("王桂兰", id_kind="", id_number="")
    merge_beneficiaries(by=cast.people["ben"], person=other, into=person, reason="同一人")
    cast.sign_in(client, "ben")
    told = words(client.get(page_of(other)))
    assert f'href="{page_of(person)}"' in told
    assert reverse("person-change", args=[other.pk]) not in told
    posted = {"name": "甲", "version": other.version}
    told = words(client.post(reverse("person-change", args=[other.pk]), posted))
    assert "已经合并" in told


def test_the_log_names_people_only_to_those_with_a_business_right(
    client: Client, cast: Cast, person: Beneficiary
):
    address = reverse("log-object", args=["beneficiaries.Beneficiary", person.pk])
    told = {}
    for who in ("abe", "ada"):
        cast.sign_in(client, who)
        told[who] = client.get(address).text + words(client.get(f"{reverse('log-list')}?about="))
    assert "王桂兰" in told["ada"]
    assert "王桂兰" not in told["abe"]
    for value in (*SECRETS.values(), id_number(22)):
        assert value not in told["ada"]


def test_a_full_page_costs_as_many_queries_as_a_small_one(
    client: Client, cast: Cast, person: Beneficiary, coded: Coded
):
    cast.sign_in(client, "ben")
    counts = []
    for number in (2, 10):
        for _ in range(number):
            _add_one_of_each(cast, person, coded)
        with CaptureQueriesContext(connection) as captured:
            words(client.get(page_of(person)))
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 45


def _add_one_of_each(cast: Cast, person: Beneficiary, coded: Coded) -> None:
    number = Attachment.objects.count()
    act: dict[str, Any] = {"by": cast.people["ben"], "person": person}
    paper = add_attachment(
        **act, kind=coded(f"evidence:{number}"), name="证.pdf", content=b"%PDF-1.7 %%EOF"
    )
    consent = record_consent(**act, kind="photo", wording=str(number), paper=paper)
    withdraw_consent(by=act["by"], consent=consent, reason="撤回")
    add_category(**act, category=coded(f"category:{number}"), level=coded(f"model_worker:{number}"))
    PastAid.objects.create(
        person=person, union=person.union, year=2000 + number, amount=1, recorded_by=act["by"]
    )
    if number < 1:
        open_file(**act, year=2026)


def test_nothing_personal_is_in_addresses_logs_and_events(
    client: Client, cast: Cast, caplog: Any, settings: Any, tmp_path: Any
):
    """The whole errand with values that are found nowhere else: typed, refused, shown, changed."""
    settings.MEDIA_ROOT = tmp_path
    caplog.set_level("DEBUG")
    cast.sign_in(client, "ben")
    typed = registration(cast, name="欧阳罕见名", id_number=id_number(22), **SECRETS)
    addresses = []
    for posted in (typed | {"phone": "139 bad"}, typed, typed):
        response = client.post(CREATE, posted)
        addresses.append(response.headers.get("Location", ""))
    person = Beneficiary.objects.get()
    for name, posted in (
        ("person-change", {"name": "欧阳罕见名", "version": 9, "health": "新病名"}),
        ("person-reveal", {"fields_wanted": ["phone", "address"], "why": "联系本人"}),
    ):
        response = client.post(reverse(name, args=[person.pk]), posted)
        addresses.append(response.headers.get("Location", ""))
    client.get(page_of(person))
    logged = " ".join(str(vars(record)) for record in caplog.records)
    told = " ".join(addresses) + logged
    told += " ".join(str(row) for row in rows("SELECT t::text FROM audit_event t"))
    told += " ".join(str(row) for row in rows("SELECT t::text FROM unions_session t"))
    values = ["欧阳罕见名", "ouyang", "新病名", id_number(22), *SECRETS.values()]
    assert [value for value in values if value in told] == []
    assert "'method': 'POST'" in logged
