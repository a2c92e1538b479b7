"""Invented ledgers as offices keep them, of any length: the same rows for everybody who reads.

One row in twenty-five has something that somebody must mend or confirm; dates, phones, amounts and
names are written in the ways of DOMAIN §6.3. Everything follows from the number of the row.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Final

from openpyxl import Workbook
from stdnum import luhn
from stdnum.cn import ric

NARROW: Final = 20
WIDE: Final = 35
_Cell = str | int
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高"
_GIVEN: Final = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"
_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")


class _Person:
    """One row on its way; `chance` is its own, so that rows do not depend on each other."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.chance = Random(number)  # noqa: S311 (repeatable, not secret)
        year, month = 1950 + number % 50, 1 + number // 50 % 12
        self.born = (year, month, 1 + number // 600 % 28)
        serial = 2 * (number // 16_800) + number % 2
        first = "110101{}{:02d}{:02d}{:03d}".format(*self.born, serial)
        self.id_number = first + ric.calc_check_digit(f"{first}0")
        self.sex = "男" if serial % 2 else "女"

    def one_of(self, *words: str) -> str:
        return self.chance.choice(words)

    def sometimes(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    def name(self) -> str:
        first, *more = (self.chance.choice(_GIVEN) for _ in range(self.chance.randint(1, 2)))
        between = " " if self.sometimes(10) and not more else ""
        return self.chance.choice(_SURNAMES) + between + first + "".join(more)

    def written_id(self) -> str:
        if self.sometimes(100):
            return self.id_number[:-1]  # a digit was lost
        if self.sometimes(20):
            return self.id_number.translate(_FULL_WIDTH)
        return self.id_number

    def birth(self) -> str:
        year, month, day = self.born
        return self.one_of(f"{year}.{month}.{day}", f"{year}-{month:02d}-{day:02d}",
                           f"{year}年{month}月{day}日", f"{year}/{month}/{day}")  # fmt: skip

    def phone(self) -> str:
        plain = f"138{self.chance.randrange(10**8):08d}"
        if self.sometimes(100):
            return plain[:-2]
        return f"{plain[:3]}-{plain[3:7]}-{plain[7:]}" if self.sometimes(10) else plain

    def amount(self, low: int, high: int) -> _Cell:
        plain = self.chance.randint(low, high)
        return f"{plain:,}元" if self.sometimes(8) else plain

    def account(self) -> str:
        first = f"622202{self.chance.randrange(10**12):012d}"
        return first + luhn.calc_check_digit(first)


#: Heading → what stands below it. The first twenty are the narrow ledger.
_COLUMNS: Final[Mapping[str, Callable[[_Person], _Cell]]] = {
    "序号": lambda row: row.number + 1,
    "姓名": _Person.name,
    "性别": lambda row: row.sex,
    "身份证号码": _Person.written_id,
    "出生日期": _Person.birth,
    "民族": lambda row: row.one_of("汉族", "汉", "满族"),
    "联系电话": _Person.phone,
    "家庭住址": lambda row: f"和平里街道{row.number % 97}号院{row.number % 23 + 1}号楼",
    "工作单位": lambda row: row.one_of("东方印刷厂", "区环卫服务中心", "第一纺织厂", "安康物业"),
    "困难类别": lambda row: row.one_of("深度困难", "相对困难", "意外致困"),
    "致困原因": lambda row: row.one_of("残疾", "子女上学", "患重特大疾病"),
    "健康状况": lambda row: row.one_of("良好", "癌症", "糖尿病"),
    "家庭人口": lambda row: 3 if row.sometimes(50) else 2,
    "家庭年度总收入": lambda row: row.amount(10_000, 60_000),
    "开户银行": lambda row: "中国工商银行东四支行",
    "银行卡号": _Person.account,
    "慰问金(元)": lambda row: row.amount(500, 2_000),
    "慰问品": lambda row: row.one_of("米面油", "棉被", ""),
    "建档日期": lambda row: f"2023-0{row.chance.randint(1, 9)}-15",
    "备注": lambda row: "家庭困难，长期服药" if row.sometimes(3) else "",
    "政治面貌": lambda row: row.one_of("群众", "中共党员", "党员"),
    "年龄": lambda row: 2026 - row.born[0],
    "单位性质": lambda row: "国有企业",
    "所属行业": lambda row: "制造业",
    "工作状态": lambda row: row.one_of("在岗", "退休"),
    "住房类型": lambda row: "自购房",
    "建筑面积": lambda row: row.chance.randint(20, 99),
    "婚姻状况": lambda row: row.one_of("已婚", "未婚"),
    "户口类型": lambda row: "非农业",
    "医保状况": lambda row: "职工医保",
    "本人月平均收入": lambda row: row.amount(1_000, 4_000),
    "家庭月人均收入": lambda row: row.amount(300, 2_000),
    "家庭成员1姓名": _Person.name,
    "家庭成员1关系": lambda row: row.one_of("妻子", "丈夫", "儿子"),
    "家庭成员1单位或学校": lambda row: row.one_of("东四小学", "第一纺织厂", ""),
}


def headings(columns: int) -> list[str]:
    return list(_COLUMNS)[:columns]


def rows(count: int, columns: int) -> Iterator[list[_Cell]]:
    makers = list(_COLUMNS.values())[:columns]
    for number in range(count):
        person = _Person(number)
        yield [maker(person) for maker in makers]


def file_of(folder: Path, count: int, columns: int) -> Path:
    """The ledger as a workbook, made once; the first row is that of the headings."""
    path = folder / f"ledger-{count}-{columns}.xlsx"
    if not path.exists():
        book = Workbook(write_only=True)
        sheet = book.create_sheet("台账")
        sheet.append(headings(columns))
        for row in rows(count, columns):
            sheet.append(row)
        unfinished = path.with_suffix(".part")
        book.save(unfinished)
        unfinished.rename(path)
    return path
