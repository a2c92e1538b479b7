"""A list through HTTP: filter, chips, columns and saved filters of the person who asks."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from tests.tables.conftest import open_union
from tests.tables.sample import SAMPLES
from unions.lists.listing import register
from unions.models import SavedFilter, TablePreference
from unions.services.preferences import save_filter

HTMX = {"HX-Request": "true"}


def list_of(client, query="", **headers):
    response = client.get(f"/sample/?{query}", headers=headers)
    assert response.status_code == 200
    return response


def names(response):
    return [row.cells[0].text for row in response.context["list"].page.rows]


def test_a_list_shows_the_own_subtree_only(cast, signed_in):
    assert names(list_of(signed_in(cast.ben))) == ["东华门街道总工会"]
    assert len(names(list_of(signed_in(cast.ann)))) == 3


def test_htmx_gets_the_rows_and_everybody_else_the_page(cast, signed_in):
    client = signed_in(cast.ann)
    whole = list_of(client)
    part = list_of(client, **HTMX)
    restored = list_of(client, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert "<html" in restored.text
    assert part.text.strip().startswith('<section class="card is-list" id="rows"')
    assert all("HX-Request" in found["Vary"] for found in (whole, part, restored))


def test_the_rows_that_htmx_gets_are_those_of_the_page(cast, signed_in):
    client = signed_in(cast.ann)

    def region(response):
        found = re.search(
            r'<section class="card is-list" id="rows".*?</section>', response.text, re.DOTALL
        )
        assert found
        return re.sub(r'value="[A-Za-z0-9]{64}"', "", found.group())

    query = "sort=-name&kind=street"
    assert region(list_of(client, query)) == region(list_of(client, query, **HTMX))


def test_a_condition_that_cannot_be_understood_is_said_and_the_others_hold(cast, signed_in):
    response = list_of(signed_in(cast.ann), "since=2001-99-99&kind=street&top=maybe")
    assert names(response) == ["东华门街道总工会", "景山街道总工会"]
    (problem,) = response.context["list"].problems
    assert problem.label == "从"
    assert "“从”这个条件没有用上" in response.text
    assert problem.message in response.text


def test_every_condition_has_a_chip_that_takes_it_away(cast, signed_in):
    query = "q=街道&kind=street&kind=city&opened_after=2002-01-01&sort=name&page=2"
    chips = {chip.label: chip for chip in list_of(signed_in(cast.ann), query).context["list"].chips}
    assert {label: chip.value for label, chip in chips.items()} == {
        "名称": "街道",
        "类型": "街道总工会、市总工会",
        "成立": "2002年1月1日 起",
    }
    left = parse_qs(urlsplit(chips["成立"].url).query)
    assert left == {"q": ["街道"], "kind": ["street", "city"], "sort": ["name"]}


def test_clearing_the_filter_keeps_the_order(cast, signed_in):
    page = list_of(signed_in(cast.ann), "q=x&kind=street&sort=-name&size=50")
    assert page.context["list"].clear_url == "?sort=-name&size=50"
    assert "没有符合条件的记录" in page.text


@pytest.mark.parametrize(
    "query", ["kind=%00", "q=%00", "q=%ff", "kind=" + "x" * 3000, "opened_after=%E2%82", "page[]=1"]
)
def test_odd_input_never_breaks_the_list(cast, signed_in, query):
    assert list_of(signed_in(cast.ann), query)


def test_a_list_costs_the_same_with_2_and_with_12_rows(
    cast, signed_in, django_assert_max_num_queries
):
    client = signed_in(cast.cai)
    list_of(client)
    open_union("110102100", "街道", "street", cast.west)
    with django_assert_max_num_queries(100) as few:
        assert len(names(list_of(client))) == 2
    for number in range(101, 111):
        open_union(f"110102{number}", f"街道{number}", "street", cast.west)
    with django_assert_max_num_queries(100) as many:
        assert len(names(list_of(client))) == 12
    assert len(many) == len(few)


# --- columns ----------------------------------------------------------------------------------


def choose(client, *columns, action="save", name="sample"):
    address = reverse("table-columns", args=[name])
    return client.post(f"{address}?next=/sample/?sort=name", {"columns": columns, "action": action})


def shown(client):
    return [column.key for column in list_of(client).context["list"].page.columns]


def test_columns_are_kept_for_the_person_and_forgotten_on_request(cast, signed_in):
    ann, ben = signed_in(cast.ann), signed_in(cast.ben)
    default = shown(ann)
    assert choose(ann, "region", "code").url == "/sample/?sort=name"
    assert shown(ann) == ["name", "code", "region"]
    assert shown(ben) == default
    choose(ann, action="reset")
    assert shown(ann) == default
    assert not TablePreference.objects.exists()


def test_all_columns_off_leaves_the_fixed_ones(cast, signed_in):
    client = signed_in(cast.ann)
    choose(client)
    assert shown(client) == ["name"]


def test_a_column_that_does_not_exist_is_said_and_nothing_is_kept(cast, signed_in):
    client = signed_in(cast.ann)
    assert choose(client, "code", "password").status_code == 302
    assert "这张表没有这一列" in list_of(client).text
    assert not TablePreference.objects.exists()


@pytest.mark.parametrize("address", ["table-columns", "filter-save"])
def test_an_unknown_table_does_not_exist(cast, signed_in, address):
    client = signed_in(cast.ann)
    assert client.post(reverse(address, args=["nothing"]), {"name": "x"}).status_code == 404


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org/", "javascript:x", ""])
def test_one_is_led_to_no_other_site(cast, signed_in, target):
    client = signed_in(cast.ann)
    address = reverse("table-columns", args=["sample"])
    assert client.post(f"{address}?next={target}", {"columns": ["code"]}).url == reverse("home")


# --- saved filters ----------------------------------------------------------------------------


def save(client, **values):
    posted = {"name": "街道", "query": "kind=street"} | values
    return client.post(reverse("filter-save", args=["sample"]) + "?next=/sample/", posted)


def offered(client):
    return {saved.name: saved for saved in list_of(client).context["list"].saved}


def test_a_saved_filter_is_offered_to_its_owner_only(cast, signed_in):
    ann, ben = signed_in(cast.ann), signed_in(cast.ben)
    save(ann)
    assert offered(ann)["街道"].url == "/sample/?kind=street"
    assert offered(ben) == {}


def test_a_shared_filter_is_seen_at_the_union_and_below_but_not_beside_or_above(cast, signed_in):
    save(signed_in(cast.ann), is_shared="on")
    assert offered(signed_in(cast.ben))["街道"].owner == "Ann"
    assert offered(signed_in(cast.ben))["街道"].delete_url == ""
    assert offered(signed_in(cast.cai)) == {}
    save(signed_in(cast.ben), name="我街道", is_shared="on")
    assert set(offered(signed_in(cast.ann))) == {"街道"}


def test_saving_under_the_same_name_replaces_the_filter(cast, signed_in):
    client = signed_in(cast.ann)
    save(client)
    save(client, query="kind=city")
    assert SavedFilter.objects.get().query == "kind=city"


def test_nobody_keeps_more_filters_than_can_be_found_again(cast, signed_in):
    SavedFilter.objects.bulk_create(
        SavedFilter(user=cast.ann.user, table="sample", name=f"筛选{number}", query="q=x")
        for number in range(SavedFilter.MOST)
    )
    client = signed_in(cast.ann)
    save(client)
    assert f"每人最多保存 {SavedFilter.MOST} 个筛选" in list_of(client).text
    save(client, name="筛选0", query="kind=city")
    assert SavedFilter.objects.get(name="筛选0").query == "kind=city"
    assert SavedFilter.objects.count() == SavedFilter.MOST


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "请给这个筛选起个名字。"),
        ({"name": "长" * 41}, "名称最多 40 个字。"),
        ({"query": ""}, "请先筛选，再保存。"),
        ({"query": "q=" + "x" * 1000}, "筛选条件太长"),
    ],
)
def test_a_filter_that_cannot_be_kept_is_said(cast, signed_in, values, sentence):
    client = signed_in(cast.ann)
    save(client, **values)
    assert sentence in list_of(client).text
    assert not SavedFilter.objects.exists()


def test_one_deletes_ones_own_filter_and_nobody_elses(cast, signed_in):
    saved = save_filter(
        by=cast.ann.user, table="sample", name="街道", query="kind=city", shared_with=cast.east
    )
    address = reverse("filter-delete", args=[saved.pk])
    assert signed_in(cast.ben).post(address).status_code == 404
    assert signed_in(cast.ann).get(address).status_code == 405
    assert SavedFilter.objects.exists()
    assert signed_in(cast.ann).post(address).status_code == 302
    assert not SavedFilter.objects.exists()


def test_what_is_saved_is_filter_and_order_without_page_and_without_strangers(cast, signed_in):
    page = list_of(signed_in(cast.ann), "kind=street&page=2&q=&sort=name&evil=1")
    assert page.context["list"].query == "kind=street&sort=name"


def test_a_name_is_given_to_one_list_only():
    with pytest.raises(ValueError, match="Two lists"):
        register(replace(SAMPLES, title="另一个"))
