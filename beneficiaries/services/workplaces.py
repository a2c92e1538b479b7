"""Workplaces: where people work and are visited."""

from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.identity import read_credit_code
from beneficiaries.models import Workplace
from relief.codes.models import Code
from relief.lib.pinyin import full_pinyin, pinyin_initials
from relief.lib.refusals import refuse_stale
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record
from unions.services.tree import require_open


class Details(TypedDict, total=False):
    """What a form says about a workplace. Left out = as it was."""

    name: str
    kind: str
    own_union: Union | None
    credit_code: str
    address: str
    employer_kind: Code | None
    employer_state: Code | None
    industry: Code | None
    worker_count: int | None


@transaction.atomic
def create_workplace(*, by: Staff, union: Union, **details: Unpack[Details]) -> Workplace:
    """Raises ValidationError: union_closed, credit_code_invalid, name or code known there."""
    require(by, Capability.ENTER_RECORDS, at=union)
    require_open(union)
    workplace = Workplace(union=union)
    _fill(workplace, details)
    workplace.save(force_insert=True)
    record(by, Event.Action.CREATE, workplace)
    return workplace


@transaction.atomic
def change_workplace(
    *, by: Staff, workplace: Workplace, version: int, **details: Unpack[Details]
) -> Workplace:
    """Raises ValidationError: stale, closed, and what creating refuses."""
    current = _locked(workplace)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    refuse_stale(current.version, version, "这个单位")
    _fill(current, details)
    current.version += 1
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(details))
    return current


@transaction.atomic
def close_workplace(*, by: Staff, workplace: Workplace, reason: str) -> Workplace:
    """Nobody can be put there any more; what names it stays. Raises ValidationError: closed."""
    current = _locked(workplace)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    current.closed_on = timezone.localdate()
    current.version += 1
    current.save()
    record(by, Event.Action.CLOSE, current, reason=reason)
    return current


def _locked(workplace: Workplace) -> Workplace:
    rows = Workplace.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("union").get(pk=workplace.pk)
    if current.closed_on is not None:
        raise ValidationError("这个单位已经注销。", code="closed")
    return current


def _fill(workplace: Workplace, details: Details) -> None:
    if unknown := details.keys() - Details.__annotations__.keys():
        text = f"单位里没有这些栏：{'、'.join(sorted(unknown))}"
        raise ValidationError(text, code="unknown_field")
    for name, value in details.items():
        setattr(workplace, name, value)
    if workplace.credit_code:
        code = read_credit_code(workplace.credit_code)
        if not code:
            text = "统一社会信用代码是 18 位，请对照营业执照。"
            refusal = ValidationError(text, code="credit_code_invalid")
            raise ValidationError({"credit_code": refusal})
        workplace.credit_code = code
    workplace.pinyin = full_pinyin(workplace.name)
    workplace.initials = pinyin_initials(workplace.name)
    workplace.full_clean()
