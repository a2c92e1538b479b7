"""Filters, days in words and the locale; `{{ x|money }}` as templates see them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.template import engines
from django.utils import formats as locale
from django.utils.formats import date_format, number_format
from django.utils.translation import override

from relief.lib import days
from relief.lib.templatetags import formats

NOON = datetime(2026, 1, 6, 4, 5, tzinfo=UTC)  # 12:05 in Shanghai


def render(source, **context):
    return engines["django"].from_string(source).render(context)


def test_filters_need_no_load():
    sum_ = Decimal(3_294_180)
    assert render(
        "{{ sum|money }} {{ sum|wan }} {{ sum|wan:1 }} {{ n|count }}", sum=sum_, n=34476
    ) == ("3,294,180.00 329.41 329.4 34,476")


@pytest.mark.parametrize(
    "name", ["money", "wan", "wan_words", "count", "date_zh", "datetime_zh", "since", "due",
             "id_mask", "tail_mask", "phone_mask", "card_mask", "name_mask", "address_mask"],
)  # fmt: skip
def test_nothing_shows_as_nothing(name):
    assert render("[{{ value|" + name + " }}]", value=None) == "[]"


def test_qualifiers_stand_in_slots_of_their_own():
    before, after, none = (formats.qualified(2000, mark) for mark in ("近", "余", ""))
    assert before.index("近") < before.index("2,000")
    assert after.index("2,000") < after.index("余")
    assert all(text.count("qualified-slot") == 1 for text in (before, after, none))


def test_missing_is_not_zero():
    assert "未报" in formats.qualified(None)
    assert "未报" not in formats.qualified(0)


def test_what_is_qualified_is_escaped():
    assert "<b>" not in formats.qualified("<b>", "<i>")


def test_days_and_moments_are_local():
    assert render("{{ at|datetime_zh }}", at=NOON) == "2026年1月6日 12:05"
    assert formats.date_zh(datetime(2026, 1, 5, 23, 0, tzinfo=UTC)) == "2026年1月6日"


@pytest.mark.parametrize(
    ("days_off", "words"), [(3, "还有 3 天"), (0, "今天到期"), (-2, "已过 2 天")]
)
def test_due_in_words(days_off, words):
    with time_machine.travel(NOON, tick=False):
        assert formats.due(date(2026, 1, 6) + timedelta(days=days_off)) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "刚刚"),
        (timedelta(minutes=5), "5 分钟前"),
        (timedelta(hours=3), "3 小时前"),
        (timedelta(hours=13), "昨天 23:05"),
        (timedelta(days=4), "1月2日"),
        (timedelta(days=10), "2025年12月27日"),
        (timedelta(minutes=-5), "1月6日"),
    ],
)
def test_since_in_words(ago, words):
    with time_machine.travel(NOON, tick=False):
        assert formats.since(NOON - ago) == words


def test_just_before_midnight_is_still_minutes_ago():
    now = datetime(2026, 1, 6, 0, 3)  # noqa: DTZ001 (no zone needed: a difference)
    assert days.since_words(now - timedelta(minutes=5), now=now) == "5 分钟前"


def test_the_locale_is_mended():
    with override("zh-hans"):
        assert number_format(34476, use_l10n=True, force_grouping=True) == "34,476"
        assert date_format(date(2026, 1, 6), "MONTH_DAY_FORMAT") == "1月6日"
        assert date_format(date(2026, 1, 6)) == "2026年1月6日"
        assert locale.get_format("FIRST_DAY_OF_WEEK") == 1


def test_numbers_in_addresses_stay_plain():
    assert render("{{ n }}", n=34476) == "34476"
