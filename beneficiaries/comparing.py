"""Two people side by side, in masks: what agrees, what differs, what merging would do with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from beneficiaries import shown
from beneficiaries.models import (
    Attachment,
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    Consent,
    HardshipFile,
    PastAid,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.services.same_person import refuse_two
from relief.lib.days import day_words
from unions.models import Staff

SAME: Final = "same"
DIFFERENT: Final = "different"
ONE_SIDED: Final = "one"
NEITHER: Final = "neither"


@dataclass(frozen=True)
class Compared:
    """One item of two people; `standing` says how the values, not the masks, stand."""

    label: str
    first: str
    second: str
    standing: str


@dataclass(frozen=True)
class Held:
    """So many records of one kind that each of the two has."""

    label: str
    unit: str
    first: int
    second: int


def compared(staff: Staff, first: Beneficiary, second: Beneficiary) -> list[Compared]:
    """Everything a page may say of both; equal values are found under the masks."""
    sealed = zip(shown.masked_values(first), shown.masked_values(second), strict=True)
    opened = _opener(first), _opener(second)
    rows = [
        _row("姓名", *((shown.name_for(staff, one), one.name) for one in (first, second))),
        _row("性别", *((one.get_sex_display() if one.sex else "",) * 2 for one in (first, second))),
        _row("出生日期", *((_day(one),) * 2 for one in (first, second))),
    ]
    for mine, other in sealed:
        values = [unseal(mine.field) for unseal in opened]
        rows.append(_row(mine.label, (mine.text, values[0]), (other.text, values[1])))
    rows.append(_row("工作单位", *((_workplace(one),) * 2 for one in (first, second))))
    rows.append(_row("登记机构", *((one.union.name, one.union.code) for one in (first, second))))
    return rows


def held(staff: Staff, first: Beneficiary, second: Beneficiary) -> list[Held]:
    """What hangs on each of the two."""
    pairs = zip(_held_by(staff, first), _held_by(staff, second), strict=True)
    return [
        Held(label, unit, mine.count(), other.count())
        for (label, unit, mine), (_, _, other) in pairs
    ]


def _held_by(staff: Staff, person: Beneficiary) -> Iterator[tuple[str, str, QuerySet[Any]]]:
    yield "困难档案", "份", HardshipFile.objects.visible_to(staff).of_person(person)
    yield "所属类别", "个", CategoryMembership.objects.visible_to(staff).of_person(person)
    yield "历年慰问", "条", PastAid.objects.visible_to(staff).of_person(person)
    yield "附件", "个", Attachment.objects.visible_to(staff).of_person(person)
    yield "同意书", "份", Consent.objects.visible_to(staff).standing().filter(person=person)
    links = BeneficiaryLink.objects.visible_to(staff).standing()
    yield "外单位关联", "个", links.filter(beneficiary=person)


def why_not_merge(source: Beneficiary, target: Beneficiary) -> str:
    """What speaks against it, in words; "" where nothing does."""
    try:
        refuse_two(source, target)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _opener(person: Beneficiary) -> Callable[[str], str]:
    """Of an erased person nothing is left."""
    if person.erased_at is not None:
        return lambda field: ""
    key = key_of(person)
    return lambda field: person.unseal(key, field)


def _row(label: str, first: tuple[str, str], second: tuple[str, str]) -> Compared:
    (said, value), (other_said, other_value) = first, second
    if not value and not other_value:
        standing = NEITHER
    elif not value or not other_value:
        standing = ONE_SIDED
    else:
        standing = SAME if value == other_value else DIFFERENT
    return Compared(label, said, other_said, standing)


def _day(person: Beneficiary) -> str:
    return day_words(person.birth_on) if person.birth_on else ""


def _workplace(person: Beneficiary) -> str:
    return person.workplace.name if person.workplace else ""
