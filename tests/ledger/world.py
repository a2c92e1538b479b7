"""A campaign with money and goods, for the tests of the ledger.

East hosts it. Fay (finance at East) posts; Kay checks; Mia, Ben, Eli are makers; Cai is West's.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns.models import Campaign
from ledger.models import Balance, Commitment, Entry, Fund, Item, Lot, MoneyLine, Posting
from ledger.portions import Payment, Portion, Reservation, Share
from ledger.services import movements
from ledger.services.commitments import commit, release
from ledger.services.funds import open_fund
from ledger.services.goods import create_item, name_lot
from relief.codes.models import Code, CodeList
from relief.lib.retrying import retried
from tests.cast import Cast
from unions.models import Staff, Union
from unions.permissions import Command

LOADER = Command("tests")


def yuan(amount: str | int) -> Portion:
    return Portion(amount=Decimal(amount))


def seen(*values: Any) -> list[Any]:
    """Several numbers side by side, to be held against plain ones."""
    return list(values)


def code_of(exception: ValidationError) -> str:
    """The code of the one refusal, wherever it stands."""
    if hasattr(exception, "error_dict"):
        exception = next(iter(exception.error_dict.values()))[0]
    return str(exception.code or "")


def campaign_at(cast: Cast, union: Union, status: str = "running", **fields: Any) -> Campaign:
    """Made by Mia, agreed to by Kay, and so far on its way."""
    codes()
    today = timezone.localdate()
    users = {name: cast.accounts[name] for name in ("mia", "kay")}
    campaign = Campaign.objects.create(
        code=f"LJ-{union.code}",
        kind_id="campaign_kind:LJ",
        title="2027年两节送温暖",
        season_year=2027,
        starts_on=today - timedelta(days=20),
        ends_on=today + timedelta(days=40),
        host=union,
        created_by=users["mia"],
        **fields,
    )
    step(campaign, "submitted", submitted_by=users["mia"])
    step(campaign, "approved", approved_by=users["kay"], approved_on=today)
    if status != "approved":
        step(campaign, status)
    return campaign


def step(campaign: Campaign, status: str, **fields: Any) -> None:
    """One step of the campaign, and the object knows it."""
    Campaign.objects.filter(pk=campaign.pk).update(status=status, **fields)
    campaign.refresh_from_db()


def codes() -> None:
    for key, code, name in (
        ("funding_source", "BJ", "本级工会经费"),
        ("campaign_kind", "LJ", "两节送温暖"),
        ("category", "KN", "在档困难职工"),
        ("category", "LM", "劳模先进"),
    ):
        CodeList.objects.get_or_create(key=key, defaults={"name": key})
        Code.objects.get_or_create(
            key=f"{key}:{code}", defaults={"list_id": key, "code": code, "name": name}
        )


@dataclass
class World:
    cast: Cast
    campaign: Campaign
    fund: Fund
    line: MoneyLine
    rice: Item
    milk: Item
    posted: list[Posting] = field(default_factory=list)

    def union(self, name: str) -> Union:
        return self.cast.unions[name]

    def staff(self, name: str) -> Staff:
        return self.cast.people[name]

    def receive(self, portion: Portion, *, by: str = "fay", **fields: Any) -> Posting:
        return movements.receive(
            by=self.staff(by),
            key=fields.pop("key", uuid4()),
            fund=fields.pop("fund", self.fund),
            portion=portion,
            **fields,
        )

    def allot(self, portion: Portion, *names: str, frm: str = "east", **fields: Any) -> Posting:
        return movements.allot(
            by=self.staff(fields.pop("by", "fay")),
            key=fields.pop("key", uuid4()),
            fund=fields.pop("fund", self.fund),
            union=self.union(frm),
            shares=[Share(self.union(name), portion) for name in names],
            **fields,
        )

    def give_back(self, portion: Portion, frm: str = "east-1", **fields: Any) -> Posting:
        return movements.return_upward(
            by=self.staff(fields.pop("by", "fay")),
            key=fields.pop("key", uuid4()),
            fund=fields.pop("fund", self.fund),
            union=self.union(frm),
            portions=[portion],
            **fields,
        )

    def pay(self, portion: Portion, at: str = "east-1", **fields: Any) -> Posting:
        payment = Payment(
            fields.pop("fund", self.fund),
            portion,
            fields.pop("subject", "line:1"),
            fields.pop("commitment", None),
        )
        return movements.disburse(
            by=self.staff(fields.pop("by", "fay")),
            key=fields.pop("key", uuid4()),
            union=self.union(at),
            payments=[payment],
            **fields,
        )

    def promise(self, size: str | int, at: str = "east-1", **fields: Any) -> Posting:
        reservation = Reservation(
            fields.pop("fund", self.fund), Decimal(size), fields.pop("item", None)
        )
        return commit(
            by=self.staff(fields.pop("by", "kay")),
            key=fields.pop("key", uuid4()),
            union=self.union(at),
            subject=fields.pop("subject", "roster:1"),
            reservations=[reservation],
            **fields,
        )

    def promise_pay_release(self, subject: str, size: Decimal, at: str = "east") -> None:
        """Three acts, as a roster does them: it promises, pays the half, and gives back the rest.

        Each is a transaction of its own and is tried again by itself.
        """
        posting = retried(lambda: self.promise(str(size), at=at, subject=subject))
        commitment = Commitment.objects.get(posting=posting)
        half = Portion(size / 2)
        retried(lambda: self.pay(half, at=at, commitment=commitment))
        retried(
            lambda: release(
                by=self.staff("kay"),
                key=uuid4(),
                union=self.union(at),
                subject=subject,
                reason="作废",
            )
        )

    def reverse(self, posting: Posting, **fields: Any) -> Posting:
        return movements.reverse(
            by=self.staff(fields.pop("by", "fay")),
            key=fields.pop("key", uuid4()),
            entry=entry_of(posting),
            reason=fields.pop("reason", "记错了"),
        )

    def there(self, at: str, item: Item | None = None) -> Decimal:
        found = Balance.objects.filter(union=self.union(at), fund=self.fund, item=item).first()
        return found.there if found else Decimal(0)

    def committed(self, at: str) -> Decimal:
        return Balance.objects.get(union=self.union(at), fund=self.fund, item=None).committed

    def lot(self, expires_on: date, code: str = "") -> Lot:
        return name_lot(
            by=self.staff("fay"),
            union=self.union("east"),
            item=self.milk,
            expires_on=expires_on,
            code=code,
        )


def entry_of(posting: Posting) -> Entry:
    return Entry.objects.select_related("fund__campaign", "fund__union", "union", "to_union").get(
        posting=posting
    )


def build(cast: Cast) -> World:
    codes()
    line, _ = MoneyLine.objects.get_or_create(key="SWN", defaults={"name": "送温暖资金"})
    campaign = campaign_at(cast, cast.unions["east"])
    fund = new_fund(cast, campaign, line=line)
    rice, milk = (
        create_item(
            by=cast.people["fay"],
            union=cast.unions["east"],
            name=name,
            unit=unit,
            has_shelf_life=spoils,
        )
        for name, unit, spoils in (("大米", "袋", False), ("牛奶", "箱", True))
    )
    return World(cast, campaign, fund, line, rice, milk)


def new_fund(cast: Cast, campaign: Campaign, **fields: Any) -> Fund:
    defaults: dict[str, Any] = {
        "name": "本级经费",
        "source": Code.objects.get(key="funding_source:BJ"),
    }
    union = fields.pop("union", cast.unions["east"])
    return open_fund(by=LOADER, campaign=campaign, union=union, **(defaults | fields))
