"""What a service is told of one line of money or goods."""

from dataclasses import dataclass
from decimal import Decimal

from ledger.models import Commitment, Entry, Fund, Item, Lot
from unions.models import Union


@dataclass(frozen=True)
class Portion:
    """Money (an amount), or goods (item and quantity, and their value where they have a price)."""

    amount: Decimal | None = None
    item: Item | None = None
    lot: Lot | None = None
    quantity: int | None = None

    def entry(self, kind: Entry.Kind, fund: Fund, union: Union, **fields: object) -> Entry:
        return Entry(
            kind=kind,
            fund=fund,
            union=union,
            item=self.item,
            lot=self.lot,
            amount=self.amount,
            quantity=self.quantity,
            is_unpriced=self.item is not None and self.amount is None,
            **fields,
        )


@dataclass(frozen=True)
class Share:
    """What one union below gets."""

    union: Union
    portion: Portion


@dataclass(frozen=True)
class Payment:
    """What is handed over by one line of a roster out of one fund.

    `subject` names the line (`line:17`); `commitment` is what was reserved when it was approved.
    """

    fund: Fund
    portion: Portion
    subject: str
    commitment: Commitment | None = None
    note: str = ""


@dataclass(frozen=True)
class Reservation:
    """What an approved roster will take of one fund: yuan of money, units of goods."""

    fund: Fund
    size: Decimal
    item: Item | None = None
    lot: Lot | None = None


@dataclass(frozen=True)
class Count:
    """What was found of one kind of goods, and why the book says otherwise."""

    item: Item
    counted: int
    lot: Lot | None = None
    reason: str = ""
