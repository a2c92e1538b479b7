"""What the page of a hardship file shows: its form in groups, the household, the way it went.

What says why the family is poor stays sealed until somebody asks for it with a reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.utils import timezone

from beneficiaries.lifecycle import THROUGH, Status
from beneficiaries.models import (
    Beneficiary,
    FilePublicity,
    FileReview,
    FileStep,
    HardshipFile,
    HouseholdMember,
    PublicityRule,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.required import REQUIRED, household_differs
from beneficiaries.sections import SEALED, SECTIONS
from beneficiaries.shown import NamedPaper, masked_values, papers_of
from relief.codes.models import Code
from relief.lib import masks
from relief.lib.days import day_words
from relief.lib.money import format_money
from unions.models import Staff
from unions.permissions import Capability, has

NOT_SHOWN = "已填写，保密"


class Value(NamedTuple):
    name: str
    label: str
    text: str
    is_sealed: bool
    is_required: bool


@dataclass(frozen=True)
class Group:
    key: str
    title: str
    values: list[Value]


@dataclass(frozen=True)
class Member:
    """One of the household, as much of it as a page shows."""

    row: HouseholdMember
    name: str
    id_number: str
    relationship: str
    identity: str
    medical_insurance: str
    health: str
    workplace_or_school: str


@dataclass(frozen=True)
class Stop:
    """One stop of a file's way. `state`: done, current, ahead; `who` does it."""

    label: str
    state: str
    who: str
    note: str = ""


class Happening(NamedTuple):
    """One line of what happened. `at` is missing where only the day was noted."""

    day: date
    at: datetime | None
    who: str
    what: str
    note: str


def label_of(name: str) -> str:
    field: Any = HardshipFile._meta.get_field(name)
    return str(field.verbose_name)


def groups(file: HardshipFile, revealed: Mapping[str, str]) -> list[Group]:
    """The whole form; `revealed` are sealed texts that were asked for."""
    names = _names_of_codes(file)
    required = REQUIRED[HardshipFile.Standard(file.standard)]
    return [
        Group(
            section.key,
            section.title,
            [
                Value(
                    name,
                    label_of(name),
                    _text(file, name, names, revealed),
                    name in SEALED and name not in revealed,
                    name in required,
                )
                for name in section.fields
            ],
        )
        for section in SECTIONS
    ]


def _text(
    file: HardshipFile, name: str, names: Mapping[str, str], revealed: Mapping[str, str]
) -> str:
    if name in SEALED:
        return revealed.get(name, NOT_SHOWN if getattr(file, name) is not None else "")
    if name == "other_causes":
        return "、".join(names.get(key, key) for key in file.other_causes)
    if name == "standard":
        return file.get_standard_display()
    field: Any = HardshipFile._meta.get_field(name)
    return words(getattr(file, name), field)


