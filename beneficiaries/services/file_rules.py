"""What files are judged by: the 低保 standard, when they are posted, which are drawn for 抽查."""

import secrets
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import (
    HardshipFile,
    IncomeCalculation,
    LivingStandard,
    PublicityRule,
    SpotCheck,
)
from relief.codes.models import Code
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record

#: At least this share of the files in force is looked at each year (DOMAIN §3.8).
USUAL_SHARE: Final = 30


@transaction.atomic
def add_standard(
    *, by: Staff, region: Code, kind: str, starts_on: date, amount: Decimal, document: str
) -> LivingStandard:
    """Note the 低保 standard of a place from a day on; yuan a month and person.

    Raises ValidationError: the place has one of that day already.
    """
    require(by, Capability.KEEP_STANDARDS)
    standard = LivingStandard(
        region=region, kind=kind, starts_on=starts_on, amount=amount, document=document
    )
    standard.full_clean()
    standard.save(force_insert=True)
    record(by, Event.Action.CREATE, standard, region=region.code, amount=str(amount))
    return standard


@transaction.atomic
def change_standard(
    *, by: Staff, standard: LivingStandard, amount: Decimal, document: str
) -> LivingStandard:
    """Mend what was typed wrongly. Raises ValidationError: used (a calculation stands on it)."""
    require(by, Capability.KEEP_STANDARDS)
    current = LivingStandard.objects.select_for_update(no_key=True).get(pk=standard.pk)
    if amount != current.amount and IncomeCalculation.objects.filter(living_standard=current):
        text = "已经有收入核算用了这个标准，金额不能再改；标准调整了，请登记新的生效日期。"
        raise ValidationError({"amount": ValidationError(text, code="used")})
    current.amount, current.document = amount, document
    current.full_clean()
    current.save()
    record(by, Event.Action.CHANGE, current, amount=str(amount))
    return current


@transaction.atomic
def set_publicity_rule(
    *,
    by: Staff,
    union: Union,
    after_first_review: bool,
    after_comparison: bool,
    working_days: int,
) -> PublicityRule:
    """When the files of this union and of those below are posted, and for how long."""
    require(by, Capability.SET_RULES, at=union)
    rule = PublicityRule.objects.filter(union=union).first() or PublicityRule(union=union)
    rule.after_first_review = after_first_review
    rule.after_comparison = after_comparison
    rule.working_days = working_days
    rule.full_clean(validate_unique=False)
    rule.save()
    record(by, Event.Action.SETTING, union, days=working_days)
    return rule


@transaction.atomic
def draw_spot_checks(*, by: Staff, share: int) -> int:
    """Draw files in force of the own subtree by lot, until the year's share is reached.

    `share` is per cent. A second call in the same year only adds what is missing.
    Returns how many were drawn. Raises ValidationError: nothing_to_draw.
    """
    require(by, Capability.CHECK_RECORDS, at=by.union)
    Union.objects.select_for_update(no_key=True).get(pk=by.union_id)  # two draws wait here
    year = timezone.localdate().year
    files = HardshipFile.objects.visible_to(by).active()
    drawn = SpotCheck.objects.of_year(year)
    count = files.count()
    wanted = ceil(count * share / 100) - files.filter(pk__in=drawn.values("file")).count()
    if wanted <= 0:
        text = f"本年度抽查名单已经够 {share}%（在档 {count} 份），不用再抽。"
        raise ValidationError(text, code="nothing_to_draw")
    rest = list(
        files.exclude(pk__in=drawn.values("file")).order_by("pk").values_list("pk", flat=True)
    )
    picked = secrets.SystemRandom().sample(rest, wanted)
    SpotCheck.objects.bulk_create(SpotCheck(file_id=pk, year=year, drawn_by=by) for pk in picked)
    record(by, Event.Action.CREATE, by.union, drawn=len(picked), share=share, year=year)
    return len(picked)
