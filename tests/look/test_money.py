from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.lib import money

SUMS = st.decimals(min_value="-99999999999.99", max_value="99999999999.99", places=2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5000", "5000.00"),
        ("5,000", "5000.00"),
        ("￥5,000", "5000.00"),
        ("¥ 5 000.50", "5000.50"),
        ("２，０００元", "2000.00"),
        (" 0.5 ", "0.50"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("-12.34", "-12.34"),
        ("1.500", "1.50"),
    ],
)
def test_reads_what_people_type(text, value):
    assert money.parse_money(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "两千", "1.005", "1e5", "NaN", "Infinity", "5-6", "5.0.0", "元"]
)
def test_refuses_what_is_no_sum(text):
    with pytest.raises(money.MoneyError):
        money.parse_money(text)


@given(SUMS)
def test_what_is_shown_can_be_typed_back(value):
    assert money.parse_money(money.format_money(value)) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "1,234.50"),
        (0, "0.00"),
        (Decimal("2.345"), "2.35"),
        (Decimal("-2.345"), "-2.35"),
        (Decimal(3_290_000), "3,290,000.00"),
    ],
)
def test_shows_yuan_with_two_places(value, shown):
    assert money.format_money(value) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (3_294_180, None, "329.41"),
        (660_000, None, "66.0"),
        (76_000, None, "7.6"),
        (11_300, None, "1.13"),
        (99_999, 1, "9.9"),
        (99_999, 0, "9"),
        (-99_999, 1, "-9.9"),
        (12_345_678_900, 0, "1,234,567"),
    ],
)
def test_wan_is_cut_off(value, decimals, shown):
    assert money.format_wan(value, decimals) == shown


@given(st.integers(min_value=0, max_value=10**13), st.integers(min_value=0, max_value=2))
def test_wan_never_claims_more_than_there_is(value, decimals):
    assert Decimal(money.format_wan(value, decimals).replace(",", "")) * 10_000 <= value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3_294_180, "329万余元"),
        (660_000, "66万元"),
        (9_999, "9,999元"),
        (Decimal("500.50"), "500.50元"),
    ],
)
def test_words_for_running_text(value, words):
    assert money.wan_words(value) == words
