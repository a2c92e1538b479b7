"""Check digits: worked out here, because a ledger has thousands, and held against python-stdnum."""

import random

from stdnum import luhn
from stdnum.cn import ric

from beneficiaries.identity import lengthened, read_card, read_id
from tests.importing.making import TODAY


def test_check_digits_are_those_of_the_library():
    some = random.Random(11)
    for _ in range(500):
        day = f"{some.randint(30, 99)}0{some.randint(1, 9)}1{some.randint(0, 9)}"
        old = f"110101{day}{some.randint(0, 999):03}"
        first = f"{old[:6]}19{old[6:]}"
        number = first + ric.calc_check_digit(f"{first}0")
        assert lengthened(old) == number
        assert read_id(number, today=TODAY).problem == ""
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        assert read_id(wrong, today=TODAY).problem == "id_checksum"


def test_cards_hold_where_the_library_says_so():
    some = random.Random(12)
    cards = [str(some.randint(10**15, 10**19 - 1)) for _ in range(2_000)]
    assert [not read_card(card).problem for card in cards] == [
        luhn.is_valid(card) for card in cards
    ]
