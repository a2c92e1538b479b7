"""Papers about a file: the public notice in two templates. Source: DOMAIN §9.4.

Neither shows ID numbers, phone, bank, address, disease or anybody else of the family.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from beneficiaries.models import FilePublicity, HardshipFile, IncomeCalculation
from relief.lib.masks import mask_name
from unions.models import Staff

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


def notice(staff: Staff, file: HardshipFile, posting: FilePublicity, kind: str) -> Notice:
    rows = _inside(staff, file) if kind == INSIDE else _outside(file)
    return Notice(kind, TITLES[kind], rows, posting)


def _inside(staff: Staff, file: HardshipFile) -> list[tuple[str, str]]:
    newest = IncomeCalculation.objects.visible_to(staff).newest(file)
    workplace = file.workplace.name if file.workplace else file.union.name
    return [
        ("姓名", _full_name(staff, file)),
        ("部门/单位", workplace),
        ("困难类别", _name(file.hardship_class)),
        ("家庭人口", f"{file.household_size} 人" if file.household_size else ""),
        ("就业情况", _name(file.work_status)),
        ("家庭月人均收入", band(newest.gross_monthly) if newest else ""),
    ]


def _outside(file: HardshipFile) -> list[tuple[str, str]]:
    return [
        ("姓名", mask_name(file.person.name)),
        ("单位或街道", file.union.name),
        ("困难类别", _name(file.hardship_class)),
    ]


def _full_name(staff: Staff, file: HardshipFile) -> str:
    """With the last four of the ID number where two of one name are posted at one union."""
    namesakes = HardshipFile.objects.visible_to(staff).filter(
        union=file.union, person__name=file.person.name, status=file.status
    )
    if namesakes.exclude(pk=file.pk).exists() and file.person.id_tail:
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
