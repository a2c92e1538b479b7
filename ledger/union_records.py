"""What a union still has of money and goods when it is to be closed or merged; it stays there."""

from collections.abc import Iterator

from ledger.models import Balance
from unions.models import Union
from unions.slots import OpenWork


def records(union: Union) -> Iterator[OpenWork]:
    left = Balance.objects.filter(union=union, there__gt=0)
    for label, rows in (
        ("有结余的资金", left.filter(item__isnull=True)),
        ("有结存的物资", left.filter(item__isnull=False)),
    ):
        if number := rows.count():
            yield OpenWork(label, number)
