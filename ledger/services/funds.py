"""Pots of money, what they are planned for, and what is told of them beside the accounts."""

from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from campaigns import lifecycle
from campaigns.models import Campaign
from ledger import rules
from ledger.models import Balance, Fund, FundPlan, MoneyLine, Remark
from relief.codes.models import Code
from relief.lib.refusals import refuse_blank, refuse_stale
from unions.models import Staff, Union
from unions.permissions import Capability, Command, require
from unions.services.trail import posting_of, record
from unions.services.tree import require_open


class FundDetails(TypedDict, total=False):
    """What a form says about a fund. Left out = as it was."""

    name: str
    source: Code
    line: MoneyLine
    document_number: str
    planned_amount: Decimal | None
    qualifier: str
    note: str


@transaction.atomic
def open_fund(
    *, by: Staff | Command, campaign: Campaign, union: Union, **details: Unpack[FundDetails]
) -> Fund:
    """Open a pot of a campaign at the union where its money enters the tree; a plan may have some.

    Raises ValidationError: campaign_closed, union_closed, foreign_campaign, name taken.
    """
    require(by, Capability.KEEP_FUNDS, at=union)
    require_open(union, field="union")
    if isinstance(by, Staff) and campaign.status in lifecycle.ENDED | {lifecycle.Status.CLOSED}:
        rules.refuse("campaign", "这个活动已经结束，不能再加资金。", "campaign_closed")
    if not campaign.host.contains(union):
        rules.refuse("campaign", "这个活动不在本机构范围内。", "foreign_campaign")
    fund = Fund(campaign=campaign, union=union)
    _fill(fund, details)
    fund.save(force_insert=True)
    record(by, Event.Action.CREATE, fund)
    return fund


@transaction.atomic
def change_fund(*, by: Staff, fund: Fund, version: int, **details: Unpack[FundDetails]) -> Fund:
    """Change what is known of a fund. Its money line stays once something was booked.

    Raises ValidationError: stale, fund_closed, line_in_use.
    """
    current = _locked(fund)
    require(by, Capability.KEEP_FUNDS, at=current.union)
    refuse_stale(current.version, version, "这笔资金")
    line = details.get("line")
    if line is not None and line.pk != current.line_id and _is_used(current):
        rules.refuse("line", "这笔资金已经记过账，不能再改资金科目。", "line_in_use")
    _fill(current, details)
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(details))
    return current


@transaction.atomic
def close_fund(*, by: Staff, fund: Fund, reason: str) -> Fund:
    """Nothing can be booked on it any more; reversals can. Raises ValidationError: committed."""
    current = _locked(fund)
    require(by, Capability.KEEP_FUNDS, at=current.union)
    refuse_blank(reason)
    if Balance.objects.filter(fund=current, committed__gt=0).exists():
        raise ValidationError("还有已批准、未发放的款物，请先发完或作废。", code="committed")
    current.closed_on = timezone.localdate()
    current.version += 1
    current.save()
    record(by, Event.Action.CLOSE, current, reason=reason)
    return current


@transaction.atomic
def plan_fund(
    *, by: Staff | Command, fund: Fund, union: Union, amount: Decimal, note: str = ""
) -> FundPlan:
    """Say how much of a fund a union is to get; said again, the new figure counts."""
    require(by, Capability.KEEP_FUNDS, at=fund.union)
    rules.refuse_foreign(fund, union)
    if amount:
        rules.refuse_amount(amount)
    _locked(fund)
    plan = FundPlan.objects.of(fund).filter(union=union).first() or FundPlan(fund=fund, union=union)
    plan.amount, plan.note = amount, note
    plan.version += 1
    plan.full_clean()
    plan.save()
    record(by, Event.Action.CHANGE, fund, union=union.code)
    return plan


@transaction.atomic
def remark(
    *, by: Staff | Command, fund: Fund, union: Union, text: str, to_union: Union | None = None
) -> Remark:
    """Keep what was told of a fund and cannot be booked: it is shown and never counted."""
    require(by, Capability.KEEP_FUNDS, at=union)
    note = Remark(fund=fund, union=union, to_union=to_union, text=text, recorded_by=posting_of(by))
    note.full_clean()
    note.save(force_insert=True)
    return note


def _is_used(fund: Fund) -> bool:
    return Balance.objects.filter(fund=fund).exists()


def _locked(fund: Fund) -> Fund:
    rows = Fund.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("union", "campaign").get(pk=fund.pk)
    if current.closed_on is not None:
        raise ValidationError("这笔资金已经关闭。", code="fund_closed")
    return current


def _fill(fund: Fund, details: FundDetails) -> None:
    for name, value in details.items():
        setattr(fund, name, value)
    if fund.planned_amount is not None:
        rules.refuse_amount(fund.planned_amount, "planned_amount")
    fund.full_clean()
