"""What of money and goods is not settled in a campaign, and which of its steps that stops."""

from collections.abc import Iterator

from campaigns.models import Campaign
from campaigns.slots import OpenMatter
from ledger.models import Acknowledgement, Balance, Donation, Entry, StockTaking

_ENDS = frozenset({"close", "archive", "void"})


def of_campaign(campaign: Campaign) -> Iterator[OpenMatter]:
    """Over all unions of the campaign: its services ask, too."""
    balances = Balance.objects.filter(fund__campaign=campaign)
    promised = balances.filter(committed__gt=0).count()
    yield OpenMatter("已批准、还没发放的款物", promised, "项", blocks=_ENDS)
    gifts = Donation.objects.waiting().filter(fund__campaign=campaign).count()
    yield OpenMatter("待清点的捐赠", gifts, "笔", blocks=_ENDS)
    counts = StockTaking.objects.waiting().filter(fund__campaign=campaign).count()
    yield OpenMatter("待审批的盘点", counts, "次", blocks=_ENDS)
    left = balances.filter(there__gt=0).count()
    yield OpenMatter("还有结余的款物", left, "项", blocks=frozenset({"void"}))
    sent = Entry.objects.standing().filter(fund__campaign=campaign, kind=Entry.Kind.ALLOT)
    arrived = Acknowledgement.objects.values("entry")
    yield OpenMatter("还没确认收到的下拨", sent.exclude(pk__in=arrived).count(), "笔")
