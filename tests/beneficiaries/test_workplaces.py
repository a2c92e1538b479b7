"""Workplaces at the browser: listed, registered, changed by two, closed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries.models import Workplace
from beneficiaries.services.people import change_beneficiary
from beneficiaries.services.workplaces import change_workplace, close_workplace, create_workplace
from tests.beneficiaries.conftest import Coded, Register
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CODE = "91110000600037341L"


@pytest.fixture
def works(cast: Cast) -> Workplace:
    return create_workplace(
        by=cast.people["ben"], union=cast.unions["east-1"], name="东风印刷厂", address="和平里 3 号"
    )


def words(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def opened(client: Client, address: str) -> dict[str, str]:
    """What the form of the page would post if nothing were touched."""
    form = client.get(address).context["form"]
    posted = {}
    for name, field in form.fields.items():
        value = form[name].value()
        posted[name] = "" if value is None else str(value)
        if field.show_hidden_initial:
            posted[f"initial-{name}"] = posted[name]
    return posted


def test_a_workplace_is_registered_and_listed_in_the_subtree_only(
    client: Client, cast: Cast, coded: Coded
) -> None:
    cast.sign_in(client, "ben")
    industry = coded("industry:制造业")
    posted = {
        "union": cast.unions["east-1"].pk,
        "name": "东风印刷厂",
        "kind": "enterprise",
        "credit_code": CODE.lower(),
        "industry": industry.pk,
        "worker_count": "120",
    }
    response = client.post("/workplaces/new/", posted)
    made = Workplace.objects.get()
    assert response["Location"] == reverse("workplace-detail", args=[made.pk])
    assert (made.credit_code, made.industry, made.worker_count) == (CODE, industry, 120)
    assert "东风印刷厂" in words(client.get("/workplaces/?q=dfys"))
    cast.sign_in(client, "cai")
    assert "东风印刷厂" not in words(client.get("/workplaces/"))


def test_a_wrong_credit_code_is_said_beside_its_field(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ben")
    union = cast.unions["east-1"].pk
    posted = {"union": union, "name": "厂", "kind": "enterprise", "credit_code": "123"}
    response = client.post("/workplaces/new/", posted)
    assert response.context["form"].has_error("credit_code", "credit_code_invalid")
    assert not Workplace.objects.exists()


def test_its_page_says_who_works_there_as_far_as_one_may_see(
    client: Client, cast: Cast, register: Register, works: Workplace
) -> None:
    register("王桂兰", workplace=works)
    register("白东二", union="east-2", by="eli")
    cast.sign_in(client, "ben")
    page = words(client.get(reverse("workplace-detail", args=[works.pk])))
    assert "王桂兰" in page
    assert "白东二" not in page
    cast.sign_in(client, "leo")
    page = words(client.get(reverse("workplace-detail", args=[works.pk])))
    assert "王*兰" in page
    assert "王桂兰" not in page


def test_two_who_change_at_once_see_both_versions_and_lose_nothing(
    client: Client, cast: Cast, works: Workplace
) -> None:
    cast.sign_in(client, "ben")
    address = reverse("workplace-change", args=[works.pk])
    mine = opened(client, address) | {"worker_count": "80", "name": "东风印刷总厂"}
    change_workplace(
        by=cast.people["ann"],
        workplace=works,
        version=works.version,
        address="安定门 9 号",
        name="东风厂",
    )
    response = client.post(address, mine)
    rows = [(row.label, row.stored, row.mine) for row in response.context["differences"]]
    assert rows == [
        ("单位名称", "东风厂", "东风印刷总厂"),
        ("地址", "安定门 9 号", None),
        ("职工人数", "（空）", "80"),
    ]
    again = {name: str(response.context["form"].data.get(name, "")) for name in (*mine, "version")}
    assert client.post(address, again).status_code == 302
    works.refresh_from_db()
    assert (works.name, works.address, works.worker_count) == ("东风印刷总厂", "安定门 9 号", 80)


def test_a_closed_workplace_keeps_its_people_and_is_offered_no_more(
    client: Client, cast: Cast, register: Register, works: Workplace
) -> None:
    person = register("王桂兰", workplace=works)
    cast.sign_in(client, "ben")
    address = reverse("workplace-close", args=[works.pk])
    assert "1 人登记在这里" in words(client.get(address))
    assert client.post(address, {"reason": "企业注销"}).status_code == 302
    event = Event.objects.get(action=Event.Action.CLOSE)
    assert event.reason == "企业注销"
    page = words(client.get(reverse("workplace-detail", args=[works.pk])))
    assert "已注销" in page
    assert "王桂兰" in page
    assert reverse("workplace-change", args=[works.pk]) not in page
    assert "东风印刷厂" not in words(client.get("/workplaces/search/?q=东风"))
    change_beneficiary(by=cast.people["ben"], person=person, version=1, name="王桂芝")
    assert "已经注销" in words(client.post(address, {"reason": "再来一次"}))


def test_the_list_counts_people_and_filters(
    client: Client, cast: Cast, register: Register, works: Workplace
) -> None:
    register("王桂兰", workplace=works)
    ended = create_workplace(by=cast.people["eli"], union=cast.unions["east-2"], name="旧厂")
    close_workplace(by=cast.people["eli"], workplace=ended, reason="企业注销")
    cast.sign_in(client, "ann")

    def shown(query: str) -> list[list[str]]:
        rows = client.get(f"/workplaces/{query}").context["list"].page.rows
        return [[row.cells[0].text, row.cells[3].text] for row in rows]

    assert shown("") == [["东风印刷厂", "1"], ["旧厂", "0"]]
    assert shown("?state=closed") == [["旧厂", "0"]]
    assert shown(f"?union={cast.unions['east-1'].pk}") == [["东风印刷厂", "1"]]


def test_closing_a_union_says_what_it_has(client: Client, cast: Cast, register: Register):
    register("王桂兰", union="cell", by="ben")
    create_workplace(by=cast.people["ben"], union=cast.unions["cell"], name="印刷厂", kind="office")
    cast.sign_in(client, "ann")
    values = {"closed_on": "2026-03-01", "reason": "批复"}
    page = client.post(reverse("union-close", args=[cast.unions["cell"].code]), values)
    assert "帮扶对象 1 条都保留" in page.text
    assert "单位 1 条都保留" in page.text
    assert "困难档案" not in page.text[page.text.find("<main") : page.text.find("</main>")]
