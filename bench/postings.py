"""Postings per second on one hot balance and on many, beside what a user would write instead.

The machine may be busy with other work: CPU seconds (client and backend) stand beside the rates.

`naive` reads what is there, then writes. `lock` locks the balance row, checks, inserts and saves:
the usual Django way. `lock+` does by hand, row by row, what a posting here promises: a key sent
twice, a hash chain, the sums of the balance. `ours` is the service with all its checks. Each runs
at 1, 8 and 16 processes, in turns; medians are printed. Then batches of 2,000 lines.

It runs on a database of its own: `.venv/bin/python -m bench.postings [seconds]`.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, ClassVar
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402 (needs the settings)
from django.db import connection, models, transaction  # noqa: E402

from ledger.checks import breaches  # noqa: E402
from ledger.models import Entry  # noqa: E402
from ledger.portions import Payment, Share  # noqa: E402
from ledger.services import movements  # noqa: E402
from relief.lib.retrying import retried  # noqa: E402
from tests import cast as casting  # noqa: E402
from tests import database  # noqa: E402
from tests.ledger.world import World, build, yuan  # noqa: E402
from unions.models import Union  # noqa: E402
from unions.services.tree import create_union  # noqa: E402

PROCESSES = (1, 8, 16)
ROUNDS = 3
BATCH = 2000
STREETS = 16
PLENTY = 1_000_000_000


class BenchBalance(models.Model):
    """What the baselines keep: one balance, one key table, one chain head."""

    there = models.DecimalField(max_digits=18, decimal_places=2)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    objects: "ClassVar[models.Manager[BenchBalance]]" = models.Manager()

    class Meta:
        app_label = "ledger"
        managed = False
        db_table = "bench_balance"

    def __str__(self) -> str:
        return str(self.there)


class BenchEntry(models.Model):
    balance = models.ForeignKey(BenchBalance, models.PROTECT)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    subject = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, default="")
    key = models.UUIDField(unique=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects: "ClassVar[models.Manager[BenchEntry]]" = models.Manager()

    class Meta:
        app_label = "ledger"
        managed = False
        db_table = "bench_entry"

    def __str__(self) -> str:
        return str(self.amount)


def make_tables() -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "CREATE TABLE bench_balance (id bigserial PRIMARY KEY, there numeric(18,2) NOT NULL,"
            " seq bigint NOT NULL, hash varchar(64) NOT NULL);"
            "CREATE TABLE bench_entry (id bigserial PRIMARY KEY, balance_id bigint NOT NULL"
            " REFERENCES bench_balance DEFERRABLE INITIALLY DEFERRED,"
            " amount numeric(14,2) NOT NULL,"
            " subject varchar(80) NOT NULL, hash varchar(64) NOT NULL, key uuid NOT NULL UNIQUE,"
            " recorded_at timestamptz NOT NULL);"
            "GRANT ALL ON bench_balance, bench_entry TO relief_app;"
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO relief_app"
        )
    BenchBalance.objects.bulk_create(
        BenchBalance(pk=number, there=PLENTY) for number in range(1, STREETS + 1)
    )


class Spender:
    """One way to take one yuan from a balance."""

    def __init__(self, world: World, streets: list[Union]) -> None:
        self.world, self.streets = world, streets

    def naive(self, place: int) -> None:
        balance = BenchBalance.objects.get(pk=place + 1)
        if balance.there < 1:
            raise ValidationError("over")
        balance.there -= 1
        balance.save(update_fields=["there"])
        BenchEntry.objects.create(balance=balance, amount=1, subject="line:1", key=uuid4())

    def lock(self, place: int) -> None:
        with transaction.atomic():
            balance = BenchBalance.objects.select_for_update().get(pk=place + 1)
            if balance.there < 1:
                raise ValidationError("over")
            balance.there -= 1
            balance.save(update_fields=["there"])
            BenchEntry.objects.create(balance=balance, amount=1, subject="line:1", key=uuid4())

    def lock_plus(self, place: int) -> None:
        key = uuid4()
        with transaction.atomic():
            balance = BenchBalance.objects.select_for_update().get(pk=place + 1)
            if BenchEntry.objects.filter(key=key).exists():
                return
            if balance.there < 1:
                raise ValidationError("over")
            entry = BenchEntry(balance=balance, amount=Decimal(1), subject="line:1", key=key)
            text = f"{balance.pk}|{balance.seq + 1}|{balance.hash}|{entry.amount}|{entry.subject}"
            entry.hash = hashlib.sha256(text.encode()).hexdigest()
            entry.save(force_insert=True)
            balance.there -= 1
            balance.seq, balance.hash = balance.seq + 1, entry.hash
            balance.save(update_fields=["there", "seq", "hash"])

    def ours(self, place: int) -> None:
        payments = [Payment(self.world.fund, yuan(1), "line:1")]
        retried(
            lambda: movements.disburse(
                by=self.world.staff("fay"),
                key=uuid4(),
                union=self.streets[place],
                payments=payments,
            )
        )


WAYS = ("naive", "lock", "lock_plus", "ours")


def run(
    spender: Spender, way: str, processes: int, places: int, seconds: float
) -> tuple[float, int]:
    """(postings per second, postings) of so many processes together."""
    connection.close()
    context = get_context("fork")
    start, counts = context.Barrier(processes + 1), context.Queue()

    def work(number: int) -> None:
        act: Callable[[int], None] = getattr(spender, way)
        place = number % places
        act(place)
        start.wait()
        end, done = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            act(place)
            done += 1
        connection.close()
        counts.put(done)

    workers = [context.Process(target=work, args=(number,)) for number in range(processes)]
    for worker in workers:
        worker.start()
    start.wait()
    begin = time.perf_counter()
    total = sum(counts.get() for _ in workers)
    elapsed = time.perf_counter() - begin
    for worker in workers:
        worker.join()
    return total / elapsed, total + processes


def singles(spender: Spender, seconds: float) -> None:
    for places, words in ((1, "one hot balance"), (STREETS, f"{STREETS} balances")):
        print(f"\nsingle postings on {words}, per second (median of {ROUNDS})")
        print(f"{'processes':>12}" + "".join(f"{way:>12}" for way in WAYS))
        for processes in PROCESSES:
            found: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way in WAYS:
                    found[way].append(run(spender, way, processes, places, seconds)[0])
            middle = {way: median(rates) for way, rates in found.items()}
            print(
                f"{processes:>12}"
                + "".join(f"{middle[way]:12.0f}" for way in WAYS)
                + f"   ours/lock {middle['ours'] / middle['lock']:.2f}"
                + f"   ours/lock+ {middle['ours'] / middle['lock_plus']:.2f}"
            )
    missing = _lost_by_naive()
    print(f"\nnaive: {missing} postings that its balances do not know of (ours: 0, checked below)")


def _lost_by_naive() -> int:
    """Every way of the baselines wrote both; what differs was overwritten by the naive one."""
    taken = sum(PLENTY - int(row.there) for row in BenchBalance.objects.all())
    return BenchEntry.objects.count() - taken


def processor_seconds() -> float:
    """What this process and its backend have used so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone() or (0,)
    ticks = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def processor(spender: Spender) -> None:
    print(f"\nprocessor time of one posting, one process, median of {ROUNDS} times 300, ms")
    for way in WAYS:
        act: Callable[[int], None] = getattr(spender, way)
        used = []
        for _ in range(ROUNDS):
            begin = processor_seconds()
            for _ in range(300):
                act(0)
            used.append((processor_seconds() - begin) / 300 * 1000)
        print(f"{way:>12}{median(used):8.2f}")


