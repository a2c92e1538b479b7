"""The list of people (P5), finding by number, the shared search and the log's names."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, HardshipFile
from beneficiaries.models.person_key import key_of
from beneficiaries.services import files
from beneficiaries.services.transfers import link_beneficiary
from tests.beneficiaries.conftest import Coded, Register
from tests.beneficiaries.files_at import a_ledger
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LIST = "/people/"
FIND = "/people/find/"


def words(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def names(response: Any) -> list[str]:
    """The first cells of the rows, in their order."""
    return [row.cells[0].text for row in response.context["list"].page.rows]


def cell(response: Any, key: str, row: int = 0) -> str:
    found = response.context["list"].page.rows[row]
    return next(str(cell.text) for cell in found.cells if cell.column.key == key)


def in_force(person: Beneficiary, year: int = 2026, **values: Any) -> HardshipFile:
    """As an import of a ledger brings it in."""
    return HardshipFile.objects.create(
        person=person,
        union=person.union,
        year=year,
        status=Status.ACTIVE,
        ledger=a_ledger(person.union),
        **values,
    )


def link(cast: Cast, person: Beneficiary) -> None:
    number = person.unseal(key_of(person), "id_number")
    link_beneficiary(by=cast.people["ben"], union=cast.unions["east-1"], id_number=number)


def end(file: HardshipFile, reason: str) -> None:
    HardshipFile.objects.filter(pk=file.pk).update(
        status=Status.CLOSED, exit_reason=reason, ended_on="2026-01-01"
    )


def test_the_own_subtree_is_listed_by_pinyin_and_nobody_else(
    client: Client, cast: Cast, register: Register
) -> None:
    register("张伟")
    register("陈静", union="east-2", by="eli")
    register("王西", union="west", by="cai")
    cast.sign_in(client, "ann")
    assert names(client.get(LIST)) == ["陈静", "张伟"]
    cast.sign_in(client, "ben")
    assert names(client.get(LIST)) == ["张伟"]


def test_numbers_are_tails_and_sealed_texts_are_not_there(
    client: Client, cast: Cast, register: Register
) -> None:
    number = id_number(22)
    register("张伟", id_number=number, phone="13912345678", health="终末期肾病", address="苏州胡同")
    cast.sign_in(client, "ben")
    page = words(client.get(LIST))
    assert f"****{number[-4:]}" in page
    assert "****5678" in page
    for secret in (number, number[6:14], "13912345678", "终末期肾病", "苏州胡同", "1968-01-01"):
        assert secret not in page


def test_leaders_see_masked_names(client: Client, cast: Cast, register: Register) -> None:
    register("王桂兰")
    cast.sign_in(client, "leo")
    page = words(client.get(LIST))
    assert "王*兰" in page
    assert "王桂兰" not in page
    assert "王桂兰" not in words(client.get("/search/?q=wgl"))


def test_merged_and_erased_people_are_not_listed(
    client: Client, cast: Cast, register: Register
) -> None:
    kept, gone = register("张伟"), register("张炜")
    Beneficiary.objects.filter(pk=gone.pk).update(merged_into=kept)
    cast.sign_in(client, "ben")
    assert names(client.get(LIST)) == ["张伟"]


def test_invented_and_linked_people_are_marked(
    client: Client, cast: Cast, register: Register
) -> None:
    register("安虚构", is_invented=True)
    west = register("白西", union="west", by="cai", id_number=id_number(22))
    register("常实")
    link(cast, west)
    cast.sign_in(client, "ben")
    response = client.get(LIST)
    marks = [str(row.cells[0].mark or "") for row in response.context["list"].page.rows]
    assert marks == ["虚构", "关联", ""]
    assert names(client.get(f"{LIST}?invented=1")) == ["安虚构"]
    assert names(client.get(f"{LIST}?invented=0")) == ["白西", "常实"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("桂兰", ["王桂兰"]),
        ("王", ["王芳", "王桂兰"]),
        ("wanggui", ["王桂兰"]),
        ("wgl", ["王桂兰"]),
        ("WGL", ["王桂兰"]),
        (id_number(22)[-4:], ["王桂兰"]),
        (id_number(22)[-4:].lower(), ["王桂兰"]),
        ("没有这个人", []),
    ],
)
def test_keyword_finds_by_name_sound_initials_and_tail(
    client: Client, cast: Cast, register: Register, typed: str, found: list[str]
) -> None:
    register("王桂兰", id_number=id_number(22))
    register("王芳", id_number=id_number(23))
    cast.sign_in(client, "ben")
    assert names(client.get(LIST, {"q": typed})) == found


def test_union_narrows_to_its_subtree_and_strangers_cannot_be_chosen(
    client: Client, cast: Cast, register: Register
) -> None:
    register("张一")
    register("李二", union="east-2", by="eli")
    cast.sign_in(client, "ann")
    assert names(client.get(LIST, {"union": cast.unions["east-1"].pk})) == ["张一"]
    response = client.get(LIST, {"union": cast.unions["west"].pk})
    assert names(response) == ["李二", "张一"]
    assert "机构（含下级）" in [problem.label for problem in response.context["list"].problems]


def test_file_conditions_look_at_the_present_file(
    client: Client, cast: Cast, register: Register, coded: Coded
) -> None:
    """An old file of another class does not answer for the present one."""
    deep, old = coded("hardship_class:深度困难"), coded("hardship_class:低保户")
    ben = cast.people["ben"]
    moved_on, draft = register("安在档"), register("白草稿")
    register("常无档")
    end(in_force(moved_on, 2025, hardship_class=old), "renewed")
    in_force(moved_on, hardship_class=deep, household_size=4, yearly_income=24000)
    files.open_file(by=ben, person=draft, year=2026)
    cast.sign_in(client, "ben")
    assert names(client.get(f"{LIST}?state=active")) == ["安在档"]
    assert names(client.get(f"{LIST}?state=draft")) == ["白草稿"]
    assert names(client.get(f"{LIST}?state=ended")) == []
    assert names(client.get(f"{LIST}?state=none")) == ["常无档"]
    assert names(client.get(LIST, {"hardship_class": deep.pk})) == ["安在档"]
    assert names(client.get(LIST, {"hardship_class": old.pk})) == []
    response = client.get(f"{LIST}?state=active")
    assert cell(response, "hardship_class") == "深度困难"
    assert cell(response, "household_size") == "4"
    assert cell(response, "monthly_income") == "500.00"


def test_a_file_that_ended_is_shown_and_found_as_ended(
    client: Client, cast: Cast, register: Register
) -> None:
    end(in_force(register("安退出"), 2025), "died")
    cast.sign_in(client, "ben")
    response = client.get(f"{LIST}?state=ended")
    assert names(response) == ["安退出"]
    assert cell(response, "state") == "注销"


def test_one_year_unchanged_is_a_work_list(client: Client, cast: Cast, register: Register) -> None:
    for name, day in (("安旧", "2020-03-01"), ("白新", "2099-03-01")):
        in_force(register(name), reviewed_on=day, changed_at=f"{day}T00:00:00Z")
    cast.sign_in(client, "ben")
    assert names(client.get(f"{LIST}?review=unchanged")) == ["安旧"]


def test_files_of_other_unions_stay_unseen(client: Client, cast: Cast, register: Register) -> None:
    """A linked person is seen, and not what the other union keeps about the household."""
    west = register("白西", union="west", by="cai", id_number=id_number(22))
    in_force(west, household_size=7)
    link(cast, west)
    cast.sign_in(client, "ben")
    response = client.get(LIST)
    assert cell(response, "state") == "无档案"
    assert cell(response, "household_size") == ""


# --- whole numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [id_number(22), "139 1234 5678", "１３９１２３４５６７８"])
def test_a_whole_number_in_the_address_is_taken_out_of_it(
    client: Client, cast: Cast, register: Register, typed: str
) -> None:
    cast.sign_in(client, "ben")
    response = client.get(LIST, {"q": typed, "state": "none"})
    assert response.status_code == 302
    assert response["Location"] == "/people/?state=none"
    assert not list(response.context or [])


@pytest.mark.parametrize("typed", [id_number(22), "139-1234-5678"], ids=["ID number", "phone"])
def test_a_whole_number_leads_to_its_person_and_is_nowhere_kept(
    client: Client, cast: Cast, register: Register, typed: str
) -> None:
    person = register("王桂兰", id_number=id_number(22), phone="13912345678")
    cast.sign_in(client, "ben")
    response = client.post(FIND, {"number": typed})
    assert response.status_code == 302
    assert response["Location"] == reverse("person-detail", args=[person.pk])
    event = Event.objects.get(action=Event.Action.LOOK_UP)
    assert event.object_id == str(person.pk)
    assert typed not in str(event.details)


def test_somebody_elsewhere_is_told_and_not_named(
    client: Client, cast: Cast, register: Register
) -> None:
    register("白西", union="west", by="cai", id_number=id_number(22))
    cast.sign_in(client, "ben")
    page = words(client.post(FIND, {"number": id_number(22)}))
    assert "在别的机构已经登记" in page
    assert "白西" not in page
    assert "西片区" not in page
    assert Event.objects.get(action=Event.Action.LOOK_UP).details["found"] == "elsewhere"


def test_a_phone_of_a_family_lists_all_of_it(
    client: Client, cast: Cast, register: Register
) -> None:
    register("王桂兰", phone="13912345678")
    register("王小明", phone="13912345678")
    register("白西", union="west", by="cai", phone="13912345678")
    cast.sign_in(client, "ben")
    page = words(client.post(FIND, {"number": "13912345678"}))
    assert "王桂兰" in page
    assert "王小明" in page
    assert "白西" not in page


def test_nobody_is_said_and_what_is_no_number_too(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "ben")
    assert "还没有登记过" in words(client.post(FIND, {"number": id_number(22)}))
    assert "没有人登记过这个手机号" in words(client.post(FIND, {"number": "13912345678"}))
    page = words(client.post(FIND, {"number": "王桂兰"}))
    assert "不是完整的证件号" in page
    wrong = id_number(22)[:-1] + ("0" if id_number(22)[-1] != "0" else "1")
    assert "末位校验不对" in words(client.post(FIND, {"number": wrong}))


# --- shared search, log -----------------------------------------------------------------------


def test_the_shared_search_finds_people_and_sends_numbers_another_way(
    client: Client, cast: Cast, register: Register
) -> None:
    register("王桂兰", id_number=id_number(22))
    register("白西", union="west", by="cai")
    cast.sign_in(client, "ben")
    assert "王桂兰" in words(client.get("/search/?q=wgl"))
    assert "白西" not in words(client.get("/search/?q=白西"))
    page = words(client.get(f"/search/?q={id_number(22)}"))
    assert "按完整号码查找" in page
    assert "王桂兰" not in page


def test_the_log_calls_people_by_name_for_who_reads_records(
    client: Client, cast: Cast, register: Register
) -> None:
    person = register("王桂兰")
    cast.sign_in(client, "ada")
    assert "王桂兰" in words(client.get("/log/"))
    cast.sign_in(client, "abe")  # keeps the log, and has no business right
    page = words(client.get("/log/"))
    assert "王桂兰" not in page
    assert str(person.pk) in page


@pytest.mark.parametrize("sort", ["", "-name", "age", "-age", "workplace", "-workplace"])
def test_pages_follow_one_another_without_gap_from_both_ends(
    client: Client, cast: Cast, sort: str
) -> None:
    """The later half is read from the end; ties and missing values stand where they stood."""
    Beneficiary.objects.bulk_create(
        Beneficiary(
            union=cast.unions["east-1"],
            name=f"人{number}",
            pinyin=f"ren{number % 7}",
            birth_on=f"19{60 + number % 5}-01-01" if number % 3 else None,
        )
        for number in range(65)
    )
    cast.sign_in(client, "ben")
    whole = names(client.get(f"{LIST}?sort={sort}&size=100"))
    assert len(set(whole)) == 65
    pages = [names(client.get(f"{LIST}?sort={sort}&size=20&page={page}")) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 20, 5]
    assert [name for page in pages for name in page] == whole
