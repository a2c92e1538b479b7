"""What a pot of money may be used for, told by data."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from campaigns import slots
from campaigns.services.steps import close_campaign
from ledger.models import Eligibility, MoneyLine
from ledger.union_records import records
from relief.codes.models import Code
from relief.codes.services import codes_folder, load_codes
from tests.ledger.world import World, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> dict[str, MoneyLine]:
    load_codes(codes_folder())
    for _ in range(2):
        call_command("load_money_lines")
    return MoneyLine.objects.in_bulk()


def test_the_lines_are_loaded_once(lines: dict[str, MoneyLine]):
    assert lines.keys() == {"SWN", "YDBF", "HYFL", "LMZX", "WNJJ"}
    assert not lines["HYFL"].allows_cash
    assert not any(line.allows_cards for line in lines.values())


@pytest.mark.parametrize(
    ("line", "category", "is_allowed"),
    [
        ("LMZX", "LM", True),
        ("LMZX", "LM-QG", True),
        ("LMZX", "KN", False),
        ("YDBF", "KN-SD", True),
        ("YDBF", "YX", False),
        ("SWN", "YX", True),
    ],
)
def test_whom_a_line_may_help(
    lines: dict[str, MoneyLine], line: str, category: str, is_allowed: bool
):
    code = Code.objects.get(key=f"category:{category}")
    assert Eligibility.allows(lines[line], code) is is_allowed


def test_a_union_that_is_to_be_closed_says_what_it_has(world: World):
    world.receive(yuan(5))
    assert [(work.label, work.count) for work in records(world.union("east"))] == [
        ("有结余的资金", 1)
    ]
    assert list(records(world.union("east-1"))) == []


def test_a_campaign_says_what_is_not_settled(world: World):
    def unsettled() -> dict[str, int]:
        found = slots.open_matters.items(world.campaign)
        return {row.label: row.number for row in found if row.number}

    assert unsettled() == {}
    world.receive(yuan(100))
    world.allot(yuan(40), "east-1")
    assert unsettled() == {"还有结余的款物": 2, "还没确认收到的下拨": 1}
    world.promise(30)
    assert unsettled()["已批准、还没发放的款物"] == 1
    with pytest.raises(ValidationError, match="还没发放") as caught:
        close_campaign(by=world.staff("ann"), campaign=world.campaign, reason="完成")
    assert caught.value.code == "unsettled"