def batches(spender: Spender) -> None:
    world, street = spender.world, spender.streets[0]
    payments = [Payment(world.fund, yuan(1), f"line:{number}") for number in range(BATCH)]

    def ours() -> None:
        movements.disburse(by=world.staff("fay"), key=uuid4(), union=street, payments=payments)

    def row_by_row() -> None:
        with transaction.atomic():
            for _ in range(BATCH):
                spender.lock_plus(0)

    def at_once() -> None:
        with transaction.atomic():
            balance = BenchBalance.objects.select_for_update().get(pk=1)
            balance.there -= BATCH
            balance.save(update_fields=["there"])
            BenchEntry.objects.bulk_create(
                BenchEntry(balance=balance, amount=1, subject=f"line:{number}", key=uuid4())
                for number in range(BATCH)
            )

    print(f"\na batch of {BATCH} lines (median of {ROUNDS})")
    for name, act in (
        ("lock+ row by row", row_by_row),
        ("lock, bulk_create, no chain", at_once),
        ("ours", ours),
    ):
        begin = processor_seconds()
        took = median(seconds_of(act) for _ in range(ROUNDS))
        used = (processor_seconds() - begin) / ROUNDS
        print(
            f"{name:>30}  {took:6.3f} s  {BATCH / took:8.0f} lines/s"
            f"  {BATCH / used:8.0f} lines/CPU s"
        )
    shares = [Share(one, yuan(5)) for one in spender.streets]
    took = median(
        seconds_of(
            lambda: movements.allot(
                by=world.staff("fay"),
                key=uuid4(),
                fund=world.fund,
                union=world.union("east"),
                shares=shares,
            )
        )
        for _ in range(ROUNDS)
    )
    print(f"{'allot to ' + str(STREETS) + ' unions':>30}  {took * 1000:6.1f} ms")


def seconds_of(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def prepared() -> Spender:
    world = build(casting.build())
    east = world.union("east")
    streets = [
        create_union(
            by=casting.CAST,
            parent=east,
            code=f"1101019{number:02}",
            name=f"第{number}街道总工会",
            kind=Union.Kind.STREET,
        )
        for number in range(STREETS)
    ]
    world.receive(yuan(PLENTY))
    shares = [Share(street, yuan(PLENTY // 100)) for street in streets]
    movements.allot(by=world.staff("fay"), key=uuid4(), fund=world.fund, union=east, shares=shares)
    return Spender(world, streets)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with database.cloned():
        spender = prepared()
        make_tables()
        singles(spender, seconds)
        processor(spender)
        batches(spender)
        count = Entry.objects.count()
        took = seconds_of(lambda: print("\nbreaches:", list(breaches()) or "none"))
        print(f"check_ledger: {count} entries in {took:.1f} s, {count / took:.0f}/s")


if __name__ == "__main__":
    main()
