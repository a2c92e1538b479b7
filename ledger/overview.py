"""What came in, went down, is promised, was spent and is left; and the entries behind each number.

Everything is added up from balances, which carry how they came to be: a page over a thousand
unions reads some ten thousand rows and no entry (docs/decisions/0031).

Over a subtree, what is handed down inside it cancels out: `came` and `went` name what crossed its
border. Money that was spent on goods is `purchased`, and counts as spent.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Func, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Coalesce, Substr
from django.utils import timezone

from campaigns.models import Campaign
from ledger.models import Balance, Entry, Fund, FundPlan, Item
from ledger.models.balance import BalanceQuerySet
from ledger.models.entry import EntryQuerySet
from unions.models import Staff, Union

_ZERO: Final = Decimal(0)
_COLUMNS: Final = (
    "there",
    "committed",
    "received",
    "purchased",
    "allotted_in",
    "allotted_out",
    "returned_in",
    "returned_out",
    "disbursed",
    "written_off",
)
_SUMS: Final = {f"sum_{name}": Coalesce(Sum(name), Value(_ZERO)) for name in _COLUMNS}
#: Goods run out, or spoil, within this time: the lists of shortage and expiry begin here.
SOON: Final = timedelta(days=30)


@dataclass(frozen=True)
class Standing:
    """Sums over some balances: yuan of money, or units of one kind of goods."""

    there: Decimal = _ZERO
    committed: Decimal = _ZERO
    received: Decimal = _ZERO
    purchased: Decimal = _ZERO
    allotted_in: Decimal = _ZERO
    allotted_out: Decimal = _ZERO
    returned_in: Decimal = _ZERO
    returned_out: Decimal = _ZERO
    disbursed: Decimal = _ZERO
    written_off: Decimal = _ZERO
    planned: Decimal | None = None

    @property
    def free(self) -> Decimal:
        """Neither spent nor promised."""
        return self.there - self.committed

    @property
    def spent(self) -> Decimal:
        """Of money: handed over, or turned into goods."""
        return self.disbursed + self.purchased

    @property
    def raised(self) -> Decimal:
        """What the unions of the subtree got, whether from outside or from above it."""
        return self.received + self.allotted_in - self.returned_out - self.handed_inside

    @property
    def handed_inside(self) -> Decimal:
        """What went from one union of the subtree to another one, there and back."""
        return self.allotted_out - self.returned_in

    @property
    def rate(self) -> Decimal | None:
        """预算执行率, in hundredths with one place; None where nothing was planned."""
        if not self.planned:
            return None
        return (self.spent * 100 / self.planned).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Row:
    """One line of an overview: what it is about, and its sums."""

    about: Any
    standing: Standing
    #: Kinds of goods of that fund or union, where they were asked for.
    goods: list["Row"] = field(default_factory=list)


def by_fund(
    staff: Staff, campaign: Campaign | None = None, union: Union | None = None
) -> list[Row]:
    """One row for each fund the posting can see, money only, over the subtree of `union`.

    Funds without balance are included with zeros. `planned` is the fund's own planned amount.
    """
    funds = Fund.objects.visible_to(staff).select_related("source", "line", "union", "campaign")
    if campaign is not None:
        funds = funds.of_campaign(campaign)
    rows = _money(staff, campaign, union).values("fund").annotate(**_SUMS)
    sums = {row["fund"]: row for row in rows}
    return [
        Row(fund, _standing(sums.get(fund.pk), fund.planned_amount))
        for fund in funds.order_by("union__path", "source__position", "name")
    ]


def by_union(
    staff: Staff, union: Union, campaign: Campaign | None = None, fund: Fund | None = None
) -> list[Row]:
    """The union itself, then each open union directly below with its whole subtree; money only.

    `planned` is what its plans (and those below) say.
    """
    money = _money(staff, campaign, union, fund)
    sums = _by_child(money, union, **_SUMS)
    plans = FundPlan.objects.visible_to(staff).within(union.path)
    if campaign is not None:
        plans = plans.filter(fund__campaign=campaign)
    if fund is not None:
        plans = plans.filter(fund=fund)
    planned = _by_child(plans, union, sum_planned=Sum("amount"))
    below = Union.objects.visible_to(staff).open().children_of(union).in_tree_order()
    return [
        Row(one, _standing(sums.get(code), (planned.get(code) or {}).get("sum_planned")))
        for one, code in [(union, ""), *((child, child.code) for child in below)]
    ]


def total(staff: Staff, campaign: Campaign | None = None, union: Union | None = None) -> Standing:
    """Money over the subtree of `union` (or everything the posting sees)."""
    return _standing(_money(staff, campaign, union).aggregate(**_SUMS), None)


def by_item(
    staff: Staff,
    campaign: Campaign | None = None,
    union: Union | None = None,
    fund: Fund | None = None,
) -> list[Row]:
    """One row for each kind of goods: in, handed down, out, left, in whole units."""
    goods = _balances(staff, campaign, union, fund).filter(item__isnull=False)
    sums = {row["item"]: row for row in goods.values("item").annotate(**_SUMS)}
    items = Item.objects.visible_to(staff).filter(pk__in=sums).order_by("name", "unit", "pk")
    return [Row(item, _standing(sums[item.pk], None)) for item in items]


def stock(staff: Staff, union: Union, campaign: Campaign | None = None) -> BalanceQuerySet:
    """What goods are at one union now, by fund, item and lot, first expiring first."""
    rows = Balance.objects.visible_to(staff).filter(union=union, item__isnull=False, there__gt=0)
    if campaign is not None:
        rows = rows.filter(fund__campaign=campaign)
    return rows.select_related("fund", "item", "lot").order_by(
        F("lot__expires_on").asc(nulls_last=True), "item__name", "pk"
    )


def expiring(staff: Staff, by: date | None = None) -> BalanceQuerySet:
    """Goods of the subtree that spoil by that day (within 30 days), those spoilt included."""
    last = by or timezone.localdate() + SOON
    rows = Balance.objects.visible_to(staff).filter(there__gt=0, lot__expires_on__lte=last)
    return rows.select_related("union", "fund", "item", "lot").order_by(
        "lot__expires_on", "union__path", "pk"
    )


def short(staff: Staff, campaign: Campaign | None = None) -> BalanceQuerySet:
    """Goods and money of the subtree of which everything that is there is promised already."""
    rows = _balances(staff, campaign, None, None).filter(committed__gt=0, committed=F("there"))
    return rows.select_related("union", "fund", "item", "lot").order_by("union__path", "pk")


def entries_behind(
    staff: Staff,
    *,
    campaign: Campaign | None = None,
    fund: Fund | None = None,
    union: Union | None = None,
    kind: str = "",
    item: Item | None = None,
) -> EntryQuerySet:
    """The entries that a number of an overview adds up, newest first. `union`: with its subtree."""
    rows = Entry.objects.visible_to(staff)
    if campaign is not None:
        rows = rows.filter(fund__campaign=campaign)
    if fund is not None:
        rows = rows.filter(fund=fund)
    if union is not None:
        below = Union.objects.visible_to(staff).within(union.path).values("pk")
        rows = rows.filter(Q(union__in=below) | Q(to_union__in=below))
    if kind:
        rows = rows.filter(kind=kind)
    if item is not None:
        rows = rows.filter(item=item)
    return rows.select_related("fund", "union", "to_union", "item", "lot").newest_first()


def propose_lots(staff: Staff, union: Union, fund: Fund, item: Item, quantity: int) -> list[Row]:
    """From which lots to take goods: first expiring, first out; less where there is less."""
    rows: list[Row] = []
    left = Decimal(quantity)
    for balance in stock(staff, union).filter(fund=fund, item=item):
        taken = min(left, balance.free)
        if taken > 0:
            rows.append(Row(balance.lot, Standing(there=taken)))
            left -= taken
    return rows


def _money(
    staff: Staff, campaign: Campaign | None, union: Union | None, fund: Fund | None = None
) -> BalanceQuerySet:
    return _balances(staff, campaign, union, fund).filter(item__isnull=True)


def _balances(
    staff: Staff, campaign: Campaign | None, union: Union | None, fund: Fund | None
) -> BalanceQuerySet:
    rows = Balance.objects.visible_to(staff)
    if union is not None:
        rows = rows.within(union.path)
    if campaign is not None:
        rows = rows.filter(fund__in=Fund.objects.visible_to(staff).of_campaign(campaign))
    if fund is not None:
        rows = rows.filter(fund=fund)
    return rows


def _by_child(rows: QuerySet[Any], union: Union, **sums: Any) -> dict[str, dict[str, Any]]:
    """Sums by the code of the union directly below, "" for the union itself."""
    rest = Substr("union__path", len(union.path) + 1)
    child = Func(rest, Value("/"), Value(1), function="split_part", output_field=TextField())
    found = rows.annotate(child=child).values("child").annotate(**sums)
    return {row["child"]: row for row in found}


def _standing(row: dict[str, Any] | None, planned: Decimal | None) -> Standing:
    sums = {name: (row or {}).get(f"sum_{name}") or _ZERO for name in _COLUMNS}
    return Standing(planned=planned, **sums)
