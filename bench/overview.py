"""The fund overview of a thousand unions with two million entries, beside the ORM over entries.

The entries are written through the triggers, so the making of them is a figure, too. Then every
page's query runs at one and at eight clients; what it says is held against the recount.

It runs on a database of its own: `.venv/bin/python -m bench.overview [entries]`.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 (needs the settings)
from django.db.models import Q, Sum  # noqa: E402

from ledger import overview  # noqa: E402
from ledger.checks import breaches  # noqa: E402
from ledger.models import Balance, Entry, Fund, Posting  # noqa: E402
from tests import cast as casting  # noqa: E402
from tests import database  # noqa: E402
from tests.ledger.world import World, build, new_fund, yuan  # noqa: E402
from unions.models import Union  # noqa: E402

STREETS, CELLS, FUNDS = 20, 49, 20
CHUNK = 20_000
CLIENTS = 8

_ALLOT = """
    INSERT INTO ledger_entry (posting_id, kind, fund_id, union_id, to_union_id, amount,
        is_unpriced,
        occurred_on, is_backfilled, subject, voucher_number, note, recorded_by_id, recorded_at,
        link)
    SELECT %(posting)s, 'allot', f.id, u.parent_id, u.id, %(amount)s, false,
        CURRENT_DATE, false, '', '', '', %(staff)s, now(), 0
    FROM unions_union u CROSS JOIN ledger_fund f
    WHERE u.parent_id = ANY(%(parents)s) AND u.code LIKE '1101%%9%%'
"""
_PAY = """
    INSERT INTO ledger_entry (posting_id, kind, fund_id, union_id, amount, is_unpriced,
        occurred_on, is_backfilled, subject, voucher_number, note, recorded_by_id, recorded_at,
        link)
    SELECT %(posting)s, 'disburse', (%(funds)s)[1 + n %% %(fund_count)s], %(union)s,
        1 + (n %% 500)::numeric / 100, false,
        CURRENT_DATE, false, 'line:' || n, '', '', %(staff)s, now(), 0
    FROM generate_series(1, %(count)s) n
"""


def grow(world: World) -> list[Union]:
    """Streets below East, and below each its unions."""
    east = world.union("east")
    streets = [_union(east, f"1101019{number:02}") for number in range(STREETS)]
    Union.objects.bulk_create(streets)
    cells = [
        _union(street, f"{street.code}{number:02}") for street in streets for number in range(CELLS)
    ]
    Union.objects.bulk_create(cells)
    return [*streets, *cells]


def _union(parent: Union, code: str) -> Union:
    kind = Union.Kind.STREET if len(code) == 9 else Union.Kind.GRASSROOTS
    union = Union(code=code, kind=kind, parent=parent, path=f"{parent.path}{code}/")
    union.set_name(f"第{code}号工会")
    return union


def fill(world: World, unions: list[Union], entries: int) -> None:
    for number in range(1, FUNDS):
        new_fund(world.cast, world.campaign, name=f"第{number}笔", line=world.line)
    funds = list(Fund.objects.filter(campaign=world.campaign).order_by("pk"))
    for fund in funds:
        world.receive(yuan(2_000_000_000), fund=fund)
    posting = Posting.objects.create(
        actor=0, route="bench", key="00000000-0000-0000-0000-000000000001", body_hash="0" * 64
    )
    given: dict[str, Any] = {"posting": posting.pk, "staff": world.staff("fay").pk}
    east = [world.union("east").pk]
    streets = [union.pk for union in unions[:STREETS]]
    with connection.cursor() as cursor:
        cursor.execute(_ALLOT, given | {"amount": 10_000_000, "parents": east})
        cursor.execute(_ALLOT, given | {"amount": 100_000, "parents": streets})
        each = entries // len(unions)
        for union in unions:
            parameters = given | {
                "union": union.pk,
                "funds": [fund.pk for fund in funds],
                "fund_count": len(funds),
                "count": each,
            }
            with transaction.atomic():
                cursor.execute(_PAY, parameters)
        cursor.execute("SET ROLE NONE")
        cursor.execute("VACUUM ANALYZE ledger_entry, ledger_balance, unions_union")
        cursor.execute("SET ROLE relief_app")


def pages(world: World, street: Union) -> list[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Name, our query, the ORM over entries that says the same."""
    fay, east = world.staff("fay"), world.union("east")
    campaign = world.campaign

    def recount(union: Union, group: str) -> Any:
        rows = Entry.objects.filter(
            Q(union__path__startswith=union.path), item=None, fund__campaign=campaign
        )
        return list(rows.values(group, "kind").annotate(sum=Sum("amount")))

    return [
        (
            "district, by union",
            lambda: overview.by_union(fay, east, campaign),
            lambda: recount(east, "union"),
        ),
        (
            "district, by fund",
            lambda: overview.by_fund(fay, campaign),
            lambda: recount(east, "fund"),
        ),
        ("district, total", lambda: overview.total(fay, campaign), lambda: recount(east, "kind")),
        (
            "street, by union",
            lambda: overview.by_union(fay, street, campaign),
            lambda: recount(street, "union"),
        ),
        (
            "entries behind a number, first 50",
            lambda: list(overview.entries_behind(fay, campaign=campaign, kind="disburse")[:50]),
            lambda: list(Entry.objects.filter(kind="disburse").order_by("-pk")[:50]),
        ),
        (
            "stock of one union",
            lambda: list(overview.stock(fay, street)),
            lambda: recount(street, "item"),
        ),
    ]