def words(value: Any, field: Any) -> str:
    """A value of a column as a page says it; "" when there is none."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case date():
            return day_words(value)
        case Decimal():
            is_money = getattr(field, "max_digits", 0) == 14
            return f"{format_money(value)} 元" if is_money else f"{value.normalize():f}"
    return str(value)


def _names_of_codes(file: HardshipFile) -> dict[str, str]:
    if not file.other_causes:
        return {}
    return dict(Code.objects.filter(pk__in=file.other_causes).values_list("pk", "name"))


def members(staff: Staff, file: HardshipFile) -> list[Member]:
    """The household, names in full but for leaders; numbers are masks."""
    rows = HouseholdMember.objects.visible_to(staff).of_file(file)
    rows = rows.select_related("relationship", "identity", "medical_insurance")
    if file.person.erased_at:
        return [member_of(row, "（已删除）") for row in rows]
    key = key_of(file.person)
    is_clear = has(staff, Capability.REVEAL)
    names = [row.unseal(key, "name") for row in rows]
    return [
        member_of(row, name if is_clear else masks.mask_name(name))
        for row, name in zip(rows, names, strict=True)
    ]


def household_hint(file: HardshipFile) -> str:
    """家庭人口 beside the people listed, and why they differ."""
    size = file.household_size
    if size is None:
        return "还没填家庭人口"
    reason = file.household_size_reason
    if reason:
        return f"家庭人口 {size} 人；与成员人数不符的说明：{reason}"
    return f"家庭人口 {size} 人" + ("，与列出的人数不符" if household_differs(file) else "")


def member_of(
    row: HouseholdMember,
    name: str,
    *,
    id_number: str = "",
    health: str = "",
    workplace_or_school: str = "",
) -> Member:
    """Without a full number its mask."""
    return Member(
        row=row,
        name=name,
        id_number=id_number or (f"****{row.id_tail}" if row.id_tail else ""),
        health=health,
        workplace_or_school=workplace_or_school,
        relationship="申请人" if row.is_applicant else _name_of(row.relationship),
        identity=_name_of(row.identity),
        medical_insurance=_name_of(row.medical_insurance),
    )


def _name_of(code: Code | None) -> str:
    return code.name if code else ""


def masked_person(person: Beneficiary) -> list[tuple[str, str]]:
    """(label, mask) of what the form on paper asks of the applicant."""
    return [
        (value.label, value.text) for value in masked_values(person) if value.field in _ON_PAPER
    ]


_ON_PAPER: Final = frozenset({"id_number", "phone", "other_contact", "address", "bank_account"})


def way(file: HardshipFile, posting: FilePublicity | None) -> list[Stop]:
    """The stops from the draft to 在档, with those of publicity where the rule puts them.

    A file that a ledger opened was at none of them.
    """
    rule = PublicityRule.objects.for_union(file.union)
    stops = _stops(file, rule)
    here = _here(file, posting, [status for status, _, _ in stops])
    return [
        Stop(
            label,
            "done" if number < here else "current" if number == here else "ahead",
            who,
            _note(posting) if number == here and status == Status.PUBLICITY else "",
        )
        for number, (status, label, who) in enumerate(stops)
    ]


def _stops(file: HardshipFile, rule: PublicityRule) -> list[tuple[Status, str, str]]:
    if file.is_unreviewed and file.status in THROUGH:
        return [(Status.DRAFT, "来自台账", "未经本系统审核"), (Status.ACTIVE, "在档", "")]
    district = "区总工会复核"
    notice = (Status.PUBLICITY, "公示", "复核")
    return [
        (Status.DRAFT, "草稿", file.union.name),
        (Status.APPLIED, "初审", "复核"),
        *([notice] if rule.after_first_review else []),
        (Status.REVIEW, "复核", "复核"),
        (Status.COMPARISON, "核对", district),
        *([notice] if rule.after_comparison else []),
        (Status.APPROVAL, "审批", district),
        (Status.ACTIVE, "在档", ""),
    ]


def _here(file: HardshipFile, posting: FilePublicity | None, stops: list[Status]) -> int:
    """The number of the stop where the file is; after the last one when it is through."""
    if file.status in {Status.RELIEVED, Status.CLOSED}:
        return len(stops)
    if file.status == Status.REJECTED or file.status not in stops:
        return -1
    if file.status == Status.PUBLICITY and posting and posting.follows == Status.COMPARISON:
        return len(stops) - 1 - stops[::-1].index(Status.PUBLICITY)
    return stops.index(Status(file.status))


def _note(posting: FilePublicity | None) -> str:
    return f"到 {day_words(posting.ends_on)}" if posting else ""


def evidence(staff: Staff, file: HardshipFile) -> list[NamedPaper] | None:
    """Papers of this file; None for who may not open them, and of an erased person."""
    if not has(staff, Capability.REVEAL) or file.person.erased_at:
        return None
    return [row for row in papers_of(staff, file.person) if row.paper.file_id == file.pk]


def who_is_next(file: HardshipFile) -> str:
    """In a sentence, who can bring the file on."""
    return _NEXT.get(Status(file.status), _OVER).format(union=file.union.name)


_CHECKED: Final = "由{union}或上级工会的复核办理；申报人本人不能办。"
_DECIDED: Final = "由区总工会的复核办理；申报人本人不能办。"
_OVER: Final = "这份档案已经结束，只能查看。"
_NEXT: Final = {
    Status.DRAFT: "由{union}的经办填写并提交。",
    Status.APPLIED: _CHECKED,
    Status.PUBLICITY: _CHECKED,
    Status.REVIEW: _CHECKED,
    Status.COMPARISON: _DECIDED,
    Status.APPROVAL: _DECIDED,
    Status.ACTIVE: "每年至少核查一次；情况变了由建档机构办变更，改动会使档案回到复核；"
    "不再符合条件的由复核办理退出。",
    Status.RELIEVED: "脱困后要回头看；返困的可以重新建档。",
}


def happenings(staff: Staff, file: HardshipFile) -> list[Happening]:
    """Steps and later looks, the newest first."""
    entries = sorted(_happenings(staff, file), key=lambda entry: entry.day)
    return entries[::-1]


def _happenings(staff: Staff, file: HardshipFile) -> Iterator[Happening]:
    steps = FileStep.objects.visible_to(staff).of_file(file)
    for step in steps.select_related("by__user", "by__union"):
        what = f"{step.get_from_status_display()} → {step.get_to_status_display()}"
        day = timezone.localtime(step.at).date()
        yield Happening(day, step.at, _who(step.by), what, step.reason)
    reviews = FileReview.objects.visible_to(staff).filter(file=file)
    for review in reviews.select_related("by__user", "by__union").order_by("pk"):
        what = f"{review.get_kind_display()}：{review.get_finding_display()}"
        yield Happening(review.on, None, _who(review.by), what, review.note)


def _who(staff: Staff) -> str:
    return f"{staff.user.full_name}（{staff.union.name}）"
