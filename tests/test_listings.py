"""What holds for every list that an app registers, also for one that comes later."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.sql.datastructures import Join
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests import architecture as house
from tests.cast import PEOPLE, Cast
from tests.test_states import LISTS, WHO
from unions.lists.conditions import ListFilter
from unions.lists.listing import Listing, listings
from unions.models import Staff, Union
from unions.permissions import CAPABILITIES, has

#: Lists without a page of rows, each with its reason.
WITHOUT_PAGE = {"unions"}  # the page is the tree; the list is its export
REGISTERED = [listing for listing in listings() if not listing.rows.__module__.startswith("tests.")]
every_listing = pytest.mark.parametrize("listing", REGISTERED, ids=lambda listing: listing.name)


def test_every_list_has_a_line_in_the_test_of_states(client: Client, cast: Cast) -> None:
    shown = set()
    for address in LISTS:
        cast.sign_in(client, WHO.get(address, "ann"))
        page = client.get(address).context.get("list")
        shown |= {page.page.table.name} if page else set()
    assert {listing.name for listing in REGISTERED} - WITHOUT_PAGE == shown


def test_the_worker_knows_every_list() -> None:
    """It loads the apps and no views."""
    code = (
        "import django; django.setup(); from unions.lists.listing import listings;"
        "print(*(listing.name for listing in listings()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [listing.name for listing in REGISTERED]


def test_lists_are_registered_where_they_are_looked_for() -> None:
    found = {
        path
        for path in house.sources()
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "register" and node.args
        if ast.unparse(node.args[0]).startswith("Listing(")
    }
    assert found
    assert not {path for path in found if not path.match("*/views/*_table.py")}


def filters_of(listing: Listing) -> type[ListFilter]:
    return listing.filterset()  # also the conditions that higher apps add


def samples(field: Any, staff: Staff) -> list[str]:
    """Values that the field takes: all that it offers, or one."""
    if isinstance(field, forms.ModelChoiceField):
        rows: Any = field.queryset
        return [str(staff.union.pk if rows.model is Union else "1")]
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return [str(value) for value, _ in choices if value not in ("", None)]
    if isinstance(field, forms.DateField):
        return ["2026-03-10"]
    return ["2026" if isinstance(field, forms.IntegerField | forms.DecimalField) else "wang"]


def conditions() -> Iterator[Any]:
    for listing in REGISTERED:
        for name in filters_of(listing).base_filters:
            yield pytest.param(listing, name, id=f"{listing.name}-{name}")


def may_list(staff: Staff, listing: Listing) -> bool:
    return any(has(staff, capability) for capability in listing.capabilities)


@pytest.mark.parametrize(("listing", "name"), list(conditions()))
def test_no_condition_doubles_rows(cast: Cast, listing: Listing, name: str) -> None:
    """A join over what a row has many of would; so would one in the rows themselves."""
    staff = next(one for one in cast.people.values() if may_list(one, listing))
    empty = filters_of(listing)({}, queryset=listing.rows(staff))
    empty.staff = staff
    field = empty.form.fields[name]
    params = QueryDict(mutable=True)
    for value in samples(field, staff):
        params[name] = value
        found = listing.found(staff, params)
        assert not found.problems
        assert list(_joins_of_many(found.rows)) == []


@every_listing
def test_no_order_doubles_rows(cast: Cast, listing: Listing) -> None:
    rows = listing.rows(cast.people["ann"])
    for column in listing.table.columns:
        if column.order_by:
            ordered = listing.table.ordered(rows, QueryDict(f"sort={column.key}"))
            ordered.query.get_compiler("default").pre_sql_setup()  # joins of an order are made here
            assert list(_joins_of_many(ordered)) == []


def _joins_of_many(rows: QuerySet[Any]) -> Iterator[str]:
    for alias, join in rows.query.alias_map.items():
        if isinstance(join, Join) and rows.query.alias_refcount[alias]:
            field: Any = join.join_field
            if field.one_to_many or field.many_to_many:
                yield alias


def test_the_guard_sees_a_join_of_many() -> None:
    """By the one model of the libraries that has such an accessor; ours have none so far."""
    assert list(_joins_of_many(Group.objects.filter(permissions__codename="x")))
    assert list(_joins_of_many(ContentType.objects.filter(permission__codename="x")))
    assert not list(_joins_of_many(Staff.objects.filter(union__parent__name="x")))


@every_listing
def test_a_list_is_asked_for_what_its_page_asks(listing: Listing, cast: Cast) -> None:
    """Whoever may not open the page gets the list by no other way: export, job, saved filter."""
    refused = set()
    for name, staff in cast.people.items():
        try:
            listing.found(staff, QueryDict())
        except PermissionDenied:
            refused.add(name)
    entitled = {
        name
        for name, (_, role, _) in PEOPLE.items()
        if CAPABILITIES[role] & set(listing.capabilities)
    }
    assert refused == PEOPLE.keys() - entitled


def test_finance_exports_no_list_of_staff(client: Client, cast: Cast) -> None:
    cast.sign_in(client, "fay")
    assert client.get(reverse("staff-list")).status_code == 403
    answer = client.post(reverse("staff-export"), {"scope": "all"})
    assert answer.status_code == 403
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()
