"""What a button of step 3 does: which service is meant, and what is said afterwards."""

from uuid import UUID

from django.core.exceptions import ValidationError

from beneficiaries.forms.ledger_check import Decision
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from beneficiaries.services.ledgers import decisions, group_decisions, questions
from unions.models import Staff

_SIDES = ("sheet", "id", "link")


def decide(*, by: Staff, ledger: LedgerImport, version: int, decision: Decision) -> str:
    """Do it, and say so. Raises ValidationError: what the services raise, no_row, no_decision."""
    if decision.row is not None:
        return _about_row(by, ledger, version, decision, decision.row)
    match decision.verb:
        case questions.BRAKE:
            questions.confirm_brake(by=by, ledger=ledger, version=version)
            return "已确认：没有选错文件和年度。"
        case questions.SUMS:
            questions.confirm_sums(by=by, ledger=ledger, version=version)
            return "已确认金额合计。"
        case "accept":
            rows = group_decisions.accept_group(
                by=by, ledger=ledger, version=version, code=decision.code, field=decision.field
            )
        case verb if verb in _SIDES:
            rows = group_decisions.choose_sides(
                by=by, ledger=ledger, version=version, code=decision.code, field=decision.field,
                side=verb,
            )  # fmt: skip
        case _:
            raise _no_decision()
    return f"{rows:,} 行已处理。"


def _about_row(by: Staff, ledger: LedgerImport, version: int, decision: Decision, key: UUID) -> str:
    rows = StagedRow.objects.visible_to(by).of_ledger(ledger).select_related("ledger")
    row = rows.filter(pk=key).first()
    if row is None:
        raise ValidationError("没有这一行，请刷新页面。", code="no_row")
    code, field = decision.code, decision.field
    match decision.verb:
        case "accept":
            decisions.accept_row(by=by, row=row, version=version, code=code, field=field)
        case verb if verb in _SIDES:
            decisions.choose_side(
                by=by, row=row, version=version, code=code, field=field, side=verb
            )
        case "same":
            person = _candidate(by, decision)
            decisions.same_person(by=by, row=row, version=version, person=person)
        case "other":
            decisions.not_same_person(by=by, row=row, version=version)
        case "include":
            decisions.include_row(by=by, row=row, version=version)
        case _:
            raise _no_decision()
    return f"第 {row.number} 行已处理。"


def _candidate(by: Staff, decision: Decision) -> Beneficiary:
    people = Beneficiary.objects.visible_to(by)
    person = people.filter(pk=decision.person).first() if decision.person else None
    if person is None:
        raise ValidationError("这一行没有列出这个人，请从列出的人里选。", code="not_candidate")
    return person


def _no_decision() -> ValidationError:
    return ValidationError("没有这一步，请刷新页面。", code="no_decision")
