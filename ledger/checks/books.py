"""Every sum of the ledger once more, entry by entry, apart from the triggers that keep them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ledger.chain import Row, named
from ledger.models import Balance, Commitment, CommitmentLeft, CommitmentRelease

#: union, fund, item, lot; 0 where there is none.
Key = tuple[int, int, int, int]

SUMS: Final = (
    "received",
    "purchased",
    "allotted_in",
    "allotted_out",
    "returned_in",
    "returned_out",
    "disbursed",
    "written_off",
)
#: Kind → the sum of the union itself, the sum of the union on the other side.
_OF_KIND: Final = {
    "receive": ("received", ""),
    "purchase": ("purchased", ""),
    "allot": ("allotted_out", "allotted_in"),
    "return": ("returned_out", "returned_in"),
    "disburse": ("disbursed", ""),
    "write_off": ("written_off", ""),
}


@dataclass
class Book:
    """What the entries of one balance come to."""

    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(SUMS, Decimal(0)))

    def there(self, *, is_money: bool) -> Decimal:
        came = self.sums["received"] + self.sums["allotted_in"] + self.sums["returned_in"]
        went = (
            self.sums["allotted_out"]
            + self.sums["returned_out"]
            + self.sums["disbursed"]
            + self.sums["written_off"]
        )
        bought = self.sums["purchased"]
        return came - went - bought if is_money else came - went + bought


@dataclass
class Books:
    by_key: defaultdict[Key, Book] = field(default_factory=lambda: defaultdict(Book))
    #: Commitment → what its payments took.
    spent: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    postings: set[int] = field(default_factory=set)
    count: int = 0

    def enter(self, row: Row) -> None:
        entry = named(row)
        item, lot = _number(entry["item_id"]), _number(entry["lot_id"])
        union, fund = _number(entry["union_id"]), _number(entry["fund_id"])
        amount, quantity = Decimal(entry["amount"] or 0), Decimal(entry["quantity"] or 0)
        sign = -1 if entry["reverses_id"] else 1
        size = sign * (quantity if item else amount)
        own, other = _OF_KIND.get(entry["kind"] or "", ("", ""))
        if own:
            self.by_key[union, fund, item, lot].sums[own] += size
        if entry["kind"] == "purchase":
            self.by_key[union, fund, 0, 0].sums["purchased"] += sign * amount
        if other:
            to_union = _number(entry["to_union_id"])
            self.by_key[to_union, fund, item, lot].sums[other] += size
        if entry["commitment_id"]:
            self.spent[int(entry["commitment_id"])] += size
        self.postings.add(_number(entry["posting_id"]))
        self.count += 1

    def taking(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The same rows, each entered on its way."""
        for row in rows:
            self.enter(row)
            yield row


def balance_breaches(books: Books) -> Iterator[str]:
    """I2, I3, I8: every stored balance is the sum of its entries, and nothing is below zero."""
    stored = {
        (row.union_id, row.fund_id, row.item_id or 0, row.lot_id or 0): row
        for row in Balance.objects.order_by("pk").iterator(chunk_size=5000)
    }
    for key in sorted(books.by_key.keys() | stored.keys()):
        balance, book = stored.get(key), books.by_key.get(key, Book())
        if balance is None:
            yield f"{_words(key)}: there are entries and no balance"
            continue
        wanted = book.sums | {"there": book.there(is_money=not key[2])}
        for name, size in wanted.items():
            kept = getattr(balance, name)
            if kept != size:
                yield f"{_words(key)}: {name} is {kept}, its entries say {size}"
        yield from _range_breaches(key, balance)


def _range_breaches(key: Key, balance: Balance) -> Iterator[str]:
    if balance.there < 0:
        yield f"{_words(key)}: below zero ({balance.there})"
    if not 0 <= balance.committed <= max(balance.there, Decimal(0)):
        yield f"{_words(key)}: {balance.committed} committed of {balance.there}"
    if key[2] and balance.there != balance.there.to_integral_value():
        yield f"{_words(key)}: {balance.there} units are not whole"


def fund_breaches(books: Books) -> Iterator[str]:
    """I1: over the whole tree nothing comes from nowhere and nothing gets lost."""
    totals: defaultdict[tuple[int, int], Book] = defaultdict(Book)
    for (_, fund, item, _lot), book in books.by_key.items():
        for name, size in book.sums.items():
            totals[fund, item].sums[name] += size
    for (fund, item), book in sorted(totals.items()):
        for out, into in (("allotted_out", "allotted_in"), ("returned_out", "returned_in")):
            if book.sums[out] != book.sums[into]:
                yield (
                    f"fund {fund}, item {item}: {book.sums[out]} {out}, {book.sums[into]} {into}"
                )
        left = book.there(is_money=not item)
        if left < 0:
            yield f"fund {fund}, item {item}: {left} left over the whole tree"


def commitment_breaches(books: Books) -> Iterator[str]:
    """I4: what was promised is what is open, spent and released; the balances know it."""
    released: defaultdict[int, Decimal] = defaultdict(Decimal)
    for commitment, size in CommitmentRelease.objects.values_list("commitment", "size"):
        released[commitment] += size
    left = dict(CommitmentLeft.objects.values_list("commitment", "remaining"))
    committed: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for row in Commitment.objects.order_by("pk").iterator(chunk_size=5000):
        wanted = row.size - books.spent[row.pk] - released[row.pk]
        kept = left.pop(row.pk, None)
        if kept != wanted:
            yield f"commitment {row.pk}: {kept} open, its entries say {wanted}"
        if wanted < 0:
            yield f"commitment {row.pk}: {-wanted} more was paid than approved"
        committed[row.union_id, row.fund_id, row.item_id or 0, row.lot_id or 0] += wanted
    for row_pk in sorted(left):
        yield f"commitment {row_pk}: it is open and was never made"
    for balance in Balance.objects.order_by("pk").iterator(chunk_size=5000):
        key = (balance.union_id, balance.fund_id, balance.item_id or 0, balance.lot_id or 0)
        if balance.committed != committed[key]:
            yield (
                f"{_words(key)}: {balance.committed} committed,"
                f" its commitments say {committed[key]}"
            )


def _number(text: str | None) -> int:
    return int(text or 0)


def _words(key: Key) -> str:
    union, fund, item, lot = key
    goods = f", item {item}" if item else ""
    return f"union {union}, fund {fund}{goods}{f', lot {lot}' if lot else ''}"
