"""A list that may be long: links carry a place; every page is the same with and without."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from beneficiaries import personal
from beneficiaries.models import Beneficiary
from beneficiaries.views.people_table import PEOPLE
from relief.lib.crypto.sealing import DataKey
from tests.cast import Cast

pytestmark = pytest.mark.django_db
#: Five share a name, so that the key decides within it.
NAMES = ["张三", "李四", "王五", "赵六", "钱七"] * 23


@pytest.fixture(autouse=True)
def people(cast: Cast) -> list[Beneficiary]:
    made = []
    for name in NAMES:
        person = Beneficiary(union=cast.unions["east-1"])
        personal.put_name(person, DataKey.new(), name)
        made.append(person)
    return Beneficiary.objects.bulk_create(made)


def page(cast: Cast, query: str, by: str = "ben") -> Any:
    params = QueryDict(f"size=20&{query}")
    return PEOPLE.table.page(PEOPLE.found(cast.people[by], params).rows, params)


def keys(found: Any) -> list[Any]:
    return [row.object.pk for row in found.rows]


def near(found: Any) -> str:
    return str(found.page.paginator.near)


@pytest.mark.parametrize("sort", ["", "name", "-name", "changed_at", "-changed_at", "union"])
def test_from_every_page_every_page_is_the_same(cast: Cast, sort: str):
    plain = [keys(page(cast, f"sort={sort}&page={number}")) for number in range(1, 7)]
    assert sorted(key for found in plain for key in found) == sorted(
        Beneficiary.objects.values_list("pk", flat=True)
    )
    for start in range(1, 7):
        token = near(page(cast, f"sort={sort}&page={start}"))
        assert token
        for number in range(1, 7):
            found = page(cast, f"sort={sort}&page={number}&near={token}")
            assert keys(found) == plain[number - 1], (start, number)
            assert found.count == len(NAMES)


def test_a_page_by_link_counts_nothing_and_skips_nothing(cast: Cast):
    token = near(page(cast, "page=3"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page(cast, f"page=4&near={token}")
    said = " ".join(query["sql"] for query in asked)
    assert "COUNT(" not in said
    assert "OFFSET 20" in said  # of the place, which is the page before
    assert "OFFSET 60" not in said


def test_what_changed_meanwhile_is_counted_anew(cast: Cast, people: list[Beneficiary]):
    token = near(page(cast, "page=5"))
    keep = {person.pk for person in people[:30]}
    gone = Beneficiary.objects.exclude(pk__in=keep)
    gone.update(merged_into=people[0].pk)
    found = page(cast, f"page=4&near={token}")
    assert (found.count, found.page.number) == (30, 2)
    assert len(found.rows) == 10


def test_a_place_is_of_one_list_one_reader_and_some_minutes(cast: Cast):
    token = near(page(cast, "page=2"))
    with CaptureQueriesContext(connection) as asked:
        page(cast, f"page=3&near={token}&sort=-name")  # another order
        page(cast, f"page=3&near={token}", by="eli")  # another union
        page(cast, f"page=3&near={token[:-1]}")
        page(cast, "page=3&near=20.5.none")
        with time_machine.travel("2126-01-01"):
            page(cast, f"page=3&near={token}")
    assert sum("COUNT(" in query["sql"] for query in asked) == 5


def test_no_name_and_no_figure_of_others_stands_in_a_link(cast: Cast):
    token = near(page(cast, "sort=name&page=2"))
    assert not any(part in token for part in ("zhang", "qian", "zhao", "张", "钱"))
    start, count, _ = token.split(":")[0].split(".")
    assert (start, count) == ("20", str(len(NAMES)))


def test_the_pager_carries_it_and_nothing_else_does(cast: Cast, client: Any):
    cast.sign_in(client, "ben")
    text = client.get("/people/?size=20&page=3").content.decode()
    assert text.count("page=4&amp;near=40.") >= 1
    assert "sort=-name&amp;near" not in text
    assert "size=50&amp;near" not in text
