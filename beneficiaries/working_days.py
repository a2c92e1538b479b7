"""Working days by the State Council's calendar, with moved weekends and holidays (调休)."""

from datetime import date, timedelta
from typing import NamedTuple

import chinese_calendar  # type: ignore[import-untyped]  # ships no types


class Deadline(NamedTuple):
    """`is_estimated`: the calendar of a year on the way is not out, so weekdays were counted."""

    day: date
    is_estimated: bool


def after_working_days(start: date, days: int) -> Deadline:
    """The last of so many working days after `start`, which itself does not count.

    >>> after_working_days(date(2026, 2, 13), 5).day  # 春节 from 15 to 23 February
    datetime.date(2026, 2, 27)
    """
    day, left, is_estimated = start, days, False
    while left:
        day += timedelta(days=1)
        is_working, is_guess = _is_working(day)
        left -= is_working
        is_estimated = is_estimated or is_guess
    return Deadline(day, is_estimated)


def _is_working(day: date) -> tuple[bool, bool]:
    """Whether people work on that day, and whether that is a guess."""
    try:
        return chinese_calendar.is_workday(day), False
    except NotImplementedError:  # how the package says that the year is not announced
        return day.weekday() < 5, True
