"""Looking at two people who may be one, as somebody at a browser does it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import Beneficiary, KeptApart, PastAid
from beneficiaries.models.person_key import key_of
from beneficiaries.services.files import open_file
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.people import change_beneficiary
from beneficiaries.services.same_person import keep_apart, merge_beneficiaries
from beneficiaries.services.transfers import link_beneficiary
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.numbers import id_number
from tests.beneficiaries.test_person_pages import page_of, words
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LIST = "/doubles/"
PHONE = "13811112222"
Pair = tuple[Beneficiary, Beneficiary]


@pytest.fixture
def pair(register: Register) -> Pair:
    """The one with papers, and the one without an ID number."""
    first = register("王桂兰", id_number=id_number(22), phone=PHONE, address="苏州胡同12号")
    second = register("王桂兰", id_kind="", id_number="", phone=PHONE, health="糖尿病")
    return first, second


def address(name: str, pair: Pair) -> str:
    return reverse(name, args=[one.pk for one in pair])


def test_the_list_says_who_why_and_where_without_numbers(client: Client, cast: Cast, pair: Pair):
    cast.sign_in(client, "ben")
    told = words(client.get(LIST))
    assert "姓名和手机号码相同" in told
    assert address("double-detail", pair) in told
    assert f"****{id_number(22)[-4:]} / 2222" in told
    assert PHONE not in told
    assert id_number(22) not in told
    cast.sign_in(client, "eli")
    assert "王桂兰" not in words(client.get(LIST))
    cast.sign_in(client, "leo")
    assert "王桂兰" not in words(client.get(LIST))


def test_both_stand_side_by_side_in_masks_and_equal_values_are_told(
    client: Client, cast: Cast, pair: Pair
):
    cast.sign_in(client, "ben")
    response = client.get(address("double-detail", pair[::-1]))
    told = words(response)
    standing = {row.label: row.standing for row in response.context["rows"]}
    assert (standing["手机号码"], standing["姓名"]) == ("same", "same")
    assert (standing["证件号码"], standing["家庭住址"], standing["健康状况"]) == ("one",) * 3
    assert standing["开户银行"] == "neither"
    for hidden in (PHONE, id_number(22), "苏州胡同", "糖尿病"):
        assert hidden not in told
    cast.sign_in(client, "leo")
    told = words(client.get(address("double-detail", pair)))
    assert "王桂兰" not in told
    assert "是同一人，保留" not in told


def test_who_was_found_to_be_two_is_off_the_list_and_can_be_looked_up_and_taken_back(
    client: Client, cast: Cast, pair: Pair
):
    cast.sign_in(client, "ben")
    apart = address("double-apart", pair)
    assert "请填写理由" in words(client.post(apart, {"reason": " "}))
    assert client.post(apart, {"reason": "同名邻居"}).headers["Location"] == LIST
    assert address("double-detail", pair) not in words(client.get(LIST))
    told = words(client.get("/doubles/apart/"))
    assert "同名邻居" in told
    assert "卞恩" in told
    told = words(client.get(address("double-detail", pair)))
    assert "同名邻居" in told
    assert address("double-merge", pair) not in told
    assert "请先撤回" in words(client.get(address("double-merge", pair)))
    withdraw = reverse("apart-withdraw", args=[KeptApart.objects.get().pk])
    assert withdraw in told
    response = client.post(withdraw, {"reason": "核对证件，是同一人"})
    assert response.headers["Location"] == address("double-detail", pair)
    assert address("double-detail", pair) in words(client.get(LIST))
    assert "已经撤回" in words(client.post(withdraw, {"reason": "再撤一次"}))
    assert "核对证件，是同一人" not in words(client.get("/doubles/apart/?state=standing"))
    assert "已撤回" in words(client.get("/doubles/apart/?state=withdrawn"))


def test_a_second_clerk_is_told_that_it_was_decided(client: Client, cast: Cast, pair: Pair):
    cast.sign_in(client, "ben")
    keep_apart(by=cast.people["ann"], person=pair[0], other=pair[1], reason="两个人")
    told = words(client.post(address("double-apart", pair), {"reason": "我填的理由"}))
    assert "已经认定不是同一人" in told
    assert "我填的理由" in told


def test_the_preview_says_what_stays_is_filled_in_and_moves(client: Client, cast: Cast, pair: Pair):
    open_file(by=cast.people["ben"], person=pair[1], year=2026)
    cast.sign_in(client, "ben")
    told = words(client.get(address("double-merge", (pair[1], pair[0]))))
    assert "补上" in told
    assert "转过来" in told
    assert "糖尿病" not in told
    assert not Beneficiary.objects.filter(merged_into__isnull=False).exists()


def test_merging_leads_from_the_old_page_to_the_kept_one(client: Client, cast: Cast, pair: Pair):
    cast.sign_in(client, "ben")
    kept, old = pair
    given: dict[str, Any] = {"union": old.union, "recorded_by": cast.people["ben"]}
    PastAid.objects.create(person=old, year=2024, amount=500, **given)
    merge = address("double-merge", (old, kept))
    versions = client.get(merge).context["form"]["versions"].value()
    typed = {"reason": "同一人登记了两次", "versions": versions}
    assert "请填写合并理由" in words(client.post(merge, typed | {"reason": ""}))
    assert client.post(merge, typed).headers["Location"] == page_of(kept)
    kept.refresh_from_db()
    assert kept.unseal(key_of(kept), "health") == "糖尿病"
    told = words(client.get(page_of(kept)))
    assert page_of(old) in told
    assert "合并进来的旧记录" in told
    assert "500" in told
    told = words(client.get(page_of(old)))
    assert "这个人已经合并" in told
    assert page_of(kept) in told
    told = words(client.get("/doubles/merged/"))
    assert "同一人登记了两次" in told
    for name in ("double-detail", "double-merge", "double-apart"):
        response = client.get(address(name, (old, kept)))
        assert response.headers["Location"] == page_of(kept), name
    assert client.post(merge, typed).headers["Location"] == page_of(kept)


def test_a_change_meanwhile_stops_the_merge_and_the_reason_stays(
    client: Client, cast: Cast, pair: Pair
):
    cast.sign_in(client, "ben")
    merge = address("double-merge", pair)
    typed = {"reason": "同一人", "versions": client.get(merge).context["form"]["versions"].value()}
    change_beneficiary(by=cast.people["ann"], person=pair[1], version=1, bank_name="工商银行")
    response = client.post(merge, typed)
    told = words(response)
    assert "别人已经改过" in told
    assert "工商银行" in told
    assert 'value="同一人"' in told
    again = {"reason": "同一人", "versions": response.context["form"]["versions"].value()}
    assert client.post(merge, again).headers["Location"] == page_of(pair[1])


@pytest.mark.parametrize("versions", ["", "1", "1.x", "1.2.3", f"1.{'9' * 30}", "²."], ids=repr)
def test_a_page_that_was_tampered_with_merges_nobody(
    client: Client, cast: Cast, pair: Pair, versions: str
):
    cast.sign_in(client, "ben")
    merge = address("double-merge", pair)
    assert client.post(merge, {"reason": "同一人", "versions": versions}).status_code == 200
    assert not Beneficiary.objects.filter(merged_into__isnull=False).exists()


def test_two_numbers_are_two_people(client: Client, cast: Cast, register: Register):
    two = register("王桂兰", phone=PHONE), register("王桂兰", phone=PHONE)
    cast.sign_in(client, "ben")
    told = words(client.get(address("double-detail", two)))
    assert "现在不能合并" in told
    assert "各有证件号码" in told
    assert address("double-merge", two) not in told
    told = words(client.get(address("double-merge", two)))
    assert "不能合并" in told


def test_who_is_only_linked_is_decided_above(client: Client, cast: Cast, register: Register):
    mine = register("王桂兰", phone=PHONE)
    theirs = register("王桂兰", "east-2", "eli", phone=PHONE)
    link_beneficiary(by=cast.people["ben"], union=mine.union, id_number=id_number(2))
    cast.sign_in(client, "ben")
    for name in ("double-detail", "double-apart", "double-merge"):
        assert client.get(address(name, (mine, theirs))).status_code == 403, name
    assert address("double-detail", (mine, theirs)) not in words(client.get(page_of(mine)))
    cast.sign_in(client, "mia")
    assert client.get(address("double-detail", (mine, theirs))).status_code == 200
    cast.sign_in(client, "kay")
    assert client.post(address("double-apart", (mine, theirs))).status_code == 403


def test_nobody_is_a_double_of_himself_or_of_somebody_erased(
    client: Client, cast: Cast, pair: Pair
):
    cast.sign_in(client, "ben")
    assert client.get(address("double-detail", (pair[0], pair[0]))).status_code == 404
    apart = keep_apart(by=cast.people["ben"], person=pair[0], other=pair[1], reason="两个人")
    erase_beneficiary(by=cast.people["ann"], person=pair[1], reason="本人要求")
    response = client.get(address("double-detail", pair))
    assert response.headers["Location"] == page_of(pair[1])
    assert "王桂兰" in words(client.get(reverse("apart-withdraw", args=[apart.pk])))


def test_the_page_of_a_person_names_possible_doubles(client: Client, cast: Cast, pair: Pair):
    cast.sign_in(client, "ben")
    told = words(client.get(page_of(pair[0])))
    assert "可能是同一人" in told
    assert reverse("double-detail", args=[pair[0].pk, pair[1].pk]) in told
    keep_apart(by=cast.people["ben"], person=pair[0], other=pair[1], reason="两个人")
    assert "可能是同一人" not in words(client.get(page_of(pair[0])))


def test_the_landing_page_counts_pairs_of_the_own_union(client: Client, cast: Cast, pair: Pair):
    cast.sign_in(client, "ben")
    told = words(client.get("/"))
    assert "疑似重复：等核对" in told
    cast.sign_in(client, "mia")
    assert "疑似重复：等核对" not in words(client.get("/")), "the street's business"
    merge_beneficiaries(by=cast.people["ben"], person=pair[1], into=pair[0], reason="同一人")
    cast.sign_in(client, "ben")
    assert "疑似重复：等核对" not in words(client.get("/"))


def test_the_side_by_side_page_costs_the_same_for_more_records(
    client: Client, cast: Cast, pair: Pair
):
    cast.sign_in(client, "ben")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address("double-detail", pair)).status_code == 200
        return len(captured)

    few = queries()
    given: dict[str, Any] = {"union": pair[0].union, "recorded_by": cast.people["ben"]}
    for year in range(2010, 2022):
        PastAid.objects.create(person=pair[0], year=year, amount=500, **given)
    assert queries() == few
