"""Every list with nothing, one, twelve and five hundred rows, and with the longest names.

Two rows and twelve cost the same number of queries. Source: STYLE §1 "Queries", "Done".
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    KeptApart,
    LedgerImport,
    LivingStandard,
    PossibleDouble,
    Transfer,
    Workplace,
)
from relief.codes.models import Code, CodeList
from relief.jobs.models import Job
from tests.cast import Cast
from unions.models import Message, Staff, Union, User
from unions.services.trail import record

LONG_NAME = "东城区工会" + "很长的名字" * 19
Add = Callable[[Cast, int, str], None]


def add_unions(cast: Cast, number: int, name: str) -> None:
    parent = cast.unions["east"]
    first = Union.objects.count()
    Union.objects.bulk_create(
        Union(
            code=f"U{first + index}",
            name=f"{name}{first + index}"[:100],
            kind=Union.Kind.STREET,
            parent=parent,
            path=f"{parent.path}U{first + index}/",
        )
        for index in range(number)
    )


def add_staff(cast: Cast, number: int, name: str) -> None:
    first = User.objects.count()
    users = User.objects.bulk_create(
        User(username=f"user{first + index}", full_name=name[:40]) for index in range(number)
    )
    Staff.objects.bulk_create(
        Staff(user=user, union=cast.unions["east-1"], role="maker", title=name[:40])
        for user in users
    )


def add_accounts(cast: Cast, number: int, name: str) -> None:
    first = User.objects.count()
    User.objects.bulk_create(
        User(username=f"user{first + index}", full_name=name[:40]) for index in range(number)
    )


def add_events(cast: Cast, number: int, name: str) -> None:
    for _ in range(number):
        record(cast.people["ben"], Event.Action.EXPORT, cast.unions["east-1"], reason=name)


def add_jobs(cast: Cast, number: int, name: str) -> None:
    owner = cast.accounts["ann"].pk
    Job.objects.bulk_create(
        Job(kind="export", title=name, owner_id=owner, message=name) for _ in range(number)
    )


def add_messages(cast: Cast, number: int, name: str) -> None:
    user = cast.accounts["ann"]
    Message.objects.bulk_create(
        Message(user=user, kind="news", text=name, url="/help/") for _ in range(number)
    )


def add_people(cast: Cast, number: int, name: str) -> None:
    first = Beneficiary.objects.count()
    Beneficiary.objects.bulk_create(
        Beneficiary(union=cast.unions["east-1"], name=name[:60], pinyin=f"p{first + index:05d}")
        for index in range(number)
    )


def add_doubles(cast: Cast, number: int, name: str) -> None:
    """Pairs; the first of each is at East-1, the other one at East-2."""
    first = Beneficiary.objects.count()
    for union in ("east-1", "east-2"):
        Beneficiary.objects.bulk_create(
            Beneficiary(
                union=cast.unions[union],
                name=f"{name[:50]}{first + index}",
                birth_on=date(1968, 1, 1),
            )
            for index in range(number)
        )


def add_kept_apart(cast: Cast, number: int, name: str) -> None:
    add_doubles(cast, number, name)
    doubles = PossibleDouble.objects.all()
    KeptApart.objects.bulk_create(
        KeptApart(
            first_id=double.first_id,
            second_id=double.second_id,
            reason=name,
            decided_by=cast.people["ann"],
        )
        for double in doubles
    )


def add_transfers(cast: Cast, number: int, name: str) -> None:
    people = Beneficiary.objects.bulk_create(
        Beneficiary(union=cast.unions["east-1"], name=name[:60]) for _ in range(number)
    )
    Transfer.objects.bulk_create(
        Transfer(
            person=person,
            from_union=cast.unions["east-1"],
            to_union=cast.unions["east-2"],
            reason=name,
            requested_by=cast.people["ann"],
        )
        for person in people
    )


def add_merged(cast: Cast, number: int, name: str) -> None:
    into = Beneficiary.objects.create(union=cast.unions["east-1"], name="王桂兰")
    Beneficiary.objects.bulk_create(
        Beneficiary(union=cast.unions["east-1"], name=name[:60], merged_into=into)
        for _ in range(number)
    )


def add_workplaces(cast: Cast, number: int, name: str) -> None:
    first = Workplace.objects.count()
    Workplace.objects.bulk_create(
        Workplace(union=cast.unions["east-1"], name=f"{name}{first + index}")
        for index in range(number)
    )


def add_files(cast: Cast, number: int, name: str) -> None:
    first = Beneficiary.objects.count()
    people = Beneficiary.objects.bulk_create(
        Beneficiary(union=cast.unions["east-1"], name=name[:60], pinyin=f"p{first + index:05d}")
        for index in range(number)
    )
    HardshipFile.objects.bulk_create(
        HardshipFile(person=person, union=cast.unions["east-1"], year=2026) for person in people
    )


def add_standards(cast: Cast, number: int, name: str) -> None:
    CodeList.objects.get_or_create(key="region", defaults={"name": "行政区划"})
    region, _ = Code.objects.get_or_create(
        key="region:110000", defaults={"list_id": "region", "code": "110000", "name": "北京市"}
    )
    first = date(2020, 1, 1) + timedelta(days=LivingStandard.objects.count())
    LivingStandard.objects.bulk_create(
        LivingStandard(
            region=region, starts_on=first + timedelta(days=index), amount=1450, document=name
        )
        for index in range(number)
    )


def add_ledgers(cast: Cast, number: int, name: str) -> None:
    LedgerImport.objects.bulk_create(
        LedgerImport(
            union=cast.unions["east-1"],
            year=2026,
            file_name=f"{name}.xlsx",
            size=1,
            sha256="0" * 64,
            uploaded_by=cast.people["ben"],
        )
        for _ in range(number)
    )


#: Address → what fills it.
LISTS: dict[str, Add] = {
    "/unions/": add_unions,
    "/unions/?q=工会": add_unions,
    "/unions/110101/": add_unions,
    "/staff/": add_staff,
    "/unions/110101001/": add_staff,
    "/log/": add_events,
    "/jobs/": add_jobs,
    "/messages/": add_messages,
    "/": add_messages,
    "/people/": add_files,
    "/people/?state=none&invented=0": add_people,
    "/staff/accounts/": add_accounts,
    "/standards/": add_standards,
    "/workplaces/": add_workplaces,
    "/files/": add_files,
    "/ledgers/": add_ledgers,
    "/doubles/": add_doubles,
    "/doubles/apart/": add_kept_apart,
    "/doubles/merged/": add_merged,
    "/transfers/": add_transfers,
    "/files/?status=draft&year=2026": add_files,
}
#: Who may open it; every other list is looked at by the district administrator.
WHO = {"/staff/accounts/": "sam"}
every_list = pytest.mark.parametrize("address", LISTS)


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@every_list
def test_two_rows_cost_as_much_as_twelve(client: Client, cast: Cast, address: str) -> None:
    cast.sign_in(client, WHO.get(address, "ann"))
    add = LISTS[address]
    add(cast, 2, "东新工会")
    few = _queries(client, address)
    add(cast, 10, "东新工会")
    assert _queries(client, address) == few


@every_list
def test_five_hundred_rows_are_one_page(client: Client, cast: Cast, address: str) -> None:
    cast.sign_in(client, WHO.get(address, "ann"))
    add = LISTS[address]
    add(cast, 1, "东新工会")
    few = _queries(client, address)
    add(cast, 500, "东新工会")
    assert _queries(client, address) <= few + 3  # the pager counts


@every_list
def test_longest_names_find_room(client: Client, cast: Cast, address: str) -> None:
    """The browser tests look at the width; here the page is whole and says the name."""
    cast.sign_in(client, WHO.get(address, "ann"))
    LISTS[address](cast, 3, LONG_NAME[:97])
    response = client.get(address)
    assert LONG_NAME[:30] in response.content.decode()


@pytest.mark.parametrize("address", [name for name in LISTS if "q=" not in name])
def test_the_search_key_has_a_field_to_go_to(client: Client, cast: Cast, address: str) -> None:
    cast.sign_in(client, WHO.get(address, "ann"))
    page = client.get(address).content.decode()
    if 'id="filters"' in page:
        assert page.count("data-relief-search") == 1


@pytest.mark.parametrize(
    "name", ["home", "job-list", "message-list", "account", "help", "search", "second-factor-setup"]
)
def test_pages_of_somebody_with_nothing_at_all(client: Client, cast: Cast, name: str) -> None:
    cast.sign_in(client, "eve")
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "address", ["/staff/?q=nobody", "/unions/?q=nothing", "/log/?about=0", "/files/?year=1999"]
)
def test_nothing_found_is_said(client: Client, cast: Cast, address: str) -> None:
    cast.sign_in(client, "ann")
    response = client.get(address)
    assert "没有" in response.content.decode()


def test_what_stands_around_a_page_costs_few_queries(client: Client, cast: Cast) -> None:
    """Session, account, postings, second factor, unread messages, waiting files and imports."""
    cast.sign_in(client, "ann")
    assert _queries(client, "/help/") <= 7


@pytest.mark.parametrize("address", ["/jobs/", "/staff/", "/unions/?q=工会", "/search/?q=工会"])
def test_a_page_that_the_browser_goes_back_to_is_whole(
    client: Client, cast: Cast, address: str
) -> None:
    cast.sign_in(client, "ann")
    swap = {"HX-Request": "true"}
    part = client.get(address, headers=swap)
    whole = client.get(address, headers={**swap, "HX-History-Restore-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()
    for response in (part, whole):
        assert "HX-Request" in response["Vary"]
        assert "HX-History-Restore-Request" in response["Vary"]
