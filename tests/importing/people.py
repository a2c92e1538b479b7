"""People who do not exist, always the same ones: for ledgers that are made up."""

import random
from dataclasses import dataclass

from stdnum import luhn

from tests.beneficiaries.numbers import id_number

_SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕施张孔曹严"
_GIVEN = "明芳伟秀娜敏静丽强磊军洋勇艳杰娟涛超兰霞平刚桂英"


@dataclass(frozen=True)
class Invented:
    name: str
    number: str
    birth: str
    sex: str
    phone: str
    card: str

    @property
    def dotted(self):
        return self.birth.replace("-", ".")


def people(count, *, seed):
    some = random.Random(seed)
    return [_one(some, at) for at in range(count)]


def _one(some, at):
    birth = f"{some.randint(1952, 1999)}-{some.randint(1, 12):02}-{some.randint(1, 28):02}"
    serial = 101 + 2 * at + some.randint(0, 1)
    card = f"622202{some.randint(10**11, 10**12 - 1)}"
    return Invented(
        name=some.choice(_SURNAMES) + some.choice(_GIVEN) + some.choice(_GIVEN),
        number=id_number(serial, birth=birth.replace("-", "")),
        birth=birth,
        sex="男" if serial % 2 else "女",
        phone=f"1380{some.randint(1000000, 9999999)}",
        card=card + luhn.calc_check_digit(card),
    )
