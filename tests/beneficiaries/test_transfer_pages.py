"""Linking to and asking for people of other unions, as somebody at a browser does it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries.models import Beneficiary, BeneficiaryLink, HardshipFile, Transfer
from beneficiaries.services import transfers
from beneficiaries.services.files import open_file
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.numbers import id_number
from tests.beneficiaries.test_person_pages import page_of, words
from tests.cast import Cast
from unions.models import Message, Union

pytestmark = pytest.mark.django_db
ELSEWHERE = "/people/elsewhere/"
LIST = "/transfers/"
WRONG_DIGIT = "1" if id_number(22)[-1] == "0" else "0"


@pytest.fixture
def person(register: Register) -> Beneficiary:
    """Of East-1; Wes of West-1 holds her paper."""
    return register("王桂兰", id_number=id_number(22), address="苏州胡同12号", phone="13811112222")


@pytest.fixture
def wes(client: Client, cast: Cast) -> Client:
    cast.sign_in(client, "wes")
    return client


def typed(cast: Cast, **given: Any) -> dict[str, Any]:
    usual = {"id_number": id_number(22), "union": cast.unions["west-1"].pk, "wanted": "link"}
    return usual | {"reason": ""} | given


def asked(cast: Cast, person: Beneficiary) -> Transfer:
    act: dict[str, Any] = {"by": cast.people["wes"], "union": cast.unions["west-1"]}
    transfers.reach_elsewhere(
        **act, id_number=id_number(22), wanted="transfer", reason="已调入西一街道"
    )
    return Transfer.objects.get(person=person)


def test_a_number_that_was_looked_for_is_carried_on_and_links(
    wes: Client, cast: Cast, person: Beneficiary
):
    told = words(wes.post("/people/find/", {"number": id_number(22)}))
    assert ELSEWHERE in told
    assert "王桂兰" not in told
    assert "东一街道" not in told
    response = wes.get(ELSEWHERE)
    told = words(response)
    assert response.context["form"]["id_number"].value() == id_number(22)
    assert "王桂兰" not in told
    assert "东一街道" not in told
    assert wes.post(ELSEWHERE, typed(cast)).headers["Location"] == page_of(person)
    told = words(wes.get(page_of(person)))
    assert "别的机构登记" in told
    assert "解除关联" in told
    for hidden in (id_number(22), "苏州胡同", "13811112222"):
        assert hidden not in told
    assert wes.get(reverse("person-change", args=[person.pk])).status_code == 403
    assert wes.get(reverse("person-reveal", args=[person.pk])).status_code == 403


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"id_number": id_number(24)}, "没有这个证件号码的人"),
        ({"id_number": "110101"}, "完整的证件号码"),
        ({"id_number": id_number(22)[:-1] + WRONG_DIGIT}, "校验不对"),
        ({"id_number": ""}, "请填写证件号码"),
        ({"wanted": "transfer"}, "申请转入要写明理由"),
        ({"wanted": "steal"}, "没有这一项"),
        ({"union": 999}, "请从列表里选一个机构"),
    ],
    ids=["nobody", "short", "check digit", "nothing", "no reason", "unknown act", "no union"],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    wes: Client, cast: Cast, person: Beneficiary, given: dict[str, Any], said: str
):
    wanted = typed(cast, **given)
    told = words(wes.post(ELSEWHERE, wanted))
    assert said in told
    assert wanted["id_number"] in told
    assert not BeneficiaryLink.objects.exists()
    assert not Transfer.objects.exists()


def test_trying_numbers_leaves_a_trail_without_the_number(wes: Client, cast: Cast):
    wes.post(ELSEWHERE, typed(cast, id_number=id_number(24)))
    event = Event.objects.newest_first()[0]
    assert (event.action, event.details["found"]) == ("look_up", "nobody")
    assert id_number(24) not in str(event.details)


def test_who_is_near_already_is_shown(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "ben")
    told = words(client.post(ELSEWHERE, typed(cast, union=cast.unions["east-1"].pk)))
    assert "就在本机构登记" in told
    assert page_of(person) in told
    cast.sign_in(client, "wes")
    client.post(ELSEWHERE, typed(cast))
    told = words(client.post(ELSEWHERE, typed(cast)))
    assert "已经与本机构关联" in told
    assert page_of(person) in told


def test_a_person_is_asked_for_accepted_and_gone(wes: Client, cast: Cast, person: Beneficiary):
    file = open_file(by=cast.people["ben"], person=person, year=2026)
    response = wes.post(ELSEWHERE, typed(cast, wanted="transfer", reason="已调入西一街道"))
    transfer = Transfer.objects.get()
    page = reverse("transfer-detail", args=[transfer.pk])
    assert response.headers["Location"] == page
    assert "转移申请：等对方答复" in words(wes.get("/"))
    assert wes.get(f"{page}accept/").status_code == 403
    assert "撤回申请" in words(wes.get(page))

    cast.sign_in(wes, "ben")
    assert "转移申请：等您答复" in words(wes.get("/"))
    told = words(wes.get(f"{LIST}?status=requested&direction=out"))
    assert "已调入西一街道" in told
    assert "西一街道总工会申请转入" in words(wes.get(page_of(person)))
    told = words(wes.get(f"{page}accept/"))
    assert "在用的困难档案 1 份" in told
    assert Transfer.objects.get().status == "requested", "looking accepts nothing"
    assert wes.post(f"{page}accept/").headers["Location"] == page
    told = words(wes.get(page))
    assert "已转移" in told
    assert page_of(person) not in told
    assert wes.get(page_of(person)).status_code == 404
    assert HardshipFile.objects.get(pk=file.pk).union == cast.unions["west-1"]

    cast.sign_in(wes, "wes")
    assert page_of(person) in words(wes.get(page))
    assert wes.get(reverse("person-change", args=[person.pk])).status_code == 200
    message = Message.objects.get(user=cast.accounts["wes"])
    assert "已转移" in message.text
    assert "王桂兰" not in message.text
    assert wes.get(message.url).status_code == 200


def test_a_refusal_wants_a_reason_and_tells_it(wes: Client, cast: Cast, person: Beneficiary):
    page = reverse("transfer-detail", args=[asked(cast, person).pk])
    assert wes.post(f"{page}decline/", {"answer": "不"}).status_code == 403
    cast.sign_in(wes, "ben")
    assert "请填写不同意的理由" in words(wes.post(f"{page}decline/", {"answer": " "}))
    wes.post(f"{page}decline/", {"answer": "仍在我街道工作"})
    cast.sign_in(wes, "wes")
    told = words(wes.get(page))
    assert "仍在我街道工作" in told
    assert "未同意" in told
    assert Beneficiary.objects.get().union == cast.unions["east-1"]


def test_who_asked_takes_it_back_and_the_other_side_does_not(
    wes: Client, cast: Cast, person: Beneficiary
):
    page = reverse("transfer-detail", args=[asked(cast, person).pk])
    cast.sign_in(wes, "ben")
    assert wes.post(f"{page}withdraw/").status_code == 403
    cast.sign_in(wes, "wes")
    assert wes.post(f"{page}withdraw/").headers["Location"] == page
    assert "已撤回" in words(wes.get(page))
    assert not Message.objects.exists(), "who withdrew knows"


def test_the_second_of_two_answers_hears_of_the_first(wes: Client, cast: Cast, person: Beneficiary):
    transfer = asked(cast, person)
    page = reverse("transfer-detail", args=[transfer.pk])
    cast.sign_in(wes, "ben")
    transfers.decline_transfer(by=cast.people["ann"], transfer=transfer, answer="仍在我街道")
    assert "已经有结果：未同意" in words(wes.post(f"{page}accept/"))
    told = words(wes.post(f"{page}decline/", {"answer": "我填的理由"}))
    assert "已经有结果" in told
    assert "我填的理由" in told


def test_a_closed_union_gets_nobody(wes: Client, cast: Cast, person: Beneficiary):
    page = reverse("transfer-detail", args=[asked(cast, person).pk])
    Union.objects.filter(code="110102001").update(closed_on="2026-01-02")
    cast.sign_in(wes, "ben")
    told = words(wes.get(page))
    assert "转入机构已经撤销" in told
    assert f"{page}accept/" not in told
    assert "撤销" in words(wes.post(f"{page}accept/"))


def test_a_linked_person_is_asked_for_once(wes: Client, cast: Cast, person: Beneficiary):
    wes.post(ELSEWHERE, typed(cast))
    ask = reverse("transfer-request", args=[person.pk])
    assert ask in words(wes.get(page_of(person)))
    wanted = {"to": cast.unions["west-1"].pk, "reason": "已调入"}
    assert "请填写转入理由" in words(wes.post(ask, wanted | {"reason": ""}))
    first = wes.post(ask, wanted).headers["Location"]
    assert first == reverse("transfer-detail", args=[Transfer.objects.get().pk])
    assert ask not in words(wes.get(page_of(person)))
    assert "已有一份转移申请" in words(wes.post(ask, wanted))


def test_a_district_moves_somebody_between_its_streets(
    client: Client, cast: Cast, person: Beneficiary
):
    cast.sign_in(client, "mia")
    ask = reverse("transfer-request", args=[person.pk])
    assert ask in words(client.get(page_of(person)))
    wanted = {"to": cast.unions["east-1"].pk, "reason": "搬家"}
    assert "已经在这个机构" in words(client.post(ask, wanted))
    page = client.post(ask, wanted | {"to": cast.unions["east-2"].pk}).headers["Location"]
    cast.sign_in(client, "eli")
    assert "王桂兰" in words(client.get(page))
    assert client.get(page_of(person)).status_code == 404
    cast.sign_in(client, "ben")
    client.post(f"{page}accept/")
    assert Beneficiary.objects.get().union == cast.unions["east-2"]


@pytest.mark.parametrize("who", ["wes", "ben"], ids=["who is linked", "who keeps the record"])
def test_either_side_ends_a_link(client: Client, cast: Cast, person: Beneficiary, who: str):
    link = transfers.link_beneficiary(
        by=cast.people["wes"], union=cast.unions["west-1"], id_number=id_number(22)
    )
    end = reverse("link-end", args=[link.pk])
    cast.sign_in(client, who)
    told = words(client.get(page_of(person)))
    assert end in told
    assert "西一街道总工会" in told
    assert "请填写解除理由" in words(client.post(end, {"reason": ""}))
    after = client.post(end, {"reason": "不再慰问"}).headers["Location"]
    assert after == (page_of(person) if who == "ben" else "/people/")
    assert "已经解除" in words(client.post(end, {"reason": "再解除"}))
    assert not BeneficiaryLink.objects.standing().exists()


def test_no_other_union_sees_link_or_request(client: Client, cast: Cast, person: Beneficiary):
    transfer = asked(cast, person)
    link = BeneficiaryLink.objects.get()
    cast.sign_in(client, "eli")
    for name, row in (("link-end", link), ("transfer-detail", transfer)):
        assert client.get(reverse(name, args=[row.pk])).status_code == 404, name
    assert "王桂兰" not in words(client.get(LIST))
    cast.sign_in(client, "leo")
    told = words(client.get(reverse("transfer-detail", args=[transfer.pk])))
    assert "王桂兰" not in told
    assert "王桂兰" not in words(client.get(LIST))
    for name in ("person-elsewhere", "transfer-accept"):
        arguments = [] if name == "person-elsewhere" else [transfer.pk]
        assert client.get(reverse(name, args=arguments)).status_code == 403, name
