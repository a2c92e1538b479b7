"""Which kinds may stand below which: in the form, in the service, in the data that we ship."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from tests.cast import Cast
from tests.unions.refusals import refused
from tests.unions.tree_acts import add, change, merge, move
from unions.kinds import LEVELS, kind_refusal
from unions.models import Staff, Union

pytestmark = pytest.mark.django_db


def test_every_kind_has_its_level():
    assert set(LEVELS) == set(Union.Kind.values)


@pytest.mark.parametrize(
    ("kind", "above", "is_allowed"),
    [
        ("province", "grassroots", False),
        ("district", "city", True),
        ("city", "district", False),
        ("district", "district", False),
        ("street", "district", True),
        ("street", "grassroots", False),
        ("group", "system", True),
        ("grassroots", "grassroots", True),
        ("grassroots", "city", True),
    ],
)
def test_a_level_never_stands_above_itself(kind: str, above: str, is_allowed: bool):
    assert (kind_refusal(kind, above) == "") is is_allowed


def test_the_tree_that_is_shipped_keeps_to_it():
    entries = json.loads((settings.BASE_DIR / "fixtures/unions.json").read_text("utf-8"))
    kinds = {entry["code"]: entry["kind"] for entry in entries}
    wrong = [
        entry["name"]
        for entry in entries
        if entry["parent"] and kind_refusal(entry["kind"], kinds[entry["parent"]])
    ]
    assert wrong == []


def test_the_form_says_it_beside_the_kind(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    typed = {
        "parent": cast.unions["cell"].pk,
        "code": "110101X99",
        "name": "某省总工会",
        "kind": "province",
    }
    page = client.post(reverse("union-create"), typed)
    text = "“省总工会”不能设在“基层工会”之下，请改类型或另选上级。"
    assert page.context["form"].errors == {"kind": [text]}


def test_neither_a_change_nor_a_move_nor_a_merger_turns_the_tree_upside_down(
    cast: Cast, chief: Staff
):
    east, first, cell = cast.unions["east"], cast.unions["east-1"], cast.unions["cell"]
    with refused("kind_below"):
        add(chief, cell, "NEW1", kind=Union.Kind.STREET)
    with refused("kind_below"):
        change(chief, cell, kind=Union.Kind.CITY)
    with refused("kind_above"):
        change(chief, east, kind=Union.Kind.JOINT)
    with refused("kind_below"):
        move(chief, east, cast.unions["west-1"])
    add(chief, first, "NEW2", kind=Union.Kind.PARK)
    cell_of_west = add(chief, cast.unions["west-1"], "NEW3")
    with refused("kind_below"):
        merge(chief, first, cell_of_west)


def test_what_stands_wrongly_since_long_may_still_be_renamed(cast: Cast, chief: Staff):
    cell = cast.unions["cell"]
    Union.objects.filter(pk=cell.pk).update(kind=Union.Kind.CITY)
    cell.refresh_from_db()
    change(chief, cell, name="新名工会")
    assert Union.objects.get(pk=cell.pk).name == "新名工会"
