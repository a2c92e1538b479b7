"""Filters that turn values into text. Builtins of every template: no {% load %} needed.

A missing value (None) gives an empty text; only `qualified` says 未报, because there it means
something.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from relief.lib import days, masks
from relief.lib import money as yuan

register = template.Library()

#: Qualifiers that stand before the number; the others (余, 多) stand after it.
BEFORE = frozenset({"近", "约"})


@register.filter
def money(value: Decimal | int | None) -> str:
    return "" if value is None else yuan.format_money(value)


@register.filter
def wan(value: Decimal | int | None, decimals: int | None = None) -> str:
    return "" if value is None else yuan.format_wan(value, decimals)


@register.filter
def wan_words(value: Decimal | int | None) -> str:
    return "" if value is None else yuan.wan_words(value)


@register.filter
def count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


@register.filter
def qualified(value: int | Decimal | str | None, qualifier: str = "") -> SafeString:
    """A number with 近 or 余 in slots of their own, so that digits stay under digits."""
    if value is None:
        return format_html(
            '<span class="qualified missing">{}<span class="qualified-slot"></span></span>', "未报"
        )
    return format_html(
        '<span class="qualified">{}{}<span class="qualified-slot">{}</span></span>',
        format_html('<span class="qualified-mark">{}</span> ', qualifier)
        if qualifier in BEFORE
        else "",
        value if isinstance(value, str) else f"{value:,}",
        "" if qualifier in BEFORE else qualifier,
    )


@register.filter
def date_zh(value: date | None) -> str:
    return "" if value is None else days.day_words(_local(value))


@register.filter
def datetime_zh(value: datetime | None) -> str:
    return "" if value is None else days.moment_words(timezone.localtime(value))


@register.filter
def since(value: datetime | None) -> str:
    if value is None:
        return ""
    return days.since_words(timezone.localtime(value), now=timezone.localtime())


@register.filter
def due(value: date | None) -> str:
    return "" if value is None else days.due_words(_local(value), today=timezone.localdate())


@register.filter
def id_mask(value: str | None) -> str:
    return masks.mask_id(value or "")


@register.filter
def tail_mask(value: str | None) -> str:
    """The 4 stored digits of a number that is otherwise encrypted."""
    return f"****{value}" if value else ""


@register.filter
def phone_mask(value: str | None) -> str:
    return masks.mask_phone(value or "")


@register.filter
def card_mask(value: str | None) -> str:
    return masks.mask_card(value or "")


@register.filter
def name_mask(value: str | None) -> str:
    return masks.mask_name(value or "")


@register.filter
def address_mask(value: str | None) -> str:
    return masks.mask_address(value) if value else ""


def _local(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
