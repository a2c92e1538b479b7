"""Days and times in words a clerk would use. "Now" and "today" are always handed in."""

from datetime import date, datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE


def day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def moment_words(moment: datetime) -> str:
    return f"{day_words(moment)} {moment:%H:%M}"


def due_words(day: date, *, today: date) -> str:
    """
    >>> due_words(date(2026, 1, 9), today=date(2026, 1, 6))
    '还有 3 天'
    """
    left = (day - today).days
    if left > 0:
        return f"还有 {left:,} 天"
    return "今天到期" if left == 0 else f"已过 {-left:,} 天"


def since_words(moment: datetime, *, now: datetime) -> str:
    """How long ago; from the day before yesterday on the date says it better."""
    seconds = (now - moment).total_seconds()
    days = (now.date() - moment.date()).days
    if seconds < 0 or days > 1:
        return f"{moment.month}月{moment.day}日" if moment.year == now.year else day_words(moment)
    if days == 1 and seconds >= HOUR:
        return f"昨天 {moment:%H:%M}"
    if seconds < MINUTE:
        return "刚刚"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} 分钟前"
    return f"{int(seconds // HOUR)} 小时前"
