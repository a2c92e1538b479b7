"""Papers about a file: the public notice in two templates. Source: DOMAIN §9.4.

Neither shows ID numbers, phone, bank, address, disease or anybody else of the family. Files that
are posted by one union for the same days go onto one sheet.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from django.utils import timezone

from beneficiaries.models import FilePublicity, HardshipFile, IncomeCalculation
from beneficiaries.models.file_steps import FilePublicityQuerySet
from relief.lib.masks import mask_name
from unions.models import Staff, Union

INSIDE: Final = "inside"
OUTSIDE: Final = "outside"
TITLES: Final = {INSIDE: "单位内公示", OUTSIDE: "对外公示"}
#: Income is told as a band of so many yuan.
_BAND: Final = 500


@dataclass(frozen=True)
class Notice:
    kind: str
    title: str
    rows: list[tuple[str, str]]
    posting: FilePublicity


@dataclass(frozen=True)
class Sheet:
    """One sheet for several households: what stands above the columns, and a line for each."""

    union: Union
    years: str
    heads: list[str]
    lines: list[list[str]]
    posting: FilePublicity
    places: str
    is_invented: bool


def notice(staff: Staff, file: HardshipFile, posting: FilePublicity, kind: str) -> Notice:
    namesakes = _namesakes(staff, [file])
    if kind == OUTSIDE:
        return Notice(kind, TITLES[kind], _outside(file), posting)
    newest = IncomeCalculation.objects.visible_to(staff).newest(file)
    income = newest.gross_monthly if newest else None
    return Notice(kind, TITLES[kind], _inside(file, income, namesakes), posting)


def postings_up(staff: Staff) -> FilePublicityQuerySet:
    """What is posted today or is to be, of the own subtree."""
    running = FilePublicity.objects.visible_to(staff).running()
    related = ("file__person", "file__union", "file__workplace", "file__hardship_class")
    up = running.filter(ends_on__gte=timezone.localdate())
    return up.select_related(*related, "file__work_status").order_by(
        "file__union__path", "starts_on", "ends_on", "file__person__pinyin", "pk"
    )


def sheets(staff: Staff, postings: Iterable[FilePublicity], kind: str) -> list[Sheet]:
    """The sheets to hang up: one for each union and period; `postings` come ordered by these."""
    return [
        _sheet(staff, list(together), kind)
        for _, together in groupby(postings, key=_union_and_period)
    ]


def _union_and_period(posting: FilePublicity) -> tuple[int, date, date]:
    return posting.file.union_id, posting.starts_on, posting.ends_on


def _sheet(staff: Staff, postings: list[FilePublicity], kind: str) -> Sheet:
    files = [posting.file for posting in postings]
    told = list(_told(staff, files, kind))
    return Sheet(
        union=files[0].union,
        years="、".join(str(year) for year in sorted({file.year for file in files})),
        heads=[label for label, _ in told[0]],
        lines=[[text for _, text in rows] for rows in told],
        posting=postings[0],
        places="、".join(sorted({posting.place for posting in postings})),
        is_invented=any(file.person.is_invented for file in files),
    )


def _told(staff: Staff, files: list[HardshipFile], kind: str) -> Iterator[list[tuple[str, str]]]:
    if kind == OUTSIDE:
        yield from map(_outside, files)
        return
    newest = IncomeCalculation.objects.visible_to(staff).filter(file__in=files)
    rows = newest.order_by("file", "-pk").distinct("file").values_list("file", "gross_monthly")
    incomes = dict(rows)
    namesakes = _namesakes(staff, files)
    for file in files:
        yield _inside(file, incomes.get(file.pk), namesakes)


def _inside(
    file: HardshipFile, income: Decimal | None, namesakes: frozenset[str]
) -> list[tuple[str, str]]:
    workplace = file.workplace.name if file.workplace else file.union.name
    return [
        ("姓名", _full_name(file, namesakes)),
        ("部门/单位", workplace),
        ("困难类别", _name(file.hardship_class)),
        ("家庭人口", f"{file.household_size} 人" if file.household_size else ""),
        ("就业情况", _name(file.work_status)),
        ("家庭月人均收入", band(income) if income is not None else ""),
        ("拟帮扶项目", "临时救助" if file.is_temporary else "建档帮扶"),
    ]


def _outside(file: HardshipFile) -> list[tuple[str, str]]:
    return [
        ("姓名", mask_name(file.person.name)),
        ("单位或街道", file.union.name),
        ("困难类别", _name(file.hardship_class)),
    ]


def _namesakes(staff: Staff, files: list[HardshipFile]) -> frozenset[str]:
    """Names that two people have who are at that step at the union of the files."""
    posted = HardshipFile.objects.visible_to(staff).filter(
        union=files[0].union,
        status=files[0].status,
        person__name__in={file.person.name for file in files},
    )
    counted = Counter(posted.values_list("person__name", flat=True))
    return frozenset(name for name, number in counted.items() if number > 1)


def _full_name(file: HardshipFile, namesakes: frozenset[str]) -> str:
    """With the last four of the ID number where two of one name are posted at one union."""
    if file.person.name in namesakes and file.person.id_tail:
        return f"{file.person.name}（证件尾号 {file.person.id_tail}）"
    return file.person.name


def band(amount: Decimal) -> str:
    """
    >>> band(Decimal("1234.50"))
    '1,000 至 1,500 元'
    >>> band(Decimal("500"))
    '500 至 1,000 元'
    """
    floor = int(amount // _BAND) * _BAND
    return f"{floor:,} 至 {floor + _BAND:,} 元" if floor > 0 else f"{_BAND:,} 元以下"


def _name(code: object) -> str:
    return str(code) if code else ""
