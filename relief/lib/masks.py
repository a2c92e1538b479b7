"""How much of a personal value a list may show (DOMAIN §9.3).

Each function keeps its shape for any input, also for a wrong or an empty one, so that a mask never
fails open: what it does not understand it hides.
"""

import re
from typing import Final

#: Province, city, county and street, as far as the address spells them out in this order.
_TO_STREET: Final = re.compile(
    r"(?:[^省市区县\d]{1,8}(?:省|自治区|特别行政区))?"
    r"(?:[^省市区县街路巷弄号\d]{1,10}(?:市|自治州|盟))?"
    r"(?:[^省市区县街路巷弄号\d]{1,10}(?:区|县|旗|市))?"
    r"(?:[^省路巷弄号\d]{1,10}?(?:街道|地区|镇|乡|苏木))?"
)


def mask_id(value: str) -> str:
    """First 3 and last 4 of an ID number; other papers keep only the last 4.

    >>> mask_id("110101196801011234")
    '110***********1234'
    """
    if len(value) in (15, 18):
        return value[:3] + "*" * (len(value) - 7) + value[-4:]
    return mask_tail(value)


def mask_tail(value: str) -> str:
    """Only the last 4, and nothing at all of a value too short to hide behind them.

    >>> mask_tail("E12345678")
    '****5678'
    """
    return f"****{value[-4:]}" if len(value) >= 8 else "*" * len(value)


def mask_phone(value: str) -> str:
    """
    >>> mask_phone("13812341234")
    '138****1234'
    """
    digits = re.sub(r"[\s-]", "", value)
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    return mask_tail(digits)


def mask_card(value: str) -> str:
    """
    >>> mask_card("6222 0200 0000 0001 234")
    '**** **** **** 1234'
    """
    digits = re.sub(r"[\s-]", "", value)
    return f"**** **** **** {digits[-4:]}" if len(digits) >= 8 else "*" * len(digits)


def mask_name(value: str) -> str:
    """
    >>> [mask_name(name) for name in ("王芳", "王桂兰", "欧阳建国")]
    ['王*', '王*兰', '欧**国']
    """
    if len(value) <= 1:
        return "*" * len(value)
    if len(value) == 2:
        return f"{value[0]}*"
    return value[0] + "*" * (len(value) - 2) + value[-1]


def mask_address(value: str) -> str:
    """Down to the street or town; road, house and door are hidden.

    >>> mask_address("北京市东城区建国门街道苏州胡同12号")
    '北京市东城区建国门街道***'
    """
    found = _TO_STREET.match(value)
    kept = found.group() if found else ""
    return kept if kept == value else f"{kept}***"
