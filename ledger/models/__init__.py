from ledger.models.balance import Balance
from ledger.models.commitment import Commitment, CommitmentLeft, CommitmentRelease
from ledger.models.donation import Donation, Donor
from ledger.models.entry import Entry, Head, Seal
from ledger.models.fund import Eligibility, Fund, FundPlan, MoneyLine
from ledger.models.item import BATCH, Item, Lot
from ledger.models.papers import Acknowledgement, Purchase, Remark
from ledger.models.posting import Posting
from ledger.models.stock import StockCount, StockTaking

__all__ = [
    "BATCH",
    "Acknowledgement",
    "Balance",
    "Commitment",
    "CommitmentLeft",
    "CommitmentRelease",
    "Donation",
    "Donor",
    "Eligibility",
    "Entry",
    "Fund",
    "FundPlan",
    "Head",
    "Item",
    "Lot",
    "MoneyLine",
    "Posting",
    "Purchase",
    "Remark",
    "Seal",
    "StockCount",
    "StockTaking",
]
