"""Looking at a file again: income, negative list, yearly review, spot checks, 回头看, next year."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import income
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    FileExclusion,
    FileReview,
    HardshipFile,
    IncomeCalculation,
    LivingStandard,
)
from beneficiaries.ownership import require_keeper
from beneficiaries.services.files import locked_file
from beneficiaries.services.stepping import send_change_to_review
from relief.codes.models import Code
from unions.models import Staff
from unions.services.trail import record


@transaction.atomic
def calculate_income(
    *,
    by: Staff,
    file: HardshipFile,
    decided_class: Code | None = None,
    override_reason: str = "",
    kind: str = LivingStandard.Kind.URBAN,
    multiplier: Decimal = income.USUAL_MULTIPLIER,
    day: date | None = None,
) -> IncomeCalculation:
    """Work out the net income and keep all that went in, with the standard of place and day.

    Without `decided_class` the class is what the standard says.
    Raises ValidationError: incomplete, no_standard, no_class (income above every limit),
    override_without_reason.
    """
    current = locked_file(file)
    require_keeper(by, current.union)
    yearly, rigid, people = _figures(current)
    on = day or timezone.localdate()
    standard = _standard(current, kind, on)
    monthly = income.monthly_income(yearly_income=yearly, rigid_spending=rigid, people=people)
    key = income.class_by_income(monthly.net, standard.amount, multiplier)
    suggested = Code.objects.get(pk=key) if key else None
    decided = decided_class or suggested
    if decided is None:
        text = f"月人均纯收入 {monthly.net} 元，高于标准；要按意外致困建档，请选类别并写明理由。"
        raise ValidationError(text, code="no_class")
    if decided != suggested and not override_reason.strip():
        text = "认定与标准不符时，请写明理由。"
        raise ValidationError(
            {"override_reason": ValidationError(text, code="override_without_reason")}
        )
    calculation = IncomeCalculation(
        file=current,
        yearly_income=yearly,
        rigid_spending=rigid,
        household_size=people,
        gross_monthly=monthly.gross,
        net_monthly=monthly.net,
        living_standard=standard,
        standard_amount=standard.amount,
        multiplier=multiplier,
        suggested_class=suggested,
        decided_class=decided,
        override_reason=override_reason,
        day=on,
        by=by,
    )
    calculation.full_clean()
    calculation.save(force_insert=True)
    record(by, Event.Action.CREATE, calculation, file=str(current.pk), decided=decided.pk)
    return calculation


@transaction.atomic
def record_exclusion(
    *, by: Staff, file: HardshipFile, kind: str, is_found: bool, evidence: str
) -> FileExclusion:
    """Tick one line of the negative list, found or not; a later look replaces the earlier.

    Another finding about a file in force sends it back to review.
    """
    current = locked_file(file)
    require_keeper(by, current.union)
    row = FileExclusion.objects.of_file(current).filter(kind=kind).first()
    row = row or FileExclusion(file=current, kind=kind)
    is_changed = row.pk is None or row.is_found != is_found
    row.is_found, row.evidence = is_found, evidence.strip()
    row.checked_by, row.checked_on = by, timezone.localdate()
    row.full_clean()
    row.save()
    if is_changed:
        send_change_to_review(by=by, file=current, reason=f"负面清单：{row.get_kind_display()}")
    record(by, Event.Action.CHANGE, row, file=str(current.pk), kind=kind, found=is_found)
    return row


@transaction.atomic
def review_file(
    *, by: Staff, file: HardshipFile, kind: str, finding: str, note: str = ""
) -> FileReview:
    """Note that somebody looked (年度核查, 抽查) or asked after a relieved family (回头看).

    Raises ValidationError: wrong_step (look back at what is not relieved, or the other way round).
    """
    current = locked_file(file)
    require_keeper(by, current.union)
    is_look_back = kind == FileReview.Kind.LOOK_BACK
    if current.status != (Status.RELIEVED if is_look_back else Status.ACTIVE):
        raise ValidationError("回头看只对脱困的档案，核查和抽查只对在档的档案。", code="wrong_step")
    review = FileReview(file=current, kind=kind, finding=finding, note=note, by=by)
    review.full_clean()
    review.save(force_insert=True)
    if finding != FileReview.Finding.NOT_REACHED:
        current.reviewed_on = review.on
        current.save(update_fields=["reviewed_on"])
    record(by, Event.Action.CREATE, review, file=str(current.pk), kind=kind, finding=finding)
    return review


def _figures(file: HardshipFile) -> tuple[Decimal, Decimal, int]:
    figures = (file.yearly_income, file.rigid_spending, file.household_size)
    yearly, rigid, people = figures
    if yearly is None or rigid is None or people is None:
        text = "请先填写家庭年度总收入、年度刚性支出和家庭人口。"
        raise ValidationError(text, code="incomplete")
    return yearly, rigid, people


def _standard(file: HardshipFile, kind: str, day: date) -> LivingStandard:
    code = file.region.code if file.region else file.union.region_code
    standard = LivingStandard.objects.in_force(region=code, kind=kind, day=day)
    if standard is None:
        text = "没有这个地区当天的低保标准，请先请系统管理员登记。"
        raise ValidationError(text, code="no_standard")
    return standard
