"""ID numbers that hold, for people who do not exist."""

from stdnum.cn import ric


def id_number(serial: int, *, birth: str = "19680101", region: str = "110101") -> str:
    """Odd serials are men, even ones women."""
    first = f"{region}{birth}{serial:03d}"
    return first + ric.calc_check_digit(f"{first}0")