def timed(act: Callable[[], Any], times: int, clients: int) -> tuple[float, float]:
    """(p50, p95) in ms."""

    def one(_: int) -> float:
        begin = time.perf_counter()
        act()
        return (time.perf_counter() - begin) * 1000

    def many(_: int) -> list[float]:
        try:
            return [one(number) for number in range(times)]
        finally:
            connection.close()

    if clients == 1:
        took = [one(number) for number in range(times)]
    else:
        with ThreadPoolExecutor(clients) as pool:
            took = [single for found in pool.map(many, range(clients)) for single in found]
    return median(took), quantiles(took, n=20)[-1] if len(took) > 1 else took[0]


def compare(world: World, street: Union) -> None:
    print(f"\n{'page':>36}  ours p50/p95, 1 client   {CLIENTS} clients   ORM over entries   ratio")
    for name, ours, plain in pages(world, street):
        ours()
        alone, together = timed(ours, 20, 1), timed(ours, 5, CLIENTS)
        baseline = timed(plain, 2, 1)
        print(
            f"{name:>36}  {alone[0]:8.1f} /{alone[1]:7.1f} ms  {together[0]:8.1f} /"
            f"{together[1]:7.1f} ms  {baseline[0]:9.1f} ms  {baseline[0] / alone[0]:8.0f}"
        )


def check_equal(world: World) -> None:
    """What the page says is what the entries say."""
    said = overview.total(world.staff("fay"), world.campaign)
    paid = Entry.objects.filter(kind="disburse").aggregate(Sum("amount"))["amount__sum"]
    assert said.disbursed == paid, (said.disbursed, paid)
    assert said.there == Decimal(2_000_000_000) * FUNDS - paid


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with database.cloned():
        world = build(casting.build())
        unions = grow(world)
        begin = time.perf_counter()
        fill(world, unions, entries)
        took = time.perf_counter() - begin
        count = Entry.objects.count()
        print(
            f"{len(unions)} unions, {FUNDS} funds, {count} entries, {Balance.objects.count()}"
            f" balances; written through the triggers in {took:.0f} s, {count / took:.0f}/s"
        )
        check_equal(world)
        compare(world, unions[3])
        begin = time.perf_counter()
        found = list(breaches())
        took = time.perf_counter() - begin
        found = [single for single in found if "it did nothing" not in single]
        print(f"\ncheck_ledger: {took:.0f} s, {count / took:.0f} entries/s, breaches: {found or 0}")


if __name__ == "__main__":
    main()
