"""Many at once on the same money: the short form runs in the suite, the long one in bench/.

Each scenario starts from a fresh world, lets every worker do its acts on a connection of its own,
and returns what became of each act: "" for done, else the code of the refusal.
"""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from ledger.models import Entry, Posting
from ledger.services.funds import change_fund
from relief.lib.retrying import retried
from tests.ledger.world import World, code_of, yuan
from unions.services.tree import move_union

Act = Callable[[], Any]


@dataclass(frozen=True)
class Size:
    workers: int = 16
    each: int = 4


def crowd(jobs: list[list[Act]]) -> Counter[str]:
    """Every job on a thread of its own, all begun at one moment; how often each outcome was."""
    start = Barrier(len(jobs))

    def work(acts: list[Act]) -> list[str]:
        try:
            start.wait(timeout=60)
            return [outcome(act) for act in acts]
        finally:
            connection.close()

    connection.close()
    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(single for found in pool.map(work, jobs) for single in found)


def outcome(act: Act) -> str:
    """As the view does it: three tries, then 请重试. Whatever else goes wrong is a bug."""
    try:
        retried(act)
    except ValidationError as refusal:
        return code_of(refusal)
    except PermissionDenied:
        return "denied"
    return ""


def overspend(world: World, size: Size) -> Counter[str]:
    """More is asked for than there is: exactly what fits is paid."""
    wanted = size.workers * size.each
    world.receive(yuan(7 * (wanted // 2)))
    jobs = [[lambda: world.pay(yuan(7), at="east")] * size.each for _ in range(size.workers)]
    found = crowd(jobs)
    assert found == {"": wanted // 2, "over_balance": wanted - wanted // 2}
    assert world.there("east") == 0
    return found


def allot_against_return(world: World, size: Size) -> Counter[str]:
    """Down and up between the same two unions: nothing gets lost on the way."""
    world.receive(yuan(1000))
    world.allot(yuan(500), "east-1")
    down: list[Act] = [lambda: world.allot(yuan(30), "east-1")] * size.each
    up: list[Act] = [lambda: world.give_back(yuan(30))] * size.each
    found = crowd([down if number % 2 else up for number in range(size.workers)])
    assert set(found) <= {"", "over_balance"}
    assert world.there("east") + world.there("east-1") == 1000
    return found


def reverse_twice(world: World, size: Size) -> Counter[str]:
    """Everybody takes back the same entries: each is taken back once."""
    postings = [world.receive(yuan(11)) for _ in range(size.each)]
    jobs = [[_reversal(world, posting) for posting in postings] for _ in range(size.workers)]
    found = crowd(jobs)
    assert found == {"": size.each, "reversed": size.each * (size.workers - 1)}
    assert world.there("east") == 0
    return found


def _reversal(world: World, posting: Posting) -> Act:
    return lambda: world.reverse(posting)


def replay(world: World, size: Size) -> Counter[str]:
    """The same few keys from everybody: as many acts as keys."""
    keys = [uuid4() for _ in range(size.each)]
    jobs = [
        [_receipt(world, key) for key in random.Random(number).sample(keys, len(keys))]
        for number in range(size.workers)
    ]
    found = crowd(jobs)
    assert found == {"": size.workers * size.each}
    assert Entry.objects.count() == Posting.objects.count() == size.each
    assert world.there("east") == 5 * size.each
    return found


def _receipt(world: World, key: UUID) -> Act:
    return lambda: world.receive(yuan(5), key=key)


def two_editors(world: World, size: Size) -> Counter[str]:
    """All opened the same page: one saves, the others are told; nothing is lost unsaid."""
    saved = 0
    for turn in range(size.each):
        world.fund.refresh_from_db()
        jobs = [[_edit(world, number, world.fund.version, turn)] for number in range(size.workers)]
        found = crowd(jobs)
        assert found == {"": 1, "stale": size.workers - 1}
        saved += 1
    return Counter({"": saved, "stale": saved * (size.workers - 1)})


def _edit(world: World, number: int, version: int, turn: int) -> Act:
    return lambda: change_fund(
        by=world.staff("fay"), fund=world.fund, version=version, note=f"{turn}-{number}"
    )


def move_while_posting(world: World, size: Size) -> Counter[str]:
    """A union wanders between two parents while money goes to it, through it and back."""
    world.receive(yuan(10_000))
    world.allot(yuan(2000), "east-1", "east-2")
    world.allot(yuan(500), "cell", frm="east-1")
    posting: list[list[Act]] = [
        [lambda: world.allot(yuan(3), "cell", frm="east-1")] * size.each,
        [lambda: world.allot(yuan(3), "cell", frm="east-2")] * size.each,
        [lambda: _give_back_fresh(world)] * size.each,
        [lambda: world.pay(yuan(1), at="cell")] * size.each,
    ]
    moving = [_move(world, name) for name in ("east-2", "east-1") for _ in range(size.each)]
    jobs = [posting[number % len(posting)] for number in range(size.workers - 1)]
    found = crowd([moving, *jobs])
    allowed = {"", "not_directly_below", "no_union_above", "parent_below", "over_balance"}
    assert set(found) <= allowed, found
    total = sum(world.there(at) for at in ("east", "east-1", "east-2", "cell"))
    paid = Entry.objects.filter(kind="disburse").count()
    assert total + paid == Decimal(10_000)
    return found


def _give_back_fresh(world: World) -> Posting:
    """As a page does it that was opened just now: it sees where the union hangs."""
    cell = world.union("cell")
    fresh = type(cell).objects.select_related("parent").get(pk=cell.pk)
    mine = World(world.cast, world.campaign, world.fund, world.line, world.rice, world.milk)
    mine.cast = type(world.cast)(
        world.cast.unions | {"cell": fresh}, world.cast.people, world.cast.accounts
    )
    return mine.give_back(yuan(2), frm="cell")


def _move(world: World, parent: str) -> Act:
    return lambda: move_union(
        by=world.staff("ann"),
        union=world.union("cell"),
        parent=world.union(parent),
        effective_on=None,
        reason="调整",
    )


def promise_and_pay(world: World, size: Size) -> Counter[str]:
    """Promises, payments of them, releases and free payments, all of one balance."""
    world.receive(yuan(1000))
    jobs = [
        [_promised(world, f"roster:{number}:{turn}") for turn in range(size.each)]
        if number % 2
        else [lambda: world.pay(yuan(20), at="east")] * size.each
        for number in range(size.workers)
    ]
    found = crowd(jobs)
    assert set(found) <= {"", "over_balance"}
    assert world.committed("east") <= world.there("east")
    return found


def _promised(world: World, subject: str) -> Act:
    def act() -> None:
        world.promise_pay_release(subject, Decimal(30))

    return act


SCENARIOS = (
    overspend,
    allot_against_return,
    reverse_twice,
    replay,
    two_editors,
    move_while_posting,
    promise_and_pay,
)
