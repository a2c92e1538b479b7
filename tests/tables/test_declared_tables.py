"""relief.lib.tables: order, pages, totals and columns of any queryset."""

import pytest
from django.http import QueryDict

from relief.lib.tables import Column, Table, query_without
from tests.tables.conftest import open_union
from tests.tables.sample import SAMPLE
from unions.models import Union


def page_of(query="", chosen=(), table=SAMPLE, rows=None):
    rows = Union.objects.all() if rows is None else rows
    return table.page(rows.select_related("parent"), QueryDict(query), chosen)


def names(page):
    return [row.cells[0].text for row in page.rows]


@pytest.fixture
def many(cast):
    for number in range(100, 140):
        open_union(f"110102{number}", f"街道{number}", "street", cast.west)


@pytest.mark.parametrize(
    "query",
    ["sort=nothing", "sort=--name", "sort=state", "sort=-", "sort=name__path", "sort=%00", "sort="],
)
def test_an_order_that_the_table_does_not_have_is_the_default_order(cast, query):
    page = page_of(query)
    assert page.sort == ""
    assert names(page) == names(page_of())


@pytest.mark.parametrize(
    ("asked", "number"),
    [("0", 3), ("-1", 3), ("999", 3), ("x", 1), ("", 1), ("1.5", 1), ("9" * 5000, 1), ("2", 2)],
)
def test_a_page_that_does_not_exist_is_the_nearest_that_does(many, asked, number):
    assert page_of(f"page={asked}").page.number == number


@pytest.mark.parametrize("asked", ["7", "-20", "x", "", "1000000"])
def test_a_page_size_that_is_not_offered_is_the_default(many, asked):
    assert page_of(f"size={asked}").page.paginator.per_page == 20


def test_every_row_is_on_exactly_one_page_whatever_the_order(many):
    for sort in ("", "kind", "-kind", "parent", "-parent", "version", "-opened_on"):
        seen = [
            row.object.pk
            for number in (1, 2, 3)
            for row in page_of(f"sort={sort}&page={number}").rows
        ]
        assert sorted(seen) == sorted(Union.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("sort", ["opened_on", "-opened_on"])
def test_rows_without_a_value_come_last_in_both_directions(cast, sort):
    assert [bool(row.object.opened_on) for row in page_of(f"sort={sort}").rows] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_totals_run_over_the_whole_set_and_not_over_the_page(many):
    page = page_of("size=20")
    totals = dict(zip((column.key for column in page.columns), page.totals, strict=True))
    assert len(page.rows) == 20
    assert totals["version"] == "45"
    assert totals["opened_on"] == "2"
    assert totals["name"] == ""


def test_totals_of_nothing_are_zero(cast):
    page = page_of(rows=Union.objects.none())
    assert (page.count, page.rows) == (0, ())
    assert "0" in page.totals


def test_a_page_costs_two_queries_with_few_and_with_many_rows(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        page_of("sort=-parent")
    for number in range(200, 230):
        open_union(f"110102{number}", f"街道{number}", "street", cast.west)
    with django_assert_num_queries(2):
        page_of("sort=-parent&page=2")


def test_chosen_columns_keep_the_order_of_the_table_and_its_fixed_ones(cast):
    page = page_of(chosen=["region", "code", "gone"])
    assert [column.key for column in page.columns] == ["name", "code", "region"]


def test_columns_of_an_older_version_of_the_table_give_the_default(cast):
    assert page_of(chosen=["gone"]).columns == page_of().columns


def test_links_keep_every_other_parameter_and_start_at_page_1(cast):
    page = page_of("q=%E4%B8%9C&page=2&kind=city&kind=street&sort=name")
    heads = {head.column.key: head for head in page.heads}
    assert (heads["name"].state, heads["code"].state) == ("ascending", "")
    assert heads["name"].query == "?q=%E4%B8%9C&kind=city&kind=street&sort=-name"
    assert heads["state"].query == ""
    assert query_without(page.params, ["kind"]) == "?q=%E4%B8%9C&sort=name"
    assert page.query(page=3) == "?q=%E4%B8%9C&page=3&kind=city&kind=street&sort=name"


def test_a_path_through_nothing_is_an_empty_cell(cast):
    row = page_of("sort=code").rows[0]
    assert {cell.column.key: cell.text for cell in row.cells}["parent"] == ""


@pytest.mark.parametrize(
    "columns",
    [
        [Column("a", "甲"), Column("a", "乙")],
    ],
)
def test_a_column_key_twice_is_refused(columns):
    with pytest.raises(ValueError, match="twice"):
        Table(name="wrong", columns=tuple(columns), default_order=())


@pytest.mark.parametrize(
    "options", [{"kind": "colour"}, {"total": "mean"}, {"total": "sum", "value": str}]
)
def test_a_column_that_cannot_work_is_refused(options):
    with pytest.raises(ValueError, match="Column a"):
        Column("a", "甲", **options)
