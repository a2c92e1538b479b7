"""What the log calls funds, goods, donors and gifts; none for whoever has no business right."""

from collections.abc import Iterator

from ledger.models import Donation, Donor, Fund, Item, StockTaking
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import NamedRows


def money_and_goods(staff: Staff) -> Iterator[NamedRows]:
    may_read = has(staff, Capability.READ_RECORDS)
    for model, name in (
        (Fund, "name"),
        (Item, "name"),
        (Donor, "name"),
        (Donation, "donor__name"),
        (StockTaking, "union__name"),
    ):
        visible = model.objects.visible_to(staff)
        yield NamedRows(visible if may_read else visible.none(), name)
