"""What a higher app registers shows on the pages of this one (DESIGN §8.11)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import django_filters
import pytest
from django.db.models import QuerySet
from django.urls import reverse

from relief.lib.slots import Hook, Slot
from tests.cast import Cast
from unions import slots
from unions.models import Staff, Union
from unions.permissions import Capability

pytestmark = pytest.mark.django_db
Fill = Callable[..., None]


@pytest.fixture
def fill() -> Iterator[Fill]:
    """Register a provider for the time of one test, as `AppConfig.ready` of an app above would."""
    with ExitStack() as stack:

        def register(slot: Slot[Any, Any], provider: Callable[..., Iterable[Any]]) -> None:
            slot.register(provider)
            stack.callback(slot.unregister, provider)

        yield register


@pytest.fixture
def panel_template(tmp_path: Path, settings: Any) -> str:
    """A template that the app above brings along."""
    (tmp_path / "rosters_panel.html").write_text("<p>{{ panel.made_by }}经手 3 批</p>", "utf-8")
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    return "rosters_panel.html"


def test_a_panel_shows_on_the_page_of_its_union_only(
    client: Any, cast: Cast, fill: Fill, panel_template: str
):
    def panels(staff: Staff, union: Union) -> Iterator[slots.Panel]:
        if union.code == "110101001":
            yield slots.Panel("发放批次", panel_template, {"made_by": staff.user.full_name})

    fill(slots.union_panels, panels)
    cast.sign_in(client, "ann")
    page = client.get(reverse("union-detail", args=["110101001"])).content.decode()
    assert "发放批次" in page
    assert (
        "发放批次" not in client.get(reverse("union-detail", args=["110101002"])).content.decode()
    )


def test_a_to_do_shows_on_the_landing_page_of_whom_it_waits_for(
    client: Any, cast: Cast, fill: Fill
):
    def tasks(staff: Staff) -> Iterator[slots.Task]:
        if staff.can(Capability.CHECK_RECORDS):
            yield slots.Task(
                "复核 3 个批次",
                "/help/",
                "todo",
                note="春节前",
                due=date(2027, 1, 31),
                who="柯复核",
            )

    fill(slots.tasks, tasks)
    cast.sign_in(client, "kay")
    page = client.get("/").content.decode()
    assert "复核 3 个批次" in page
    assert "/help/" in page
    cast.sign_in(client, "mia")
    assert "复核 3 个批次" not in client.get("/").content.decode()


def test_a_search_hit_shows_beside_those_of_this_app(client: Any, cast: Cast, fill: Fill):
    def funds(staff: Staff, text: str) -> Iterator[slots.SearchHit]:
        if text in "东片温暖基金":
            yield slots.SearchHit("东片温暖基金", "资金", "/help/")

    fill(slots.search, funds)
    cast.sign_in(client, "ann")
    hits = client.get(reverse("search"), {"q": "东片"}).context["hits"]
    assert [hit.label for hit in hits] == ["东片区总工会", "东片温暖基金"]
    page = client.get(reverse("search"), {"q": "温暖基金"}).content.decode()
    assert "东片温暖基金" in page


def test_a_navigation_item_shows_to_those_who_may(client: Any, cast: Cast, fill: Fill):
    item = slots.NavigationItem("付款台", "help", "home", needs=(Capability.PAY,), count=7)
    fill(slots.navigation, lambda staff: [item])
    cast.sign_in(client, "fay")
    assert "付款台" in client.get("/").content.decode()
    cast.sign_in(client, "mia")
    assert "付款台" not in client.get("/").content.decode()


def test_a_bulk_action_shows_on_its_list_to_those_who_may(client: Any, cast: Cast, fill: Fill):
    def actions(table: str, staff: Staff) -> Iterator[slots.BulkAction]:
        if table == "staff":
            yield slots.BulkAction("发通知", "message-read", needs=(Capability.MANAGE_STAFF,))

    cast.sign_in(client, "ann")
    url = reverse("staff-list")
    assert "发通知" not in client.get(url).content.decode()
    fill(slots.bulk_actions, actions)
    page = client.get(url, {"role": "maker"}).content.decode()
    assert f'formaction="{reverse("message-read")}?role=maker"' in page
    assert "发通知" in page
    assert "发通知" not in client.get(reverse("log-list")).content.decode()
    cast.sign_in(client, "mia")
    assert "发通知" not in client.get(url).content.decode()


def test_a_filter_of_a_higher_app_narrows_the_list(client: Any, cast: Cast, fill: Fill):
    class StreetFilter(django_filters.CharFilter):
        def filter(self, qs: QuerySet[Staff], value: str) -> QuerySet[Staff]:
            return qs.filter(union__name__contains=value) if value else qs

    def filters(table: str) -> Iterator[slots.ListFilter]:
        if table == "staff":
            yield slots.ListFilter("street", StreetFilter(label="街道"))

    fill(slots.list_filters, filters)
    cast.sign_in(client, "ann")
    page = client.get(reverse("staff-list"), {"street": "东二"}).content.decode()
    assert "易二街" in page
    assert "卞恩" not in page


def test_providers_are_asked_by_rank_then_in_order_of_registration():
    slot: Slot[[], str] = Slot("test")
    for name, rank in (("b", 20), ("c", 20), ("a", 10)):
        slot.register(lambda name=name: [name], rank=rank)  # type: ignore[misc]  # a default binds
    last = slot.register(lambda: ["z"])
    assert slot.items() == ["a", "b", "c", "z"]
    slot.unregister(last)
    assert slot.items() == ["a", "b", "c"]


def test_everybody_acts_when_something_happens():
    hook: Hook[[int], int] = Hook("test")
    twice = hook.register(lambda number: number * 2)
    hook.register(lambda number: number + 1)
    assert hook.run(5) == [10, 6]
    hook.unregister(twice)
    assert hook.run(5) == [6]
